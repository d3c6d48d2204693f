#include "worker/tasks/feed_text.hpp"

#include "base/ascii.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t markup_looked_at = 64U << 10U;
constexpr std::size_t longest_reference = 32;  // "&CounterClockwiseContourIntegral;" has one more

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// "&amp;", "&#8217;" and the like at the start.
bool begins_reference(std::string_view text) {
    auto const end = text.substr(0, longest_reference).find(';');
    if (end == std::string_view::npos || end < 3)
        return false;
    for (auto const c : text.substr(1, end - 1))
        if (!is_letter(c) && !is_digit(c) && c != '#')
            return false;
    return true;
}

std::string_view without(std::string_view text, std::string_view marks) {
    while (!text.empty() && (utf8::is_space(text.front()) || marks.find(text.front()) != marks.npos))
        text.remove_prefix(1);
    while (!text.empty() && (utf8::is_space(text.back()) || marks.find(text.back()) != marks.npos))
        text.remove_suffix(1);
    return text;
}

}  // namespace

bool looks_like_markup(std::string_view text) {
    for (auto at = text.find_first_of("<&"); at != std::string_view::npos;
         at = text.find_first_of("<&", at + 1)) {
        auto const rest = text.substr(at);
        if (rest[0] == '&' ? begins_reference(rest)
                           : rest.size() > 2 && (is_letter(rest[1]) || rest[1] == '/' || rest[1] == '!'))
            return true;
    }
    return false;
}

std::string visible_text(std::string_view markup, std::size_t bytes) {
    auto const page = html::document::parse(utf8::prefix(markup, markup_looked_at));
    if (!page)
        return {};  // of more pieces than a document may have
    return html::inline_text(page->body() ? page->body() : page->root(), bytes);
}

std::string one_line(std::string_view text, std::size_t bytes) {
    auto line = html::collapsed(text);
    line.resize(utf8::prefix(line, bytes).size());
    return line;
}

feed_person person_of(std::string_view written) {
    feed_person person;
    auto const text = utf8::trimmed(written);
    auto const at = text.find('@');
    if (at == std::string_view::npos) {
        person.name = text;
        return person;
    }
    constexpr std::string_view around = " \t\r\n()<>,;\"";
    auto begin = text.find_last_of(around, at);
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    auto const end = std::min(text.find_first_of(around, at), text.size());
    person.email = text.substr(begin, end - begin);
    auto const before = without(text.substr(0, begin), "()<>,;\"");
    person.name = before.empty() ? without(text.substr(end), "()<>,;\"") : before;
    if (std::string_view(person.email).starts_with("mailto:"))
        person.email.erase(0, 7);
    return person;
}

std::string absolute_url(std::string_view reference, std::optional<url> const& base, std::size_t longest) {
    auto const trimmed = utf8::trimmed(reference);
    if (trimmed.empty() || trimmed.size() > longest)
        return {};
    auto const found = url::parse(trimmed, base ? &*base : nullptr);
    if (!found || found->href().size() > longest || found->scheme() == "javascript")
        return {};
    return std::string(found->href());
}

}  // namespace fetchd::tasks
