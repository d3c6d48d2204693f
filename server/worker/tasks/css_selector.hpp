// CSS selectors (Selectors Level 3, and of Level 4 what helps to pick things from a page), compiled.
//
// A selector becomes a flat program: lists of complex selectors, each a row of compound selectors, each a row
// of tests, cheap ones first. Pure values without pointers; css_match.hpp runs them.
// The text comes from outside: its length and the nesting of its parentheses are limited, so that neither
// reading nor matching recurses deep. Namespaces and pseudo-elements are refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "worker/tasks/css_index.hpp"

namespace fetchd::css {

constexpr std::size_t max_selector_bytes = 4096;
constexpr std::size_t max_nesting = 8;  // of :not(), :is(), :has() and the like

enum class op : std::uint8_t {
    // In the order of what they cost, which is the order they are tried in.
    never,  // states a document has none of: :hover
    scope,
    anchor,  // the element a relative selector starts from
    root,
    tag,
    id,
    class_name,
    has_attribute,
    equals,
    word,       // [a~=b]
    dashed,     // [a|=b]
    prefix,     // [a^=b]
    suffix,     // [a$=b]
    substring,  // [a*=b]
    first_child,
    last_child,
    only_child,
    link,
    checked,
    enabled,
    disabled,
    required,
    optional,
    read_only,
    read_write,
    empty,
    lang,
    nth_child,
    nth_last_child,
    nth_of_type,
    nth_last_of_type,
    is,
    not_,
    contains,
    has,
};

// Places first..first+count-1 of one of the program's vectors.
struct range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
};

struct test {
    op what = op::never;
    bool fold = false;       // letters of either case are the same
    std::string name;        // of the tag or attribute, in lower case
    std::string as_written;  // of the attribute: in SVG and MathML case matters
    std::string value;       // what to compare with; of :contains() and :lang() in the form they want
    std::int32_t step = 0;   // An+B
    std::int32_t offset = 0;
    range list;              // of complex selectors: what is in the parentheses
    std::uint32_t slot = 0;  // of what a matcher remembers for this test
};

// How a compound is joined to the one on its left.
enum class combinator : std::uint8_t { none, descendant, child, next_sibling, later_sibling };

struct compound {
    range tests;
    combinator left = combinator::none;
};

struct complex {
    range compounds;        // from left to right
    bool anchored = false;  // the leftmost is the anchor alone: "> a" in :has()
    sketch last;            // of what an element must have for the rightmost
    std::uint32_t slot = 0;
};

struct selector {
    std::vector<test> tests;
    std::vector<compound> compounds;
    std::vector<complex> complexes;
    range list;
    std::uint32_t slots = 0;
    bool scoped = false;  // :scope is somewhere in it

    bool goes_sideways() const;     // one of the list starts with + or ~
    bool may_be_the_scope() const;  // one of the list ends in a compound with :scope
};

// `relative`: each selector of the list may start with a combinator, as in :has().
// Fails with process.bad_option and "position 7: expected a name after '.'"; positions are counted in
// characters, from 1.
result<selector> compile(std::string_view utf8, bool relative);

}  // namespace fetchd::css
