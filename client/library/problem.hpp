// Turns what the service says when it says no into a client_error. Pure.
#pragma once

#include <string_view>

#include "fetchd/answer.hpp"
#include "fetchd/document.hpp"

namespace fetchd {
inline namespace client_v1 {

// The parts of an HTTP answer that matter here.
struct refusal {
    int status = 0;
    std::string_view content_type;
    std::string_view retry_after;  // RFC 9110 §10.2.3; only the form in seconds is understood
    std::string_view body;
};

// RFC 9457, and whatever else a server that is not a fetchd may send.
client_error error_from(refusal const&);

// The error of a document whose outcome is not "ok"; the document goes with it.
client_error error_from(document);

}  // namespace client_v1
}  // namespace fetchd
