#include "worker/tasks/xpath_value.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <unordered_set>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::xpath {
namespace {

// As if the sides had changed places.
sign mirrored(sign s) {
    switch (s) {
        case sign::less:
            return sign::greater;
        case sign::less_or_equal:
            return sign::greater_or_equal;
        case sign::greater:
            return sign::less;
        case sign::greater_or_equal:
            return sign::less_or_equal;
        default:
            return s;
    }
}

bool compare_numbers(sign s, double a, double b) {
    switch (s) {
        case sign::equal:
            return a == b;
        case sign::unequal:
            return a != b;
        case sign::less:
            return a < b;
        case sign::less_or_equal:
            return a <= b;
        case sign::greater:
            return a > b;
        default:
            return a >= b;
    }
}

bool is_equality(sign s) {
    return s == sign::equal || s == sign::unequal;
}

// Two sets of nodes with the same, or with different texts among them: linear, whatever the sets are.
bool compare_texts(sign s, std::vector<item> const& a, std::vector<item> const& b, css::effort& left) {
    if (a.empty() || b.empty())
        return false;
    if (s == sign::unequal) {
        auto const first = text_of(a.front(), left);
        auto const differs = [&](item const& i) { return !left.spent() && text_of(i, left) != first; };
        return std::any_of(b.begin(), b.end(), differs) || std::any_of(a.begin() + 1, a.end(), differs);
    }
    std::unordered_set<std::string> known;
    for (auto const& i : a) {
        if (left.spent())
            return false;
        known.insert(text_of(i, left));
    }
    return std::any_of(b.begin(), b.end(),
                       [&](item const& i) { return !left.spent() && known.contains(text_of(i, left)); });
}

// Some pair of numbers is in order where the least and the greatest are.
bool compare_ranges(sign s, std::vector<item> const& a, std::vector<item> const& b, css::effort& left) {
    auto const range = [&](std::vector<item> const& all) {
        auto least = std::numeric_limits<double>::infinity();
        auto greatest = -least;
        auto any = false;
        for (auto const& i : all) {
            auto const n = left.spent() ? NAN : number_of_text(text_of(i, left));
            if (std::isnan(n))
                continue;
            any = true;
            least = std::min(least, n);
            greatest = std::max(greatest, n);
        }
        return any ? std::pair(least, greatest) : std::pair<double, double>(NAN, NAN);
    };
    auto const [least_a, greatest_a] = range(a);
    auto const [least_b, greatest_b] = range(b);
    auto const rising = s == sign::less || s == sign::less_or_equal;
    return rising ? compare_numbers(s, least_a, greatest_b) : compare_numbers(s, greatest_a, least_b);
}

bool compare_nodes(sign s, std::vector<item> const& nodes, value const& with, css::effort& left) {
    if (with.kind == type::nodes)
        return is_equality(s) ? compare_texts(s, nodes, with.nodes, left)
                              : compare_ranges(s, nodes, with.nodes, left);
    if (with.kind == type::truth)
        return compare_numbers(s, nodes.empty() ? 0 : 1, with.truth ? 1 : 0);
    auto const as_text = with.kind == type::text && is_equality(s);
    auto const number = as_text ? 0 : number_of(with, left);
    return std::any_of(nodes.begin(), nodes.end(), [&](item const& i) {
        if (left.spent())
            return false;
        auto const text = text_of(i, left);
        return as_text ? (text == with.text) == (s == sign::equal)
                       : compare_numbers(s, number_of_text(text), number);
    });
}

bool comes_before(item const& a, item const& b) {
    return a.order() < b.order();
}

}  // namespace

void settle(std::vector<item>& items, css::effort& left) {
    if (!std::is_sorted(items.begin(), items.end(), comes_before)) {
        if (!left.spend(2 * items.size()))
            return;
        std::sort(items.begin(), items.end(), comes_before);
    }
    auto const same = [](item const& a, item const& b) { return a.order() == b.order(); };
    items.erase(std::unique(items.begin(), items.end(), same), items.end());
}

std::vector<item> joined(std::vector<item> const& a, std::vector<item> const& b, css::effort& left) {
    std::vector<item> all;
    if (!left.spend(a.size() + b.size()))
        return all;
    all.reserve(a.size() + b.size());
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all), comes_before);
    return all;
}

void append_text(item const& i, css::effort& left, std::string& out) {
    if (i.attribute) {
        if (left.spend(1 + i.attribute.value().size() / 4))
            out += i.attribute.value();
        return;
    }
    html::walk(i.node, [&](html::node n) {
        auto const text = n.text();
        if (!left.spend(1 + text.size() / 4))
            return html::step::stop;
        out += text;
        return html::step::into;
    });
}

std::string text_of(item const& i, css::effort& left) {
    std::string out;
    append_text(i, left, out);
    return out;
}

std::string text_of(value const& v, css::effort& left) {
    switch (v.kind) {
        case type::nodes:
            return v.nodes.empty() ? std::string() : text_of(v.nodes.front(), left);
        case type::number:
            return text_of_number(v.number);
        case type::text:
            return left.spend(v.text.size() / 4) ? v.text : std::string();
        default:
            return v.truth ? "true" : "false";
    }
}

double number_of(value const& v, css::effort& left) {
    if (v.kind == type::number)
        return v.number;
    if (v.kind == type::truth)
        return v.truth ? 1 : 0;
    return number_of_text(text_of(v, left));
}

bool truth_of(value const& v) {
    switch (v.kind) {
        case type::nodes:
            return !v.nodes.empty();
        case type::number:
            return v.number != 0 && !std::isnan(v.number);
        case type::text:
            return !v.text.empty();
        default:
            return v.truth;
    }
}

// XPath §4.2, string(): never an exponent.
std::string text_of_number(double n) {
    if (std::isnan(n))
        return "NaN";
    if (std::isinf(n))
        return n > 0 ? "Infinity" : "-Infinity";
    if (n == 0)
        return "0";
    char buffer[400];
    auto const end = std::to_chars(std::begin(buffer), std::end(buffer), n, std::chars_format::fixed).ptr;
    return {std::begin(buffer), end};
}

// XPath §4.4, number(): digits with a point and a minus, nothing else.
double number_of_text(std::string_view text) {
    text = utf8::trimmed(text);
    auto const digits = text.substr(text.starts_with('-') ? 1 : 0);
    auto const only =
        std::all_of(digits.begin(), digits.end(), [](char c) { return is_digit(c) || c == '.'; });
    auto n = 0.0;
    auto const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, n, std::chars_format::fixed);
    if (!only || digits.empty() || end != last || error == std::errc::invalid_argument)
        return NAN;
    return error == std::errc::result_out_of_range ? (text.front() == '-' ? -INFINITY : INFINITY) : n;
}

bool compare(sign s, value const& a, value const& b, css::effort& left) {
    if (a.kind == type::nodes)
        return compare_nodes(s, a.nodes, b, left);
    if (b.kind == type::nodes)
        return compare_nodes(mirrored(s), b.nodes, a, left);
    if (is_equality(s)) {
        if (a.kind == type::truth || b.kind == type::truth)
            return (truth_of(a) == truth_of(b)) == (s == sign::equal);
        if (a.kind == type::text && b.kind == type::text)
            return (a.text == b.text) == (s == sign::equal);
    }
    return compare_numbers(s, number_of(a, left), number_of(b, left));
}

}  // namespace fetchd::xpath
