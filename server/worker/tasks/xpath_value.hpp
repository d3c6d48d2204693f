// What XPath expressions give, and how one kind of value becomes another (XPath §3.2, §4.2 - §4.4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/xpath.hpp"

namespace fetchd::xpath {

// A node, or an attribute of it.
struct item {
    item() = default;
    explicit item(html::node n) : node(n), number(n.number()) {}
    item(html::node n, html::attribute a, std::uint32_t place_)
        : node(n), attribute(a), number(n.number()), place(place_) {}

    html::node node;
    html::attribute attribute;  // none: the node itself
    std::uint32_t number = 0;   // of the node
    std::uint32_t place = 0;    // of the attribute, from 1

    std::uint64_t order() const { return std::uint64_t{number} << 32U | place; }
};

struct value {
    type kind = type::truth;
    std::vector<item> nodes;  // in document order, each once
    double number = 0;
    std::string text;
    bool truth = false;
};

// Sorts into document order and leaves each once.
void settle(std::vector<item>&, css::effort&);

// Two such sets as one.
std::vector<item> joined(std::vector<item> const&, std::vector<item> const&, css::effort&);

// The string-value of a node (XPath §5): of an element all text in it, scripts' too. Comments have none here.
void append_text(item const&, css::effort&, std::string& out);
std::string text_of(item const&, css::effort&);

std::string text_of(value const&, css::effort&);
double number_of(value const&, css::effort&);
bool truth_of(value const&);

std::string text_of_number(double);
double number_of_text(std::string_view);

// The value of = != < <= > >= (XPath §3.4).
bool compare(sign, value const&, value const&, css::effort&);

}  // namespace fetchd::xpath
