#include "worker/tasks/links_kind.hpp"

#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::string_view names[] = {"page",  "download",  "mail",    "phone",  "other", "form",
                                      "frame", "image",     "media",   "script", "style", "icon",
                                      "feed",  "alternate", "related", "hint"};
static_assert(std::size(names) == static_cast<std::size_t>(link_kind::count));

// What is preloaded, by the `as` attribute (HTML §4.6.8.9).
link_kind kind_of_preload(std::string_view as) {
    if (same_word(as, "script") || same_word(as, "worker"))
        return link_kind::script;
    if (same_word(as, "style"))
        return link_kind::style;
    if (same_word(as, "image"))
        return link_kind::image;
    if (same_word(as, "video") || same_word(as, "audio") || same_word(as, "track"))
        return link_kind::media;
    return link_kind::hint;
}

}  // namespace

std::string_view name_of(link_kind k) {
    return names[static_cast<std::size_t>(k)];
}

std::optional<link_kinds> parse_link_kinds(std::string_view list) {
    link_kinds found = 0;
    while (true) {
        auto const comma = list.find(',');
        auto const word = utf8::trimmed(list.substr(0, comma));
        link_kinds here = word == "all" ? all_link_kinds : 0;
        for (unsigned i = 0; i < std::size(names); ++i)
            here |= word == names[i] ? link_kinds{1} << i : 0;
        if (here == 0)
            return std::nullopt;
        found |= here;
        if (comma == list.npos)
            return found;
        list.remove_prefix(comma + 1);
    }
}

link_kind kind_of_anchor(html::node n, std::string_view href) {
    if (href.starts_with("http:") || href.starts_with("https:")) {
        if (n.attribute("download"))
            return link_kind::download;
        auto const type = n.attribute("type");
        return type && is_feed_type(*type) ? link_kind::feed : link_kind::page;
    }
    if (href.starts_with("mailto:"))
        return link_kind::mail;
    if (href.starts_with("tel:") || href.starts_with("sms:"))
        return link_kind::phone;
    return n.attribute("download") ? link_kind::download : link_kind::other;
}

link_kind kind_of_link(html::node n) {
    auto const rel = n.attribute("rel").value_or("");
    bool alternate = false;
    bool feed = false;
    bool hint = false;
    bool preload = false;
    link_kind found = link_kind::related;
    for_each_word(rel, [&](std::string_view word) {
        alternate = alternate || same_word(word, "alternate");
        feed = feed || same_word(word, "feed");
        preload = preload || same_word(word, "preload");
        for (std::string_view name : {"dns-prefetch", "preconnect", "prefetch", "prerender", "manifest"})
            hint = hint || same_word(word, name);
        if (same_word(word, "stylesheet"))
            found = link_kind::style;
        else if (same_word(word, "modulepreload"))
            found = link_kind::script;
        else
            for (std::string_view name : {"icon", "apple-touch-icon", "apple-touch-icon-precomposed",
                                          "mask-icon", "fluid-icon", "apple-touch-startup-image"})
                if (same_word(word, name))
                    found = link_kind::icon;
    });
    if (found != link_kind::related)
        return found;
    if (feed || (alternate && is_feed_type(n.attribute("type").value_or(""))))
        return link_kind::feed;
    if (preload)
        return kind_of_preload(n.attribute("as").value_or(""));
    if (hint)
        return link_kind::hint;
    return alternate ? link_kind::alternate : link_kind::related;
}

bool is_feed_type(std::string_view type) {
    auto const essence = utf8::trimmed(type.substr(0, type.find(';')));
    for (std::string_view feed : {"application/rss+xml", "application/atom+xml", "application/feed+json",
                                  "application/rdf+xml", "text/rss+xml", "application/json+feed"})
        if (same_word(essence, feed))
            return true;
    return false;
}

}  // namespace fetchd::tasks
