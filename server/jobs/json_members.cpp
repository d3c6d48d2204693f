#include "jobs/json_members.hpp"

#include <algorithm>

namespace fetchd::jobs {
namespace {

void skip_space(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

// Past the quote that ends a string which begins at `at`: the first one without an odd number of backslashes
// before it.
std::size_t past_string(std::string_view text, std::size_t at) {
    auto const begin = at + 1;
    for (at = begin; (at = text.find('"', at)) != text.npos; ++at) {
        auto escapes = at;
        while (escapes > begin && text[escapes - 1] == '\\')
            --escapes;
        if ((at - escapes) % 2 == 0)
            return at + 1;
    }
    return text.size();
}

// Where the value ends that the text begins with.
std::size_t past_value(std::string_view text) {
    std::size_t depth = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        char const c = text[at];
        if (c == '"') {
            at = past_string(text, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        depth += c == '{' || c == '[' ? 1 : 0;
        depth -= c == '}' || c == ']' ? 1 : 0;
        ++at;
    }
    return at;
}

std::string_view trimmed(std::string_view value) {
    return value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
}

}  // namespace

json_members::json_members(std::string_view object) {
    skip_space(object);
    if (object.starts_with('{'))
        rest_ = object.substr(1);
}

std::optional<json_members::member> json_members::next() {
    skip_space(rest_);
    if (!rest_.starts_with('"'))
        return {};
    auto const name_end = past_string(rest_, 0);
    if (name_end < 2 || rest_[name_end - 1] != '"')
        return {};
    auto const name = rest_.substr(1, name_end - 2);
    rest_.remove_prefix(name_end);
    skip_space(rest_);
    if (!rest_.starts_with(':'))
        return {};
    rest_.remove_prefix(1);
    skip_space(rest_);
    auto const end = past_value(rest_);
    auto const value = trimmed(rest_.substr(0, end));
    bool const more = end < rest_.size() && rest_[end] == ',';
    rest_.remove_prefix(more ? end + 1 : rest_.size());
    return member{name, value};
}

std::optional<std::string_view> find_member(std::string_view object, std::string_view path) {
    auto const dot = path.find('.');
    json_members members(object);
    while (auto const m = members.next()) {
        if (m->name != path.substr(0, dot))
            continue;
        return dot == path.npos ? std::optional(m->value) : find_member(m->value, path.substr(dot + 1));
    }
    return {};
}

}  // namespace fetchd::jobs
