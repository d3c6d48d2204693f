#include "base/ascii.hpp"
#include "worker/tasks/css_compiler.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::css {
namespace {

struct pseudo_row {
    std::string_view name;
    op what;
};

constexpr pseudo_row plain_pseudos[] = {
    {"active", op::never},
    {"any-link", op::link},
    {"checked", op::checked},
    {"disabled", op::disabled},
    {"empty", op::empty},
    {"enabled", op::enabled},
    {"first-child", op::first_child},
    {"first-of-type", op::nth_of_type},
    {"focus", op::never},
    {"focus-visible", op::never},
    {"focus-within", op::never},
    {"hover", op::never},
    {"last-child", op::last_child},
    {"last-of-type", op::nth_last_of_type},
    {"link", op::link},
    {"only-child", op::only_child},
    {"only-of-type", op::nth_of_type},
    {"optional", op::optional},
    {"read-only", op::read_only},
    {"read-write", op::read_write},
    {"required", op::required},
    {"root", op::root},
    {"scope", op::scope},
    {"target", op::never},
    {"visited", op::never},
};

constexpr pseudo_row functions[] = {
    {"contains", op::contains},
    {"has", op::has},
    {"is", op::is},
    {"lang", op::lang},
    {"not", op::not_},
    {"nth-child", op::nth_child},
    {"nth-last-child", op::nth_last_child},
    {"nth-last-of-type", op::nth_last_of_type},
    {"nth-of-type", op::nth_of_type},
    {"where", op::is},
};

template <std::size_t N>
std::optional<op> find(pseudo_row const (&rows)[N], std::string_view name) {
    for (auto const& row : rows)
        if (row.name == name)
            return row.what;
    return std::nullopt;
}

bool is_old_pseudo_element(std::string_view name) {
    return name == "before" || name == "after" || name == "first-line" || name == "first-letter";
}

}  // namespace

// ---- pseudo-classes

bool compiler::pseudo(std::vector<test>& into) {
    auto const from = in_.offset();
    in_.take(':');
    auto const element = in_.take(':');
    if (!in_.at_name())
        return wrong("expected the name of a pseudo-class after ':'");
    auto const name = ascii_lowered(in_.name());
    if (element || is_old_pseudo_element(name))
        return wrong_at(from, "expected no pseudo-element: what is taken of an element is said by \"get\"");
    auto const called = in_.take('(');
    auto const function_kind = find(functions, name);
    auto const plain_kind = find(plain_pseudos, name);
    if (!called && plain_kind) {
        plain_pseudo(name, *plain_kind, into);
        return true;
    }
    if (called && function_kind) {
        test t;
        t.what = *function_kind;
        if (!function(t))
            return false;
        into.push_back(std::move(t));
        return true;
    }
    if (function_kind)
        return wrong("expected '(' after ':" + name + "'");
    if (plain_kind)
        return wrong_at(in_.offset() - 1, "expected no '(' after ':" + name + "'");
    return wrong_at(from, "expected a pseudo-class that is known, not ':" + name + "'");
}

void compiler::plain_pseudo(std::string_view name, op what, std::vector<test>& into) {
    test t;
    t.what = what;
    t.slot = out_.slots++;
    if (what == op::nth_of_type || what == op::nth_last_of_type)
        t.offset = 1;
    if (what == op::scope)
        out_.scoped = true;
    into.push_back(t);
    if (name == "only-of-type") {
        t.what = op::nth_last_of_type;
        into.push_back(t);
    }
}

bool compiler::function(test& t) {
    if (depth_ == max_nesting)
        return wrong("expected parentheses nested at most " + std::to_string(max_nesting) + " deep");
    ++depth_;
    t.slot = out_.slots++;
    in_.skip_space();
    if (!arguments(t))
        return false;
    in_.skip_space();
    --depth_;
    return in_.take(')') || wrong("expected ')'");
}

bool compiler::arguments(test& t) {
    switch (t.what) {
        case op::is:
        case op::not_:
            return list(t.list, start::plain, true);
        case op::has:
            return list(t.list, start::anchor, true);
        case op::lang:
            return languages(t);
        case op::contains:
            return text_argument(t);
        default:
            return nth_arguments(t);
    }
}

bool compiler::nth_arguments(test& t) {
    auto const from = in_.offset();
    auto const read = in_.an_plus_b();
    if (!read)
        return wrong_at(from, "expected a number, 'odd', 'even' or An+B such as 2n+1");
    t.step = read->step;
    t.offset = read->offset;
    auto const spaced = in_.skip_space();
    if (in_.peek() == ')')
        return true;
    auto const of_type = t.what == op::nth_of_type || t.what == op::nth_last_of_type;
    if (of_type || !spaced || !in_.at_name())
        return wrong(of_type ? "expected ')'" : "expected 'of' or ')'");
    auto const word = in_.offset();
    if (ascii_lowered(in_.name()) != "of")
        return wrong_at(word, "expected 'of' or ')'");
    return list(t.list, start::plain, true);
}

// Selectors 4 §7.2: ranges of language tags, names or texts. Kept one after the other with commas between,
// which no tag has.
bool compiler::languages(test& t) {
    do {
        in_.skip_space();
        auto const from = in_.offset();
        std::string one;
        if (in_.peek() == '"' || in_.peek() == '\'') {
            auto text = in_.quoted();
            if (!text)
                return wrong_at(from, "expected this text to end in the quotation mark it begins with");
            one = std::move(*text);
        } else if (in_.at_name()) {
            one = in_.name();
        }
        if (one.empty() || one.find(',') != std::string::npos)
            return wrong_at(from, "expected a language, such as en or \"de-*\"");
        t.value += (t.value.empty() ? "" : ",") + ascii_lowered(one);
        in_.skip_space();
    } while (in_.take(','));
    return true;
}

bool compiler::text_argument(test& t) {
    auto const from = in_.offset();
    if (in_.peek() == '"' || in_.peek() == '\'') {
        auto text = in_.quoted();
        if (!text)
            return wrong_at(from, "expected this text to end in the quotation mark it begins with");
        t.value = std::move(*text);
        if (!case_flag(t, ')'))
            return false;
    } else {
        t.value = in_.until(')');
    }
    t.value = html::collapsed(t.fold ? ascii_lowered(t.value) : t.value);
    return !t.value.empty() || wrong_at(from, "expected a text to look for");
}

}  // namespace fetchd::css
