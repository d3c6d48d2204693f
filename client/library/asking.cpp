#include "library/asking.hpp"

namespace fetchd {
inline namespace client_v1 {

client_error too_large(std::size_t limit) {
    client_error e;
    e.what = trouble::broken_answer;
    e.message = "the answer is larger than " + std::to_string(limit) + " bytes";
    return e;
}

client_error refusal_of(whole_answer const& a) {
    return error_from({a.head.status, a.head.find("content-type"), a.head.find("retry-after"), a.body});
}

answer<whole_answer> ask(transport& service, outgoing const& request) {
    whole_answer all;
    auto const limit = service.options().max_answer;
    receiver to;
    to.head = [&](incoming const& head) {
        all.head = head;
        return true;
    };
    to.body = [&](std::string_view bytes) {
        if (bytes.size() > limit - all.body.size()) {
            to.complaint = too_large(limit);
            return false;
        }
        all.body += bytes;
        return true;
    };
    if (auto failed = service.exchange(request, to))
        return *failed;
    return all;
}

}  // namespace client_v1
}  // namespace fetchd
