// What is asked of the service for one URL, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fetchd/answer.hpp"

namespace fetchd {
inline namespace client_v1 {

using header_list = std::vector<std::pair<std::string, std::string>>;

// Options of one fetch; what is left empty is left to the service.
struct fetch_limits {
    std::chrono::milliseconds timeout{0};  // 0: client_options::timeout
    std::optional<std::uint64_t> max_bytes{};
    std::optional<unsigned> max_redirects{};
    std::optional<unsigned> retries{};         // tries after the first one
    std::optional<std::uint64_t> min_speed{};  // bytes of the body a second; 0: any
    // Of each phase; 0: the service's own.
    std::chrono::milliseconds dns_timeout{0};
    std::chrono::milliseconds connect_timeout{0};
    std::chrono::milliseconds tls_timeout{0};
    std::chrono::milliseconds first_byte_timeout{0};
    std::chrono::milliseconds body_idle_timeout{0};
};

// By which way, and as whom. Empty: as the service is configured, and without cookies.
struct fetch_way {
    std::string proxy{};    // "socks5://user:password@host:1080"
    std::string session{};  // cookies are kept under this name
    bool allow_downgrade = false;
};

// One thing that an output can be told: {"markdown", "links", "drop"}.
struct output_option {
    std::string output;
    std::string name;
    std::string value;  // an object or a list is JSON
};

struct fetch_request {
    std::string url{};
    std::vector<std::string> outputs{};  // empty: what suits the type of the document
    header_list headers{};               // sent to the origin; a name may stand there several times
    fetch_limits limits{};
    fetch_way way{};
    std::string method{};               // empty: GET
    std::optional<std::string> body{};  // any bytes; a Content-Type in the headers says what they are
    std::vector<output_option> options{};
};

}  // namespace client_v1
}  // namespace fetchd
