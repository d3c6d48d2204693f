// What a worker can do with a document: the tasks by name, and one visit of a document to them.
//
// Pure functions from bytes to bytes: no process, no clock, no log, no state outlives a call. A document is
// decompressed, decoded and parsed at most once, however many tasks of one visit want it. Everything is
// bounded by the request: decoded bytes, expansion ratio, output bytes.
// Adding a task: one file next to this one, which defines `entry const NAME_task` (declared extern before,
// for a constant would else be the file's own), and one line in registry.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "worker/tasks/option.hpp"

namespace fetchd::tasks {

class context;  // one visited document, shared between the tasks of the visit (context.hpp)

// A field of the origin's answer that says something about the document.
struct response_field {
    std::string name;
    std::string value;
};

// What one visit to a worker wants.
struct request {
    std::vector<std::string> names;  // of tasks; perform() refuses one the registry does not have. Empty:
                                     // what suits the type of the document (pick.cpp)
    bool json = true;  // true: the output is one JSON object {"markdown":"...","links":[...],...}
                       // false: of one task, its bytes as they are
    std::vector<setting> settings;  // of the tasks' options
    std::string content_type;       // the Content-Type value, of several joined by ", "; may be empty
    bool no_sniff = false;          // the origin sent X-Content-Type-Options: nosniff
    std::vector<std::string> content_encoding;       // Content-Encoding values in the order received
    std::string base_url;                            // absolute, for relative links; may be empty
    std::vector<response_field> fields;              // those of document_fields, as the origin sent them
    std::size_t max_decoded = 64U << 20U;            // bytes the body may decompress to
    std::size_t max_output = std::size_t{4} << 30U;  // bytes of output, after JSON escaping;
                                                     // workers.max_output where that is less
    double max_ratio = 1000;                         // decompressed bytes for each byte of the body
};

// The fields that go along with a document.
constexpr std::string_view document_fields[] = {"Content-Language", "Last-Modified", "Link", "X-Robots-Tag"};

struct outcome {
    std::string output;
    std::string made_by;              // the task whose output it is; empty: of several, as JSON
    std::string output_type;          // media type of the output of a bytes task; else empty
    std::string content_type;         // the essence it was read as: "text/html"
    std::string content_type_source;  // "header"; "sniffed" from the bytes where that says nothing of use
    std::string charset;         // WHATWG name of the encoding the text was in, lower case; empty: not text
    std::string charset_source;  // "bom", "header", "meta", "xml", "detected" or "default"; empty: not text
    std::size_t decoded_bytes = 0;
};

enum class output_kind : unsigned char {
    text,   // UTF-8; perform() escapes it where the visit asks for JSON
    json,   // one whole JSON value
    bytes,  // anything; in JSON it is a string in base64
};

// One task. run() appends to `out`, which is only its own: other tasks' output is elsewhere.
struct entry {
    std::string_view name;
    output_kind kind;
    result<void> (*run)(context&, std::string& out);
    std::string_view content_type = "text/plain; charset=utf-8";  // of the output alone
    std::span<option const> options = {};
    // What is wrong with the values of the options taken together, as far as it shows without a document.
    // Runs in main: cheap, whatever the values are.
    result<void> (*check)(task_options const&) = nullptr;
    std::string_view about = {};  // a sentence, for docs/outputs.md
    std::string_view page = {};   // of docs/, where there is more to say
};

using registry = std::span<entry const>;

// The tasks of the service, sorted by name. Lives as long as the program.
registry standard();

entry const* find(registry, std::string_view name);  // null when there is none

// Once, in the process that forks the workers, before it does: what libraries do at their first use that a
// worker may not do any more (open files, read the environment, ask the system; prepare.cpp).
void prepare();

// Runs the tasks of one visit over one body. Never throws, bad_alloc aside. The first failing task fails the
// visit: decode.* for a bad body, process.unsupported_type, process.bad_option, process.bad_document,
// process.too_large (decoded text or document), process.output_too_large.
result<outcome> perform(registry, request const&, std::string_view body);

}  // namespace fetchd::tasks
