// What parts of a page are no content whatever else is: a judgement on each element by its name, what it is
// called, what its first words say and how it is built.
//
// Linear in the page. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/tasks/article_facts.hpp"

namespace fetchd::tasks::articles {

enum class mark : std::uint8_t {
    none,
    junk,      // never content
    comments,  // of readers: content only where there is nothing else
    teaser,    // of another page: content on pages that consist of them
};

struct page_marks {
    std::vector<mark> of;    // of each element; what is below a marked one has no mark of its own
    std::vector<int> prose;  // the worth of all blocks in each element that have some, marked or not
    int plain = 0;           // of this, what is in no marked element
    int comments = 0;
    int teasers = 0;
};

bool is_heading(html::tag);

// What the text of a block that stands in no block within speaks for it being content, in characters: the
// text less its links as far as they are more than prose has, and less a price for each block, as navigation
// comes in many short ones.
int worth(element const&);

page_marks marks_of(tree_facts const&);

}  // namespace fetchd::tasks::articles
