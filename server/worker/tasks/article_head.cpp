#include "worker/tasks/article_head.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/article_marks.hpp"
#include "worker/tasks/article_title.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/metadata_date.hpp"

namespace fetchd::tasks {
namespace {

using html::tag;

constexpr std::size_t max_line = 500;  // bytes of a title or byline

std::string first_of(value_group const& group, std::string_view name) {
    for (auto const& [member, values] : group.all())
        if (member == name && !values.empty())
            return html::collapsed(values.front());
    return {};
}

// ---- title

constexpr std::string_view separators[] = {" | ",      " - ",  " \u2013 ", " \u2014 ", " \u00BB ",
                                           " \u00B7 ", " :: ", " / ",      "_",        "\uFF5C",
                                           " \u2022 ", " < ",  " > "};

struct cut {
    std::string_view before;
    std::string_view behind;
};

// A title at its last separator.
cut cut_title(std::string_view title) {
    cut best{title, {}};
    for (auto const separator : separators) {
        auto const at = title.rfind(separator);
        if (at != std::string_view::npos &&
            (best.behind.empty() || at + separator.size() + best.behind.size() > title.size()))
            best = {title.substr(0, at), title.substr(at + separator.size())};
    }
    return best;
}

// Without the name of the site behind or before it.
std::string without_site(std::string_view title, std::string_view site) {
    auto const bare_site = articles::bare_words(site);
    if (bare_site.empty())
        return std::string(title);
    for (auto const separator : separators) {
        if (auto const at = title.rfind(separator); at != std::string_view::npos && at > 0)
            if (articles::bare_words(title.substr(at + separator.size())) == bare_site)
                return std::string(title.substr(0, at));
        if (auto const at = title.find(separator); at != std::string_view::npos)
            if (articles::bare_words(title.substr(0, at)) == bare_site)
                return std::string(title.substr(at + separator.size()));
    }
    return std::string(title);
}

// Of a <title> that nothing else confirms: a few words at its end are the name of the site.
std::string without_short_end(std::string const& title) {
    auto const [before, behind] = cut_title(title);
    return behind.size() <= 30 && before.size() >= 15 && before.size() > behind.size() ? std::string(before)
                                                                                       : title;
}

std::string title_of(article const& found, page_facts const& page, jsonld_facts const& structured,
                     std::string_view site) {
    auto said = first_of(page.open_graph, "title");
    // A headline that shares nothing with the page's title is one of something else.
    auto const about = articles::bare_words(page.title);
    if (said.empty() &&
        (about.empty() || articles::is_same_title(articles::bare_words(structured.headline), about)))
        said = html::collapsed(structured.headline);
    for (auto const* group : {&page.twitter, &page.dublin_core})
        if (said.empty())
            said = first_of(*group, "title");
    auto const given = said.empty();
    auto title = without_site(given ? page.title : said, site);
    if (given && !found.title)
        return without_short_end(title);
    if (!found.title)
        return title;
    auto heading = html::inline_text(found.title, max_line);
    auto const bare = articles::bare_words(heading);
    // The heading says it without what a <title> adds; of other titles it may be only a part.
    auto const whole = articles::bare_words(title);
    auto const close = bare.size() * 10 >= whole.size() * (given ? 4 : 8);
    return title.empty() || (close && whole.find(bare) != std::string::npos) ? heading : title;
}

// ---- site

// Of "The title - The site", where the page has the title as a heading.
std::string site_of(article const& found, page_facts const& page) {
    if (!articles::bare_words(page.site_name).empty())
        return page.site_name;
    if (!found.title)
        return {};
    auto const parts = cut_title(page.title);
    auto const heading = articles::bare_words(html::inline_text(found.title, max_line));
    if (parts.behind.empty() || parts.behind.size() > 60 || articles::bare_words(parts.before) != heading)
        return {};
    return std::string(parts.behind);
}

// ---- byline

constexpr std::string_view by_words[] = {"by ",        "by: ",    "von ",    "par ", "por ",
                                         "di ",        "door ",   "av ",     "af ",  "written by ",
                                         "posted by ", "autor: ", "author: "};

std::string byline_of(article const& found, page_facts const& page) {
    std::string names;
    for (auto const& author : page.authors)
        names.append(names.empty() ? "" : ", ").append(author);
    if (!names.empty() || !found.byline)
        return names;
    names = html::inline_text(found.byline, max_line);
    auto const lowered = ascii_lowered(names);
    for (auto const by : by_words)
        if (lowered.starts_with(by))
            return names.substr(by.size());
    return names;
}

// ---- date

std::string published_of(article const& found, page_facts const& page) {
    if (!page.published.text().empty() || !found.time)
        return page.published.text();
    auto date = iso_date(found.time.attribute("datetime").value_or(""));
    return date.empty() ? iso_date(html::inline_text(found.time, max_line)) : date;
}

// ---- excerpt

// The first paragraph of some length, or else the first words.
std::string first_lines(article const& found) {
    std::string first;
    std::string any;
    unsigned nodes = 0;
    for (auto const part : found.parts)
        html::walk(part, [&](html::node n) {
            if (!first.empty() || ++nodes > 2000)
                return html::step::stop;
            if (found.left_out(n) || html::is_hidden(n) || articles::is_heading(n.tag()))
                return html::step::past;
            if (n.tag() == tag::br || html::is_block(n.tag()))
                any += ' ';
            if (n.tag() == tag::text && any.size() < 2 * max_excerpt)
                any.append(utf8::prefix(n.text(), 2 * max_excerpt));
            if (n.tag() != tag::p)
                return html::step::into;
            if (auto text = html::inline_text(n, 2 * max_excerpt, 200); text.size() >= 60)
                first = std::move(text);
            return html::step::into;
        });
    return html::collapsed(first.empty() ? any : first);
}

// Cut at a space, where there is one near.
std::string shortened(std::string text) {
    if (text.size() <= max_excerpt)
        return text;
    auto end = utf8::prefix(text, max_excerpt - 3).size();
    if (auto const space = text.rfind(' ', end); space != std::string::npos && space + 40 > end)
        end = space;
    text.resize(end);
    return text + "\u2026";
}

std::string excerpt_of(article const& found, page_facts const& page) {
    for (auto said :
         {page.description, first_of(page.open_graph, "description"), first_of(page.twitter, "description")})
        if (!said.empty())
            return said;
    return shortened(first_lines(found));
}

}  // namespace

article_head head_of(article const& found, page_facts const& page, jsonld_facts const& structured) {
    article_head head;
    head.site = site_of(found, page);
    head.title = title_of(found, page, structured, head.site);
    head.byline = byline_of(found, page);
    head.published = published_of(found, page);
    head.language = page.language;
    head.excerpt = excerpt_of(found, page);
    return head;
}

}  // namespace fetchd::tasks
