#include "jobs/receiver.hpp"

#include <charconv>

namespace fetchd::jobs {
namespace {

// Nothing at the end.
std::optional<std::string_view> next_line(std::string_view& text) {
    auto const end = text.find('\n');
    if (end == text.npos)
        return {};
    auto const line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

bool take_number(std::string_view& text, std::int64_t& into) {
    auto const line = next_line(text);
    if (!line)
        return false;
    auto const [end, ec] = std::from_chars(line->data(), line->data() + line->size(), into);
    return ec == std::errc{} && end == line->data() + line->size() && into >= 0;
}

}  // namespace

std::string receiver::text() const {
    auto all = std::to_string(job) + "\n" + std::to_string(made) + "\n" + endpoint + "\n" + url + "\n";
    for (auto const& secret : secrets)
        all.append(secret).append("\n");
    return all;
}

std::optional<receiver> receiver::parse(std::string_view text) {
    receiver r;
    if (!take_number(text, r.job) || !take_number(text, r.made))
        return {};
    auto const endpoint = next_line(text);
    auto const url = next_line(text);
    if (!endpoint || !url || endpoint->empty() || url->empty())
        return {};
    r.endpoint = *endpoint;
    r.url = *url;
    while (auto const secret = next_line(text))
        r.secrets.emplace_back(*secret);
    if (r.secrets.empty() || !text.empty())
        return {};
    return r;
}

}  // namespace fetchd::jobs
