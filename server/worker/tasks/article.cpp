#include "worker/tasks/article.hpp"

#include <algorithm>

#include "worker/tasks/article_choice.hpp"
#include "worker/tasks/article_facts.hpp"
#include "worker/tasks/article_title.hpp"

namespace fetchd::tasks {

article find_article(html::document const& document) {
    auto const facts = articles::facts_of(document);
    article found;
    if (facts.elements.empty())
        return found;
    auto const choice = articles::choose(facts);
    found.dropped.assign(facts.nodes + 1, false);
    if (auto const title = articles::title_heading(document, facts); title != 0) {
        found.title = facts.elements[title].at;
        found.dropped[facts.elements[title].first] =
            std::find(choice.parts.begin(), choice.parts.end(), title) == choice.parts.end();
    }
    for (auto const at : choice.dropped)
        found.dropped[facts.elements[at].first] = true;
    for (auto const at : choice.parts)
        found.parts.push_back(facts.elements[at].at);
    return found;
}

}  // namespace fetchd::tasks
