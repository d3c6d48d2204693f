// What is to be known of each element of a document to tell content from the rest, collected in one walk into
// flat arrays.
//
// Only elements that can be seen are listed, in document order; text counts for the elements around it.
// Linear in the document, 1 allocation for each doubling.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks::articles {

// Visible text, measured. A character of Chinese, Japanese or Korean counts as two, as it says as much as
// several letters; whitespace does not count.
struct text_amount {
    std::uint32_t chars = 0;
    std::uint32_t linked = 0;  // of these, inside of links
    std::uint32_t stops = 0;   // commas, full stops and the like of any script, outside of links

    text_amount& operator+=(text_amount const& more) {
        chars += more.chars;
        linked += more.linked;
        stops += more.stops;
        return *this;
    }
};

struct element {
    html::node at;
    std::uint32_t parent = 0;  // place in the list; the first one is its own
    std::uint32_t end = 0;     // place of the first element after it and all below it
    std::uint32_t first = 0;   // number of its node
    std::uint32_t says = 0;    // bits of says::, from class, id, role and itemprop
    html::tag tag = html::tag::other;
    bool block = false;
    bool linked = false;  // in a link, or one
    text_amount own;      // of a block: the text that stands in it and in no block within
    text_amount all;      // with all below
    std::uint32_t links = 0;
    std::uint32_t controls = 0;  // inputs and buttons
    std::uint32_t headings = 0;
};

struct tree_facts {
    std::vector<element> elements;
    std::uint32_t nodes = 0;  // in the document
};

// Also numbers the nodes: 1 and on, in document order, all of them.
tree_facts facts_of(html::document const&);

}  // namespace fetchd::tasks::articles
