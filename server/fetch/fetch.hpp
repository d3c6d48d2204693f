// What one fetch is asked to do, and what came of it. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "http/url.hpp"
#include "net/client.hpp"
#include "worker/tasks/option.hpp"

namespace fetchd {

// What is to be made of a document.
struct fetch_outputs {
    std::vector<std::string> names;        // of tasks
    bool automatic = true;                 // no names: what suits the type of the document; false: nothing
    std::vector<tasks::setting> settings;  // of their options
    bool any() const { return automatic || !names.empty(); }
    bool one() const { return automatic || names.size() == 1; }
};

// Asked before a fetch goes on where a redirect leads. Jobs put politeness and robots.txt here.
class passage {
  public:
    virtual ~passage() = default;
    // last: how the request ended that led there. Over when the next one may be sent; where it fails, none
    // is.
    virtual awaitable<result<void>> move(url const& next, attempt const& last, scope&) = 0;
};

struct fetch_request {
    url target;
    outgoing out{};
    retry_config retry{0};
    std::string session{};         // whose cookies go along; empty: none
    std::string caller{};          // who asks: sessions of different callers are different ones
    bool allow_downgrade = false;  // follow a redirect from https to http
    fetch_outputs output{{}, false, {}};
    bool json = true;  // false: exactly one output, as it is
    std::size_t max_redirects = 10;
    std::size_t max_bytes = 0;  // of the body as it comes over the wire
    bool keep = false;          // the body as it came, and the request that was answered, for an archive
    passage* way = nullptr;     // null: redirects are followed at once; outlives the fetch
};

// As it may be shown to anybody: credentials open a door, and must not stand in results and links.
inline std::string shown(url const& u) {
    return std::string(u.has_credentials() ? u.without_credentials().href() : u.href());
}

struct redirect_taken {
    int status;
    std::string from;
    std::string to;
};

// The request that got the answer; what opens a door (Authorization, Cookie) is left out.
struct asked_request {
    std::string method;
    headers fields;
};

// What happened on the way, filled as it happens, so that it is there when the fetch fails.
struct fetch_trace {
    std::vector<attempt> attempts;
    std::vector<redirect_taken> redirects;
};

struct fetch_timings {
    clock::duration queue{};  // waiting before another try, and for a worker
    clock::duration dns{};    // these five: sums over all attempts
    clock::duration connect{};
    clock::duration tls{};
    clock::duration first_byte{};
    clock::duration body{};
    clock::duration process{};
    clock::duration total{};
};

struct fetch_result {
    std::string id;
    std::string requested;  // the URL asked for; empty when a document was sent in
    std::string final_url;
    std::optional<failure> error;
    int status = 0;
    headers fields;
    std::string content_type;
    std::string content_type_source;
    std::string charset;
    std::string charset_source;
    std::uint64_t wire_bytes = 0;
    std::uint64_t decoded_bytes = 0;
    fetch_timings timings;
    fetch_trace trace;
    bool json = true;
    std::string output;       // one JSON object, or the bytes of the only output
    std::string made_by;      // without json: the task whose output it is
    std::string output_type;  // of a bytes task: the media type it claims
    // Where the request says `keep` and there was an answer; also of one whose processing failed.
    std::optional<asked_request> asked;
    std::optional<std::string> body;  // whole, its content codings not undone
};

}  // namespace fetchd
