#include "support/message_head.hpp"

#include <algorithm>
#include <charconv>

#include <strings.h>

namespace fetchd::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    return text.substr(0, text.find_last_not_of(blank) + 1);
}

}  // namespace

bool parse_fields(std::string_view lines, header_list& into) {
    while (!lines.starts_with("\r\n")) {
        auto const field = lines.substr(0, lines.find("\r\n"));
        auto const colon = field.find(':');
        if (colon == field.npos)
            return false;
        into.emplace_back(field.substr(0, colon), trimmed(field.substr(colon + 1)));
        lines.remove_prefix(field.size() + 2);
    }
    return true;
}

std::optional<std::string> find_field(header_list const& fields, std::string_view name) {
    for (auto const& [key, value] : fields)
        if (same_name(key, name))
            return value;
    return {};
}

std::size_t count_fields(header_list const& fields, std::string_view name) {
    auto const is = [name](auto const& field) { return same_name(field.first, name); };
    return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), is));
}

std::optional<std::uint64_t> leading_number(std::string_view text, int base) {
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (ec != std::errc{} || end == text.data())
        return {};
    return value;
}

}  // namespace fetchd::test
