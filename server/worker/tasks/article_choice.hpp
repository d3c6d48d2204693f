// Which elements of a page are its content. A pure decision on the facts.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/tasks/article_facts.hpp"

namespace fetchd::tasks::articles {

// Places in the list of elements, in document order.
struct article_choice {
    std::vector<std::uint32_t> parts;    // none inside of another
    std::vector<std::uint32_t> dropped;  // inside of the parts
};

article_choice choose(tree_facts const&);

}  // namespace fetchd::tasks::articles
