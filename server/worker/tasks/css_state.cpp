#include "worker/tasks/css_state.hpp"

#include <algorithm>
#include <optional>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::css {
namespace {

using html::node;
using html::tag;

bool same(std::string_view a, std::string_view b, bool fold) {
    if (a.size() != b.size())
        return false;
    if (!fold)
        return a == b;
    return std::equal(a.begin(), a.end(), b.begin(),
                      [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

// As node::attribute(), but counted: an element may have a million attributes.
std::optional<std::string_view> value_of(node n, std::string_view name, std::string_view as_written,
                                         effort& left) {
    auto const foreign = n.tag() == tag::foreign || n.tag() == tag::svg || n.tag() == tag::math;
    std::uint64_t seen = 0;
    for (auto a = n.first_attribute(); a; a = a.next(), ++seen)
        if (a.name() == name || (foreign && a.name() == as_written)) {
            left.spend(seen / 4);
            return a.value();
        }
    left.spend(seen / 4);
    return std::nullopt;
}

bool has_word(std::string_view all, std::string_view word, bool fold) {
    if (!fold) {
        for (auto at = all.find(word); at != std::string_view::npos; at = all.find(word, at + 1)) {
            auto const end = at + word.size();
            if ((at == 0 || utf8::is_space(all[at - 1])) && (end == all.size() || utf8::is_space(all[end])))
                return true;
        }
        return false;
    }
    while (all.size() >= word.size()) {
        auto const end = std::find_if(all.begin(), all.end(), utf8::is_space);
        auto const length = static_cast<std::size_t>(end - all.begin());
        if (same(all.substr(0, length), word, true))
            return true;
        all.remove_prefix(std::min(length + 1, all.size()));
    }
    return false;
}

bool has_part(std::string_view all, std::string_view part, bool fold) {
    if (!fold)
        return all.find(part) != std::string_view::npos;
    return std::search(all.begin(), all.end(), part.begin(), part.end(),
                       [](char x, char y) { return ascii_lower(x) == ascii_lower(y); }) != all.end();
}

// ---- forms

bool is_control(tag t) {
    return t == tag::button || t == tag::input || t == tag::select || t == tag::textarea ||
           t == tag::fieldset;
}

bool has(node n, std::string_view attribute) {
    return n.attribute(attribute).has_value();
}

std::string type_of_input(node n) {
    return ascii_lowered(n.attribute("type").value_or("").substr(0, 32));
}

bool is_first_legend(node n) {
    if (n.tag() != tag::legend)
        return false;
    for (auto before = element_before(n); before; before = element_before(before))
        if (before.tag() == tag::legend)
            return false;
    return true;
}

// HTML §4.10.19.5: by its own attribute, or by a fieldset it is in, unless in that one's first legend.
bool is_disabled_control(node n, effort& left) {
    if (has(n, "disabled"))
        return true;
    for (auto at = n, up = n.parent(); is_element(up) && left.spend(1); at = up, up = up.parent())
        if (up.tag() == tag::fieldset && has(up, "disabled") && !is_first_legend(at))
            return true;
    return false;
}

bool is_disabled(node n, effort& left) {
    auto const t = n.tag();
    if (is_control(t))
        return is_disabled_control(n, left);
    if (t == tag::option && n.parent().tag() == tag::optgroup && has(n.parent(), "disabled"))
        return true;
    return (t == tag::option || t == tag::optgroup) && has(n, "disabled");
}

bool can_be_disabled(tag t) {
    return is_control(t) || t == tag::option || t == tag::optgroup;
}

bool is_checked(node n) {
    if (n.tag() == tag::option)
        return has(n, "selected");
    if (n.tag() != tag::input || !has(n, "checked"))
        return false;
    auto const type = type_of_input(n);
    return type == "checkbox" || type == "radio";
}

// HTML §4.10.5.3.4: where the attribute "required" applies.
bool is_required(node n) {
    if (!has(n, "required"))
        return false;
    if (n.tag() != tag::input)
        return n.tag() == tag::select || n.tag() == tag::textarea;
    auto const type = type_of_input(n);
    for (std::string_view never : {"hidden", "range", "color", "submit", "image", "reset", "button"})
        if (type == never)
            return false;
    return true;
}

bool may_be_required(tag t) {
    return t == tag::input || t == tag::select || t == tag::textarea;
}

// HTML §4.16.3, ":read-write": controls one can write into, and what is editable.
bool is_writable(node n, effort& left) {
    if (n.tag() == tag::textarea)
        return !has(n, "readonly") && !is_disabled_control(n, left);
    if (n.tag() == tag::input) {
        auto const type = type_of_input(n);
        for (std::string_view fixed :
             {"hidden", "range", "color", "checkbox", "radio", "file", "submit", "image", "reset", "button"})
            if (type == fixed)
                return false;
        return !has(n, "readonly") && !is_disabled_control(n, left);
    }
    for (auto at = n; is_element(at) && left.spend(1); at = at.parent())
        if (auto const editable = at.attribute("contenteditable"))
            return !same(*editable, "false", true);
    return false;
}

// ---- language

std::string_view next_part(std::string_view& all, char mark) {
    auto const end = std::min(all.find(mark), all.size());
    auto const part = all.substr(0, end);
    all.remove_prefix(std::min(end + 1, all.size()));
    return part;
}

// RFC 4647 §3.3.2, extended filtering; the range is in lower case.
bool in_range(std::string_view language, std::string_view range) {
    auto const first = next_part(range, '-');
    auto const primary = next_part(language, '-');
    if (primary.empty() || (first != "*" && !same(primary, first, true)))
        return false;
    while (!range.empty()) {
        auto const want = next_part(range, '-');
        if (want == "*")
            continue;
        for (;;) {
            if (language.empty())
                return false;
            auto const part = next_part(language, '-');
            if (same(part, want, true))
                break;
            if (part.size() == 1)
                return false;
        }
    }
    return true;
}

bool speaks(node n, std::string_view ranges, effort& left) {
    for (auto at = n; is_element(at) && left.spend(1); at = at.parent()) {
        auto const language = at.attribute("lang");
        if (!language)
            continue;
        while (!ranges.empty())
            if (in_range(language->substr(0, 100), next_part(ranges, ',')))
                return true;
        return false;
    }
    return false;
}

// Selectors 3 §6.6.5.3: no element and no text, be it white space.
bool is_empty(node n, effort& left) {
    for (auto at = n.first_child(); at && left.spend(1); at = at.next())
        if (is_element(at) || !at.text().empty())
            return false;
    return true;
}

}  // namespace

bool is_named(node n, std::string_view lower_case) {
    return same(n.name(), lower_case, n.tag() == tag::foreign);
}

bool has_attribute(test const& t, node n, effort& left) {
    auto const value = t.what == op::id           ? value_of(n, "id", "id", left)
                       : t.what == op::class_name ? value_of(n, "class", "class", left)
                                                  : value_of(n, t.name, t.as_written, left);
    if (!value || !left.spend(value->size() / 32))
        return false;
    switch (t.what) {
        case op::has_attribute:
            return true;
        case op::class_name:
        case op::word:
            left.spend(t.value.size() * value->size() / 1024);
            return has_word(*value, t.value, t.fold);
        case op::dashed:
            return same(value->substr(0, t.value.size()), t.value, t.fold) &&
                   (value->size() == t.value.size() || (*value)[t.value.size()] == '-');
        case op::prefix:
            return same(value->substr(0, t.value.size()), t.value, t.fold);
        case op::suffix:
            return value->size() >= t.value.size() &&
                   same(value->substr(value->size() - t.value.size()), t.value, t.fold);
        case op::substring:
            return left.spend(t.value.size() * value->size() / 1024) && has_part(*value, t.value, t.fold);
        default:
            return same(*value, t.value, t.fold);
    }
}

bool in_state(test const& t, node n, effort& left) {
    switch (t.what) {
        case op::link:
            return (n.tag() == tag::a || n.tag() == tag::area) && has(n, "href");
        case op::checked:
            return is_checked(n);
        case op::enabled:
            return can_be_disabled(n.tag()) && !is_disabled(n, left);
        case op::disabled:
            return is_disabled(n, left);
        case op::required:
            return is_required(n);
        case op::optional:
            return may_be_required(n.tag()) && !is_required(n);
        case op::read_only:
            return !is_writable(n, left);
        case op::read_write:
            return is_writable(n, left);
        case op::empty:
            return is_empty(n, left);
        default:
            return speaks(n, t.value, left);
    }
}

}  // namespace fetchd::css
