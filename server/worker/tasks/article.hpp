// The content of a page without what stands around it: which parts of the document are the article, or what
// comes nearest to one on pages that have none.
//
// Works on any page in any language: by where the text is, how much of it is links, how it is built and, as
// weaker evidence, what its parts are called. docs/main.md says how. Linear in the document.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

// How to walk it: each of the parts in turn, passing by every node that is left out. What is hidden
// (html::is_hidden) is not asked for here and may or may not be left out.
struct article {
    std::vector<html::node> parts;  // in document order, none inside of another; none at all: an empty page
    std::vector<bool> dropped;      // by node number
    html::node title;               // the heading that says it, left out of the parts; may be none
    html::node byline;              // what seems to say who wrote it; may be none
    html::node time;                // the first <time> of the article or right above it; may be none

    bool left_out(html::node n) const { return n.number() < dropped.size() && dropped[n.number()]; }
};

// Numbers the nodes of the document as context::look() does. A view of the document.
article find_article(html::document const&);

}  // namespace fetchd::tasks
