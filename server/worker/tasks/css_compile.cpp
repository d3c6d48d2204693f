#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/css_compiler.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::css {
namespace {

// The attributes whose values compare without regard to case in HTML (HTML §4.17, "Case-sensitivity of
// selectors").
constexpr std::string_view folded_attributes[] = {
    "accept",     "accept-charset", "align",     "alink",    "axis",     "bgcolor", "charset",
    "checked",    "clear",          "codetype",  "color",    "compact",  "declare", "defer",
    "dir",        "direction",      "disabled",  "enctype",  "face",     "frame",   "hreflang",
    "http-equiv", "lang",           "language",  "link",     "media",    "method",  "multiple",
    "nohref",     "noresize",       "noshade",   "nowrap",   "readonly", "rel",     "rev",
    "rules",      "scope",          "scrolling", "selected", "shape",    "target",  "text",
    "type",       "valign",         "valuetype", "vlink",
};

}  // namespace

// ---- lists, complex and compound selectors

// What is left when it returns true is the text's end or, inside, anything.
bool compiler::list(range& into, start from, bool inside) {
    std::vector<complex> made;
    do {
        if (!complex_selector(made.emplace_back(), from))
            return false;
    } while (in_.take(','));
    if (inside && in_.peek() != ')')
        return wrong(in_.done() ? "expected ')'" : "expected a combinator, ',' or ')'");
    into = {static_cast<std::uint32_t>(out_.complexes.size()), static_cast<std::uint32_t>(made.size())};
    out_.complexes.insert(out_.complexes.end(), made.begin(), made.end());
    return true;
}

std::optional<combinator> compiler::combinator_here() {
    auto const space = in_.skip_space();
    if (in_.take('>'))
        return combinator::child;
    if (in_.take('+'))
        return combinator::next_sibling;
    if (in_.take('~'))
        return combinator::later_sibling;
    if (!space || in_.done() || in_.peek() == ',' || in_.peek() == ')')
        return std::nullopt;
    return combinator::descendant;
}

void compiler::anchor(std::vector<compound>& into) {
    std::vector<test> tests;
    tests.emplace_back().what = op::anchor;
    finish({}, tests, into);
}

void compiler::finish(compound made, std::vector<test>& tests, std::vector<compound>& into) {
    std::stable_sort(tests.begin(), tests.end(),
                     [](test const& a, test const& b) { return a.what < b.what; });
    made.tests = {static_cast<std::uint32_t>(out_.tests.size()), static_cast<std::uint32_t>(tests.size())};
    out_.tests.insert(out_.tests.end(), tests.begin(), tests.end());
    into.push_back(made);
}

bool compiler::complex_selector(complex& into, start from) {
    std::vector<compound> made;
    in_.skip_space();
    auto join = combinator::none;
    if (from != start::plain) {
        auto const lead = combinator_here();
        into.anchored = lead.has_value() || from == start::anchor;
        if (into.anchored) {
            anchor(made);
            join = lead.value_or(combinator::descendant);
        }
    }
    for (;;) {
        in_.skip_space();
        std::vector<test> tests;
        if (!compound_selector(tests))
            return false;
        finish({{}, join}, tests, made);
        auto const next = combinator_here();
        if (!next)
            break;
        join = *next;
    }
    into.compounds = {static_cast<std::uint32_t>(out_.compounds.size()),
                      static_cast<std::uint32_t>(made.size())};
    into.slot = out_.slots++;
    into.last = sketch_of(made.back());
    out_.compounds.insert(out_.compounds.end(), made.begin(), made.end());
    return true;
}

sketch compiler::sketch_of(compound const& made) const {
    sketch out;
    for (std::uint32_t i = 0; i < made.tests.count; ++i) {
        auto const& t = out_.tests[made.tests.first + i];
        if (t.what == op::tag)
            out.add_name(t.name);
        else if (t.what == op::id)
            out.add_id(t.value);
        else if (t.what == op::class_name)
            out.add_class(t.value);
        else if (t.what >= op::has_attribute && t.what <= op::substring)
            out.add_attribute(t.name);
    }
    return out;
}

bool compiler::compound_selector(std::vector<test>& into) {
    auto const from = in_.offset();
    if (!type_selector(into))
        return false;
    for (;;) {
        if (in_.take('#')) {
            if (!name_after('#', op::id, into))
                return false;
        } else if (in_.take('.')) {
            if (!name_after('.', op::class_name, into))
                return false;
        } else if (in_.take('[')) {
            if (!attribute(into))
                return false;
        } else if (in_.peek() == ':') {
            if (!pseudo(into))
                return false;
        } else {
            break;
        }
    }
    if (in_.peek() == '|')
        return wrong("expected no '|': namespaces cannot be selected by");
    return in_.offset() > from || wrong("expected a selector");
}

bool compiler::type_selector(std::vector<test>& into) {
    if (in_.take('*'))
        return true;
    if (!in_.at_name())
        return true;
    auto& t = into.emplace_back();
    t.what = op::tag;
    t.name = ascii_lowered(in_.name());
    return true;
}

bool compiler::name_after(char mark, op what, std::vector<test>& into) {
    if (!in_.at_name()) {
        auto expected = std::string("expected a name after '") + mark + "'";
        if (is_digit(in_.peek()))
            expected +=
                std::string("; a digit in its first place is written \\3") + in_.peek() + " and a space";
        return wrong(expected);
    }
    auto& t = into.emplace_back();
    t.what = what;
    t.value = in_.name();
    // By an escape; a word of the attribute cannot have it.
    if (what == op::class_name && std::any_of(t.value.begin(), t.value.end(), utf8::is_space))
        t.what = op::never;
    return true;
}

// ---- attributes

bool compiler::attribute(std::vector<test>& into) {
    in_.skip_space();
    if (in_.peek() == '|' || in_.peek() == '*')
        return wrong("expected the name of an attribute: namespaces cannot be selected by");
    if (!in_.at_name())
        return wrong("expected the name of an attribute after '['");
    test t;
    t.what = op::has_attribute;
    t.as_written = in_.name();
    t.name = ascii_lowered(t.as_written);
    in_.skip_space();
    if (in_.peek() == '|' && in_.peek(1) != '=')
        return wrong("expected no '|': namespaces cannot be selected by");
    if (in_.peek() != ']' && !attribute_value(t))
        return false;
    if (!in_.take(']'))
        return wrong("expected ']'");
    into.push_back(std::move(t));
    return true;
}

bool compiler::attribute_value(test& t) {
    constexpr std::string_view marks = "~|^$*";
    constexpr op kinds[] = {op::word, op::dashed, op::prefix, op::suffix, op::substring};
    t.what = op::equals;
    if (auto const mark = marks.find(in_.peek()); !in_.done() && mark != marks.npos) {
        in_.take(in_.peek());
        t.what = kinds[mark];
    }
    if (!in_.take('='))
        return wrong(t.what == op::equals ? "expected '=', '~=', '|=', '^=', '$=', '*=' or ']'"
                                          : "expected '='");
    in_.skip_space();
    auto const from = in_.offset();
    if (in_.peek() == '"' || in_.peek() == '\'') {
        auto text = in_.quoted();
        if (!text)
            return wrong_at(from, "expected this text to end in the quotation mark it begins with");
        t.value = std::move(*text);
    } else if (in_.at_name()) {
        t.value = in_.name();
    } else {
        return wrong("expected a name, or a text in quotes, after '='");
    }
    t.fold = std::binary_search(std::begin(folded_attributes), std::end(folded_attributes), t.name);
    if (!case_flag(t, ']'))
        return false;
    auto const parts = t.what == op::prefix || t.what == op::suffix || t.what == op::substring;
    auto const one_word = !t.value.empty() && std::none_of(t.value.begin(), t.value.end(), utf8::is_space);
    if ((parts && t.value.empty()) || (t.what == op::word && !one_word))
        t.what = op::never;
    return true;
}

bool compiler::case_flag(test& t, char closing) {
    in_.skip_space();
    if (in_.peek() == closing)
        return true;
    auto const flag = ascii_lower(in_.peek());
    if (flag != 'i' && flag != 's')
        return wrong(std::string("expected '") + closing + "', or 'i' or 's' for how case counts");
    in_.take(in_.peek());
    t.fold = flag == 'i';
    in_.skip_space();
    return in_.peek() == closing || wrong(std::string("expected '") + closing + "'");
}

// ---- the whole

bool selector::goes_sideways() const {
    for (std::uint32_t i = 0; i < list.count; ++i) {
        auto const& one = complexes[list.first + i];
        if (!one.anchored)
            continue;
        auto const join = compounds[one.compounds.first + 1].left;
        if (join == combinator::next_sibling || join == combinator::later_sibling)
            return true;
    }
    return false;
}

bool selector::may_be_the_scope() const {
    for (std::uint32_t i = 0; i < list.count; ++i) {
        auto const& all = complexes[list.first + i].compounds;
        auto const& last = compounds[all.first + all.count - 1].tests;
        for (std::uint32_t k = 0; k < last.count; ++k)
            if (tests[last.first + k].what == op::scope)
                return true;
    }
    return false;
}

result<selector> compile(std::string_view utf8, bool relative) {
    if (utf8.size() > max_selector_bytes)
        return failure{stage::process, code::bad_option,
                       "expected at most " + std::to_string(max_selector_bytes) + " bytes of selector"};
    selector made;
    compiler read(utf8, made);
    if (!read.whole(relative))
        return failure{stage::process, code::bad_option, read.problem()};
    return made;
}

}  // namespace fetchd::css
