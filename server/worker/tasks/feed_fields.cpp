#include "worker/tasks/feed_fields.hpp"

#include <algorithm>

namespace fetchd::tasks {
namespace {

using enum feed_field;

struct row {
    std::string_view name;
    feed_field means;
};

// RSS and Atom together: no name means one thing here and another there. Sorted.
constexpr row own_names[] = {
    {"author", author},
    {"body", full_text},
    {"category", category},
    {"content", content},
    {"copyright", copyright},
    {"created", published},
    {"description", description},
    {"email", email},
    {"generator", generator},
    {"guid", id},
    {"homepage", page},
    {"icon", icon},
    {"id", id},
    {"issued", published},
    {"language", language},
    {"lastBuildDate", modified},
    {"link", link},
    {"logo", icon},
    {"managingEditor", author},
    {"modified", modified},
    {"name", name},
    {"pubDate", published},
    {"published", published},
    {"rights", copyright},
    {"subtitle", summary},
    {"summary", summary},
    {"tagline", summary},
    {"title", title},
    {"updated", modified},
    {"uri", page},
    {"url", address},
};

constexpr row dublin_core_names[] = {
    {"created", published}, {"creator", author},    {"date", date},         {"description", summary},
    {"issued", published},  {"language", language}, {"modified", modified}, {"rights", copyright},
    {"subject", category},  {"title", title},
};

constexpr row itunes_names[] = {
    {"author", author},    {"email", email},     {"name", name},
    {"subtitle", summary}, {"summary", summary}, {"title", title},
};

constexpr row media_names[] = {
    {"credit", none},
    {"description", summary},
    {"title", title},
};

template <std::size_t N>
feed_field find(row const (&rows)[N], std::string_view name) {
    for (auto const& r : rows)
        if (r.name == name)
            return r.means;
    return none;
}

}  // namespace

feed_field feed_field_of(xml::element_name element, xml::vocabulary own) {
    using xml::vocabulary;
    switch (element.in) {
        case vocabulary::none:
        case vocabulary::atom:
        case vocabulary::rss:
            return find(own_names, element.local);
        case vocabulary::dc:
            return find(dublin_core_names, element.local);
        case vocabulary::itunes:
            return find(itunes_names, element.local);
        case vocabulary::media:
            return find(media_names, element.local);
        case vocabulary::content:
            return element.local == "encoded" ? full_text : none;
        case vocabulary::xhtml:
            return element.local == "body" ? full_text : none;
        default:
            return element.in == own ? find(own_names, element.local) : none;
    }
}

bool holds_markup(feed_field field) {
    return field == content || field == copyright || field == description || field == full_text ||
           field == summary || field == title;
}

}  // namespace fetchd::tasks
