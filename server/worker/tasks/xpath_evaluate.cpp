#include "worker/tasks/xpath_evaluate.hpp"

#include <cmath>
#include <limits>

namespace fetchd::xpath {

using kind = expression_node::kind;

namespace {

value of_number(double n) {
    value v;
    v.kind = type::number;
    v.number = n;
    return v;
}

value of_truth(bool t) {
    value v;
    v.truth = t;
    return v;
}

value of_text(std::string s) {
    value v;
    v.kind = type::text;
    v.text = std::move(s);
    return v;
}

value of_nodes(std::vector<item> nodes) {
    value v;
    v.kind = type::nodes;
    v.nodes = std::move(nodes);
    return v;
}

// XPath §3.5: as IEEE 754 has it, mod with the sign of the dividend.
double calculate(sign s, double a, double b) {
    switch (s) {
        case sign::plus:
            return a + b;
        case sign::minus:
            return a - b;
        case sign::times:
            return a * b;
        case sign::divided:
            if (b == 0)
                return a == 0 || std::isnan(a) ? std::numeric_limits<double>::quiet_NaN()
                                               : std::copysign(std::numeric_limits<double>::infinity(), a) *
                                                     std::copysign(1.0, b);
            return a / b;
        default:
            return std::fmod(a, b);
    }
}

}  // namespace

value evaluator::evaluate(expression const& what, html::node at) {
    what_ = &what;
    context here;
    here.at = item(at);
    return any(what.top, here);
}

value evaluator::any(place at, context const& here) {
    auto const& e = what_->all[at];
    if (!left_.spend(1))
        return {};
    switch (e.what) {
        case kind::number:
            return of_number(e.number);
        case kind::text:
            return of_text(e.text);
        case kind::negation:
            return of_number(e.number * number(e.parts.front(), here));
        case kind::chain:
            return chain(e, here);
        case kind::union_:
            return of_nodes(union_of(e, here));
        case kind::path:
            return of_nodes(path(e, here, want::all));
        default:
            return call(e, here);
    }
}

value evaluator::chain(expression_node const& e, context const& here) {
    auto const first = e.signs.front();
    if (first == sign::or_ || first == sign::and_) {
        for (auto const part : e.parts)
            if (truth(part, here) == (first == sign::or_))
                return of_truth(first == sign::or_);
        return of_truth(first == sign::and_);
    }
    if (e.result == type::number) {
        auto sum = number(e.parts.front(), here);
        for (std::size_t i = 0; i < e.signs.size(); ++i)
            sum = calculate(e.signs[i], sum, number(e.parts[i + 1], here));
        return of_number(sum);
    }
    auto so_far = any(e.parts.front(), here);
    for (std::size_t i = 0; i < e.signs.size(); ++i)
        so_far = of_truth(compare(e.signs[i], so_far, any(e.parts[i + 1], here), left_));
    return so_far;
}

value evaluator::call(expression_node const& e, context const& here) {
    switch (e.result) {
        case type::truth:
            return of_truth(call_truth(e, here));
        case type::number:
            return of_number(call_number(e, here));
        case type::text:
            return of_text(call_text(e, here));
        default:
            return of_nodes(with_ids(any(e.parts.front(), here)));
    }
}

bool evaluator::truth(place at, context const& here) {
    auto const& e = what_->all[at];
    if (e.what == kind::path)
        return left_.spend(1) && !path(e, here, want::some).empty();
    return truth_of(any(at, here));
}

double evaluator::number(place at, context const& here) {
    return number_of(any(at, here), left_);
}

std::string evaluator::text(place at, context const& here) {
    auto const& e = what_->all[at];
    if (e.what == kind::path)
        return text_of(of_nodes(path(e, here, want::first)), left_);
    auto v = any(at, here);
    return v.kind == type::text ? std::move(v.text) : text_of(v, left_);
}

}  // namespace fetchd::xpath
