// What the class, id and role of an element say about what it holds: weak evidence, as nobody has to keep to
// it.
//
// The words are those that page authors and publishing systems use in several languages. Bounded: only the
// first bytes of a value are read. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fetchd::tasks::articles {

// One bit for each thing that names speak of.
namespace says {
enum : std::uint32_t {
    comments = 1U << 0U,    // what readers wrote below
    sharing = 1U << 1U,     // buttons to pass the page on
    related = 1U << 2U,     // links to other pages that one may like, too
    navigation = 1U << 3U,  // menus, breadcrumbs, pages 1 2 3
    advert = 1U << 4U,
    aside = 1U << 5U,   // beside the content: sidebars, widgets
    header = 1U << 6U,  // of the page or of a part
    footer = 1U << 7U,
    about = 1U << 8U,     // of the article: byline, date, tags
    sign_up = 1U << 9U,   // newsletters, logins, subscriptions
    overlay = 1U << 10U,  // over the page: cookie notices, dialogs
    unseen = 1U << 11U,   // for screen readers, for print only, hidden
    content = 1U << 12U,  // the content, an article, a post
    body = 1U << 13U,     // the text of the article itself
    caption = 1U << 14U,  // of pictures
    author = 1U << 15U,
    date = 1U << 16U,
    title = 1U << 17U,
    tools = 1U << 18U,    // edit, print, jump: what one does with a page
    lead = 1U << 19U,     // a standfirst, an abstract
    note = 1U << 20U,     // a remark that belongs to the text: a warning, a tip
    gallery = 1U << 21U,  // pictures to leaf through
    middle = 1U << 22U,   // an element that says that it holds the content: <main> and the like
};
}  // namespace says

constexpr std::size_t max_names = 400;  // bytes of one value that are looked at

// The bits of all words in `names`, a class, id or role: split at everything but letters and digits, and
// where a small letter is followed by a capital.
std::uint32_t said_by(std::string_view names);

}  // namespace fetchd::tasks::articles
