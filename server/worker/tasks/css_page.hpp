// What all selectors that run over one document share: how much may still be done, its elements in a row, and
// their places among their siblings.
//
// Lives as long as the document; its nodes must be numbered (context::look()).
#pragma once

#include <cstdint>
#include <vector>

#include "worker/tasks/css_effort.hpp"
#include "worker/tasks/css_index.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::css {

inline bool is_element(html::node n) {
    return n && n.tag() > html::tag::doctype;
}

inline html::node element_before(html::node n) {
    do
        n = n.previous();
    while (n && !is_element(n));
    return n;
}

inline html::node element_after(html::node n) {
    do
        n = n.next();
    while (n && !is_element(n));
    return n;
}

// The place of each element among its siblings, from 1: counted for all children of a parent when the first
// of them is asked for, so that :nth-child() stays linear in wide documents.
class places {
  public:
    explicit places(std::uint32_t nodes) : nodes_(nodes) {}

    std::uint32_t of(html::node, bool from_end, bool of_type, effort&);

  private:
    void count(html::node parent, bool of_type, effort&);

    std::uint32_t nodes_;
    std::vector<std::uint32_t> from_start_[2];  // by the node's number; 0: not yet counted
    std::vector<std::uint32_t> from_end_[2];
};

struct page {
    page(html::node document_, html::node html_, std::uint32_t nodes_, std::uint64_t steps)
        : document(document_), html(html_), nodes(nodes_), left(steps), place(nodes_) {}

    html::node document;
    html::node html;      // the root element
    std::uint32_t nodes;  // their numbers are 1 to this
    effort left;
    places place;
    index elements;
    std::size_t memory = std::size_t{64} << 20U;  // bytes that matchers may still use to remember answers
};

}  // namespace fetchd::css
