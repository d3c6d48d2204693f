#include "worker/tasks/article_title.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/article_marks.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks::articles {
namespace {

using html::tag;

constexpr std::size_t max_headings = 30;  // that are compared
constexpr std::size_t max_title = 500;    // bytes of one title
constexpr std::size_t max_metas = 500;    // elements of the head that are looked at
constexpr std::size_t max_titles = 4;

bool is_alphanumeric(char c) {
    auto const lower = ascii_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

bool is_title_name(std::string_view name) {
    return name == "og:title" || name == "twitter:title" || name == "headline";
}

}  // namespace

std::string bare_words(std::string_view text) {
    std::string bare;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = text[i];
        if (c == '\xC2') {  // U+0080 to U+00BF: signs
            ++i;
        } else if (text.substr(i, 2) == "\xE2\x80") {  // U+2000 to U+203F: spaces, dashes, quotation marks
            i += 2;
        } else if (static_cast<unsigned char>(c) >= 0x80 || is_alphanumeric(c)) {
            bare += ascii_lower(c);
        }
    }
    return bare;
}

bool is_same_title(std::string_view bare, std::string_view other_bare) {
    auto const shorter = std::min(bare, other_bare, [](auto a, auto b) { return a.size() < b.size(); });
    auto const longer = shorter.data() == bare.data() ? other_bare : bare;
    return shorter.size() > 3 && shorter.size() * 4 >= longer.size() &&
           longer.find(shorter) != std::string_view::npos;
}

std::vector<std::string> titles_of(html::document const& document) {
    std::vector<std::string> titles;
    auto const head = document.head();
    if (!head)
        return titles;
    std::size_t looked_at = 0;
    for (auto n = head.first_child(); n && looked_at < max_metas && titles.size() < max_titles;
         n = n.next(), ++looked_at) {
        if (n.tag() == tag::title)
            titles.push_back(bare_words(html::inline_text(n, max_title)));
        else if (n.tag() == tag::meta)
            if (is_title_name(n.attribute("property").value_or("")) ||
                is_title_name(n.attribute("name").value_or("")))
                titles.push_back(bare_words(utf8::prefix(n.attribute("content").value_or(""), max_title)));
    }
    return titles;
}

std::uint32_t title_heading(html::document const& document, tree_facts const& facts) {
    auto const titles = titles_of(document);
    std::size_t seen = 0;
    auto const& all = facts.elements;
    for (std::size_t i = 1; i < all.size() && seen < max_headings; ++i) {
        auto const& e = all[i];
        if (!is_heading(e.tag) || e.all.chars == 0 || e.all.chars > max_title)
            continue;
        ++seen;
        if (titles.empty() && e.tag == tag::h1)
            return static_cast<std::uint32_t>(i);
        auto const text = bare_words(html::inline_text(e.at, max_title, 100));
        if (std::any_of(titles.begin(), titles.end(), [&](auto const& t) { return is_same_title(text, t); }))
            return static_cast<std::uint32_t>(i);
    }
    return 0;
}

}  // namespace fetchd::tasks::articles
