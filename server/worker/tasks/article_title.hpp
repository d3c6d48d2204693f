// Which heading of a page is its title. Pure; bounded by the number of headings looked at.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/article_facts.hpp"

namespace fetchd::tasks::articles {

// Letters and digits of a text only, ASCII in small letters: what is left to compare titles by.
std::string bare_words(std::string_view text);

// Whether one of two titles is the other with something before or behind it, such as the name of the site.
bool is_same_title(std::string_view bare, std::string_view other_bare);

// What the head of the document says its title is, in bare words; several may say so.
std::vector<std::string> titles_of(html::document const&);

// The place of the heading that says the title, of the first <h1> where the head says none; 0: none.
std::uint32_t title_heading(html::document const&, tree_facts const&);

}  // namespace fetchd::tasks::articles
