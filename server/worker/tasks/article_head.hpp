// What a page says of its article: title, author, date and so on, from its metadata first and from what
// stands around the content where that says nothing.
#pragma once

#include <cstddef>
#include <string>

#include "worker/tasks/article.hpp"
#include "worker/tasks/metadata_page.hpp"

namespace fetchd::tasks {

constexpr std::size_t max_excerpt = 300;  // bytes of one made from the content

// On one line each; what is not known is empty.
struct article_head {
    std::string title;
    std::string byline;
    std::string published;  // ISO 8601
    std::string site;
    std::string language;
    std::string excerpt;
};

article_head head_of(article const&, page_facts const&, jsonld_facts const&);

}  // namespace fetchd::tasks
