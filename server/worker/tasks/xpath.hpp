// XPath 1.0 expressions, compiled: https://www.w3.org/TR/xpath-10/.
//
// Pure values without pointers; xpath_evaluate.hpp runs them. There are no variables, no namespaces and no
// functions but the core library and has-class(). Element and attribute names compare as in HTML, whatever
// the case they are written in; a name with a colon means the name as it stands in the page.
// The text comes from outside: its length and nesting are limited, so that nothing recurses deep.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "worker/tasks/css_index.hpp"

namespace fetchd::xpath {

constexpr std::size_t max_expression_bytes = 4096;
constexpr std::size_t max_nesting = 32;  // of parentheses, predicates and arguments

enum class type : std::uint8_t { nodes, number, text, truth };

enum class axis : std::uint8_t {
    ancestor,
    ancestor_or_self,
    attribute,
    child,
    descendant,
    descendant_or_self,
    following,
    following_sibling,
    parent,
    preceding,
    preceding_sibling,
    self,
};

enum class node_test : std::uint8_t { name, any_name, any_node, text, comment, nothing };

enum class function : std::uint8_t {
    boolean,
    ceiling,
    concat,
    contains,
    count,
    false_,
    floor,
    has_class,
    id,
    lang,
    last,
    local_name,
    name,
    namespace_uri,
    normalize_space,
    not_,
    number,
    position,
    round,
    starts_with,
    string,
    string_length,
    substring,
    substring_after,
    substring_before,
    sum,
    translate,
    true_,
};

enum class sign : std::uint8_t {
    or_,
    and_,
    equal,
    unequal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    plus,
    minus,
    times,
    divided,
    modulo,
};

using place = std::uint32_t;  // of an expression in the vector of all

struct predicate {
    place condition = 0;
    bool positional = false;  // it is a number, or asks for position() or last()
};

struct step {
    axis along = axis::child;
    node_test test = node_test::any_node;
    std::string name;  // in lower case
    css::sketch what;  // of the name
    std::vector<predicate> predicates;
    bool positional = false;   // one of them is
    std::uint32_t single = 0;  // the first predicate is this number: no more nodes are of use
};

struct expression_node {
    enum class kind : std::uint8_t { number, text, call, chain, negation, union_, path };

    kind what = kind::number;
    type result = type::number;
    double number = 0;
    std::string text;
    function called = function::true_;
    std::vector<place> parts;       // arguments, operands, members of a union, what a path starts from
    std::vector<sign> signs;        // between the operands of a chain, applied from left to right
    bool from_root = false;         // a path: else from its part, or from the context
    std::vector<predicate> filter;  // of its part
    std::vector<step> steps;
};

struct expression {
    std::vector<expression_node> all;
    place top = 0;
};

// Fails with process.bad_option and "position 7: expected a step after '/'"; positions are counted in
// characters, from 1.
result<expression> compile(std::string_view utf8);

}  // namespace fetchd::xpath
