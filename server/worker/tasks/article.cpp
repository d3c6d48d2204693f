#include "worker/tasks/article.hpp"

#include <algorithm>

#include "worker/tasks/article_choice.hpp"
#include "worker/tasks/article_facts.hpp"
#include "worker/tasks/article_title.hpp"
#include "worker/tasks/article_words.hpp"

namespace fetchd::tasks {

namespace {

constexpr std::uint32_t elements_above = 60;  // the content, in which a byline is looked for

bool may_be_byline(articles::element const& e) {
    return (e.says & articles::says::author) != 0 && (e.says & articles::says::comments) == 0 &&
           e.all.chars >= 3 && e.all.chars <= 100 && e.headings == 0;
}

// Looks from the title, or a little above the content, to the end of that.
void find_byline(articles::tree_facts const& facts, std::uint32_t title,
                 articles::article_choice const& choice, article& found) {
    auto const first = choice.parts.front();
    auto at = first > elements_above ? first - elements_above : 0;
    if (title != 0)
        at = std::min(title, first);
    auto const end = facts.elements[choice.parts.back()].end;
    for (; at < end && !(found.byline && found.time); ++at) {
        auto const& e = facts.elements[at];
        if (!found.byline && may_be_byline(e))
            found.byline = e.at;
        if (!found.time && e.at.name() == "time")
            found.time = e.at;
    }
}

}  // namespace

article find_article(html::document const& document) {
    auto const facts = articles::facts_of(document);
    article found;
    if (facts.elements.empty())
        return found;
    auto const choice = articles::choose(facts);
    found.dropped.assign(facts.nodes + 1, false);
    auto const title = articles::title_heading(document, facts);
    find_byline(facts, title, choice, found);
    if (title != 0) {
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
