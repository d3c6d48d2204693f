#include <cmath>

#include "base/ascii.hpp"
#include "worker/tasks/xpath_compiler.hpp"

namespace fetchd::xpath {
namespace {

struct axis_row {
    std::string_view name;
    axis what;
};

constexpr axis_row axes[] = {
    {"ancestor", axis::ancestor},
    {"ancestor-or-self", axis::ancestor_or_self},
    {"attribute", axis::attribute},
    {"child", axis::child},
    {"descendant", axis::descendant},
    {"descendant-or-self", axis::descendant_or_self},
    {"following", axis::following},
    {"following-sibling", axis::following_sibling},
    {"parent", axis::parent},
    {"preceding", axis::preceding},
    {"preceding-sibling", axis::preceding_sibling},
    {"self", axis::self},
};

struct kind_row {
    std::string_view name;
    node_test what;
};

constexpr kind_row kinds[] = {
    {"comment", node_test::comment},
    {"node", node_test::any_node},
    {"processing-instruction", node_test::nothing},
    {"text", node_test::text},
};

kind_row const* kind_named(std::string_view name) {
    for (auto const& row : kinds)
        if (row.name == name)
            return &row;
    return nullptr;
}

}  // namespace

// A primary expression where a step could stand too: a name with a parenthesis that is no test of a node.
bool compiler::starts_primary() {
    if (peek() == '(' || peek() == '"' || peek() == '\'' || peek() == '$' || is_digit(peek()) ||
        (peek() == '.' && is_digit(peek(1))))
        return true;
    return at_name() && kind_named(name_ahead()) == nullptr && ahead_behind_name("(");
}

bool compiler::starts_step() {
    skip_space();
    return peek() == '.' || peek() == '@' || peek() == '*' || at_name();
}

bool compiler::path(place& into) {
    skip_space();
    expression_node made;
    made.what = expression_node::kind::path;
    made.result = type::nodes;
    if (starts_primary()) {
        auto const from = at_;
        place start = 0;
        if (!primary(start))
            return false;
        skip_space();
        if (peek() != '[' && peek() != '/') {
            into = start;
            return true;
        }
        if (out_.all[start].result != type::nodes)
            return wrong_at(from, std::string("expected nodes before '") + peek() + "'");
        made.parts.push_back(start);
        if (!predicates(made.filter))
            return false;
        if ((peek() == '/') && !steps(made, peek(1) == '/' ? "//" : "/"))
            return false;
    } else if (peek() == '/') {
        made.from_root = true;
        std::string_view const lead = peek(1) == '/' ? "//" : "/";
        auto const from = at_;
        at_ += 1;
        auto const alone = lead == "/" && !starts_step();
        at_ = alone ? from + 1 : from;
        if (!alone && !steps(made, lead))
            return false;
    } else if (!starts_step()) {
        return wrong("expected an expression");
    } else if (!steps(made, "")) {
        return false;
    }
    into = add(std::move(made));
    return true;
}

// Steps with "/" or "//" between; `lead` is what stands before the first of them.
bool compiler::steps(expression_node& into, std::string_view lead) {
    for (;;) {
        take(lead);
        if (!starts_step())
            return wrong("expected a step after '" + std::string(lead) + "'");
        step made;
        if (!one_step(made))
            return false;
        if (lead == "//") {
            // The same nodes by one walk, unless places among the children count (XPath §2.5).
            if (made.along == axis::child && !made.positional) {
                made.along = axis::descendant;
            } else {
                step all;
                all.along = axis::descendant_or_self;
                into.steps.push_back(std::move(all));
            }
        }
        into.steps.push_back(std::move(made));
        skip_space();
        if (peek() != '/')
            return true;
        lead = peek(1) == '/' ? "//" : "/";
    }
}

bool compiler::one_step(step& into) {
    if (take("..")) {
        into.along = axis::parent;
        return true;
    }
    if (take(".")) {
        into.along = axis::self;
        return true;
    }
    if (take("@")) {
        into.along = axis::attribute;
    } else if (at_name() && ahead_behind_name("::")) {
        auto const from = at_;
        auto const called = name();
        auto known = false;
        for (auto const& row : axes)
            if (row.name == called) {
                into.along = row.what;
                known = true;
            }
        if (!known)
            return wrong_at(from, "expected an axis that is known, not '" + std::string(called) + "'");
        take("::");
    }
    if (!test_of(into) || !predicates(into.predicates))
        return false;
    for (auto const& p : into.predicates)
        into.positional = into.positional || p.positional;
    if (!into.predicates.empty()) {
        auto const& first = out_.all[into.predicates.front().condition];
        if (first.what == expression_node::kind::number && first.number >= 1 && first.number < 1e9 &&
            first.number == std::floor(first.number))
            into.single = static_cast<std::uint32_t>(first.number);
    }
    return true;
}

bool compiler::test_of(step& into) {
    skip_space();
    if (take("*")) {
        into.test = node_test::any_name;
        return true;
    }
    if (!at_name())
        return wrong("expected a name, '*', text() or node()");
    auto const from = at_;
    auto const* const kind = kind_named(name_ahead());
    auto const called = ahead_behind_name("(");
    auto const written = name();
    if (called && kind == nullptr)
        return wrong_at(from, "expected a name, '*', text() or node()");
    if (!called) {
        if (peek() == ':')
            return wrong("expected no ':': namespaces cannot be selected by");
        into.test = node_test::name;
        into.name = ascii_lowered(written);
        into.what.add_name(into.name);
        return true;
    }
    take("(");
    into.test = kind->what;
    skip_space();
    if (into.test == node_test::nothing && (peek() == '"' || peek() == '\'')) {
        place unused = 0;
        if (!literal(unused))
            return false;
    }
    return take(")") || wrong("expected ')'");
}

bool compiler::predicates(std::vector<predicate>& into) {
    while (take("[")) {
        auto const outside = positional_;
        positional_ = false;
        auto& made = into.emplace_back();
        if (!nested(made.condition))
            return false;
        made.positional = positional_ || out_.all[made.condition].result == type::number;
        positional_ = outside;
        if (!take("]"))
            return wrong("expected an operator or ']'");
    }
    skip_space();
    return true;
}

}  // namespace fetchd::xpath
