// The result document of a fetch, as plain values.
//
// Every string comes from a stranger's server: escape it before it reaches a terminal or a page. Fields that
// do not apply are empty (or 0). `json` is the document as the service sent it, on one line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fetchd/answer.hpp"

namespace fetchd {
inline namespace client_v1 {

struct document {
    struct failure {
        std::string stage;
        std::string code;
        std::string message;
        bool retryable = false;
    };
    struct phase {
        std::string name;  // "queue", "dns", "connect", "tls", "first_byte", "body", "process", "total", ...
        std::chrono::microseconds took{};
    };
    struct redirect {
        int status = 0;
        std::string url;  // the one that redirected
        std::string location;
    };
    struct attempt {
        std::string url;
        std::string address;  // with the port; of the proxy where there is one
        bool reused = false;  // on a connection that had served before
        std::string outcome;  // "ok", "failed", "outraced"
        std::string error;    // "stage.code" or the message, where it failed
        std::string proxy;
        std::string tls_version;  // "TLSv1.3"
        bool tls_resumed = false;
        std::string protocol;  // "http/1.1"
        int status = 0;        // 0: no head was received
        std::uint64_t wire_bytes = 0;
        std::uint64_t decoded_bytes = 0;
        std::vector<phase> timings;
    };
    struct output {
        std::string name;      // "markdown", "links", ...
        std::string text;      // the string itself, or the JSON text of anything that is not a string
        bool is_json = false;  // text is JSON
    };

    std::string json;
    std::string id;
    std::string url;
    std::string final_url;
    std::string outcome;  // "ok", "failed", "skipped"
    int status = 0;       // the origin's
    std::string content_type;
    std::string content_type_source;  // "header" or "sniffed"
    std::string charset;
    std::string charset_source;  // how the charset was found: "header", "bom", ...
    std::uint64_t wire_bytes = 0;
    std::uint64_t decoded_bytes = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<phase> timings;
    std::vector<redirect> redirects;
    std::vector<attempt> attempts;
    std::optional<failure> error;
    std::vector<output> outputs;

    bool ok() const { return outcome == "ok"; }
    output const* find(std::string_view output_name) const;  // null where it was not asked for or not made
    std::string_view markdown() const;                       // empty where there is none
    std::chrono::microseconds took(std::string_view phase_name) const;  // zero where it did not happen

    // Reads the service's JSON. Unknown fields are passed over; a known field of the wrong type is an error
    // that names it (trouble::broken_answer), and so is text that is not one JSON object.
    static answer<document> parse(std::string_view json);
};

// What the "links" output says of one link. Entries without a URL are left out.
struct link {
    std::string url;
    std::string text;
};
std::vector<link> links_of(document const&);

// The "metadata" output as a flat list in document order: "title" -> "...", "open_graph.title" -> "...".
std::vector<std::pair<std::string, std::string>> metadata_of(document const&);

}  // namespace client_v1
}  // namespace fetchd
