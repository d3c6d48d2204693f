// What a reference of a document leads to. A closed set.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

enum class link_kind : std::uint8_t {
    page,      // a reader goes there: <a>, <area>, <meta http-equiv=refresh>
    download,  // the same with a `download` attribute
    mail,      // mailto:
    phone,     // tel:, sms:
    other,     // any other scheme a reader may follow: ftp:, magnet:
    form,      // where a form is sent
    frame,     // a document shown inside this one
    image,     // <img>, <picture>, <input type=image>, the poster of a video
    media,     // <video>, <audio>, <track>, <embed>, <object>
    script,
    style,
    icon,
    feed,       // RSS, Atom, JSON Feed
    alternate,  // the same in another language or form
    related,    // canonical, next, license and other relations of <link>
    hint,       // what a browser may load or connect to early: preload, dns-prefetch, fonts, the manifest
    count
};

std::string_view name_of(link_kind);

// A set of kinds, one bit each.
using link_kinds = std::uint32_t;
constexpr link_kinds bit(link_kind k) {
    return link_kinds{1} << static_cast<unsigned>(k);
}
constexpr link_kinds all_link_kinds = bit(link_kind::count) - 1;

// "page,image" or "all"; nothing where a name is not known.
std::optional<link_kinds> parse_link_kinds(std::string_view list);

// Of <a href> and <area href>, whose absolute URL is `href`.
link_kind kind_of_anchor(html::node, std::string_view href);

// Of <link href>.
link_kind kind_of_link(html::node);

// The media types of feeds: RSS, Atom, JSON Feed.
bool is_feed_type(std::string_view type);

}  // namespace fetchd::tasks
