#include "api/event_stream.hpp"

#include <algorithm>
#include <charconv>

namespace fetchd::api {

void sse_event(std::optional<std::uint64_t> id, std::string_view name, std::string_view data,
               std::string& out) {
    if (id)
        out.append("id: ").append(std::to_string(*id)).append("\n");
    out.append("event: ").append(name).append("\n");
    // A line ends with CR, LF or both (§9.2.5): each becomes a line of data of its own.
    while (true) {
        auto const end = std::min(data.find_first_of("\r\n"), data.size());
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == data.size())
            break;
        data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    out += '\n';
}

void sse_heartbeat(std::string& out) {
    out += ":\n\n";
}

void sse_retry(std::uint32_t milliseconds, std::string& out) {
    out.append("retry: ").append(std::to_string(milliseconds)).append("\n\n");
}

std::optional<std::uint64_t> parse_last_event_id(std::string_view value) {
    std::uint64_t seq = 0;
    auto const* const end = value.data() + value.size();
    auto const [stopped, ec] = std::from_chars(value.data(), end, seq);
    if (ec != std::errc{} || stopped != end || seq > INT64_MAX)
        return {};
    return seq;
}

std::string heartbeat_text(std::uint64_t next) {
    return R"({"heartbeat":true,"next":)" + std::to_string(next) + "}";
}

std::string gap_text(std::uint64_t first_seq) {
    return R"({"gap":true,"first_seq":)" + std::to_string(first_seq) + "}";
}

std::string end_text(bool over, std::uint64_t next, std::string_view job) {
    std::string text = over ? R"({"end":true,"next":)" : R"({"end":false,"next":)";
    return text.append(std::to_string(next)).append(R"(,"job":)").append(job).append("}");
}

}  // namespace fetchd::api
