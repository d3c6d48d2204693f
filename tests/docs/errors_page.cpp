// Writes docs/errors.md from the table of failures.
//
//   errors-page                 prints the page
//   errors-page --check FILE    exit code 1 when the file says something else
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "base/failure.hpp"

namespace {

using namespace fetchd;

constexpr char const* head =
    R"(<!-- Written by errors-page (tests/docs/errors_page.cpp): change server/base/failure.cpp, then
     build/release/bin/errors-page > docs/errors.md -->
# Errors

A fetch that fails says where it failed (`stage`), what happened (`code`), whether the same request may succeed
later (`retryable`), and a sentence with the particulars behind it. The list is closed: what is not here does not
occur.

The status is what the HTTP API answers when the failure is the whole answer, as
[problem+json](https://www.rfc-editor.org/rfc/rfc9457) with `stage`, `code` and `retryable` as members. In a result
document ([docs/api.md](api.md)) the failure is the member `error`, and the status of the answer is 200. Nobody sees
a 499: the client is gone; it is in the log and the metrics.

| advice | what to do |
|---|---|
| `retry` | the same request may succeed later |
| `overloaded` | the service is full or stopping: come back after Retry-After |
| `give_up` | the same request will fail again |
| `refused` | a rule of this service says no: change the configuration, or do not ask |
| `cancelled` | the caller went away; nothing was wrong |

`retryable` is true for `retry` and `overloaded`. The advice itself stands in the log. An example of each, with its
particulars, is in [errors.golden](../tests/service/errors.golden), to which a test holds the service.
)";

char const* about(stage where) {
    switch (where) {
        case stage::admission:
            return "Before anything is done.";
        case stage::robots:
            return "What the origin lets robots do.";
        case stage::dns:
            return "The host name becomes addresses.";
        case stage::egress:
            return "Each address and the port are judged ([egress.md](egress.md)).";
        case stage::connect:
            return "TCP, to one address after the other.";
        case stage::tls:
            return "The handshake, and the certificate.";
        case stage::request:
            return "The request is sent.";
        case stage::head:
            return "Status and header fields of the answer; redirects.";
        case stage::body:
            return "The body, as it comes over the wire.";
        case stage::decode:
            return "Its content codings (gzip, deflate, br, zstd) are undone.";
        case stage::process:
            return "A worker makes the outputs ([workers.md](workers.md)).";
        case stage::store:
            return "The result is kept.";
    }
    return "";
}

std::string page() {
    std::string text = head;
    failure_kind const* last = nullptr;
    for (auto const& kind : all_failure_kinds()) {
        if (!last || last->where != kind.where) {
            text += "\n## " + std::string(name(kind.where)) + "\n" + about(kind.where) +
                    "\n\n| code | status | advice | meaning |\n|---|---|---|---|\n";
        }
        last = &kind;
        text += "| `" + std::string(name(kind.what)) + "` | " + std::to_string(kind.status) + " | " +
                std::string(name(kind.advice)) + " | " + std::string(kind.sentence) + " |\n";
    }
    return text;
}

int check(char const* path) {
    std::ifstream file(path);
    std::string const found{std::istreambuf_iterator<char>(file), {}};
    if (found == page())
        return 0;
    std::fprintf(stderr, "%s is not what server/base/failure.cpp says: write it anew with errors-page > %s\n",
                 path, path);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::strcmp(argv[1], "--check") == 0)
        return check(argv[2]);
    if (argc != 1) {
        std::fprintf(stderr, "usage: errors-page [--check FILE]\n");
        return 2;
    }
    std::fputs(page().c_str(), stdout);
    return 0;
}
