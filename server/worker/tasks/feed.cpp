// The feed of a document as one JSON object, the same for RSS, Atom and JSON Feed: docs/feed.md.
#include "worker/tasks/feed.hpp"

#include "base/json_object.hpp"
#include "worker/tasks/charset.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/feed_json.hpp"
#include "worker/tasks/feed_xml.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

using json_text::object;

template <class Rows, class Write>
void append_array(std::string& out, Rows const& rows, Write&& write) {
    out += '[';
    for (bool first = true; auto const& row : rows) {
        if (!first)
            out += ',';
        first = false;
        write(row);
    }
    out += ']';
}

void append_authors(object& to, std::vector<feed_person> const& all) {
    if (all.empty())
        return;
    auto& out = to.name("authors");
    append_array(out, all, [&](feed_person const& one) {
        object person(out);
        person.text_unless_empty("name", one.name);
        person.text_unless_empty("url", one.url);
        person.text_unless_empty("email", one.email);
        person.close();
    });
}

void append_categories(object& to, std::vector<std::string> const& all) {
    if (all.empty())
        return;
    auto& out = to.name("categories");
    append_array(out, all, [&](std::string const& one) { json_text::append_string(out, one); });
}

void append_enclosures(object& to, std::vector<feed_enclosure> const& all) {
    if (all.empty())
        return;
    auto& out = to.name("enclosures");
    append_array(out, all, [&](feed_enclosure const& one) {
        object file(out);
        file.text("url", one.url);
        file.text_unless_empty("type", one.type);
        if (one.length)
            file.number("length", *one.length);
        file.close();
    });
}

void append_item(std::string& out, feed_item const& item) {
    object to(out);
    to.text_unless_empty("id", item.id);
    to.text_unless_empty("url", item.url);
    to.text_unless_empty("title", item.title);
    to.text_unless_empty("summary", item.summary);
    to.text_unless_empty("content_html", item.content_html);
    to.text_unless_empty("content_text", item.content_text);
    to.text_unless_empty("published", item.published);
    to.text_unless_empty("updated", item.updated);
    to.text_unless_empty("image", item.image);
    to.text_unless_empty("language", item.language);
    append_authors(to, item.authors);
    append_categories(to, item.categories);
    append_enclosures(to, item.enclosures);
    to.close();
}

result<void> append_feed(context const& visit, feed const& from, std::string& out) {
    object to(out);
    to.text("type", from.type);
    to.text_unless_empty("version", from.version);
    to.text_unless_empty("title", from.title);
    to.text_unless_empty("home", from.home);
    to.text_unless_empty("url", from.url);
    to.text_unless_empty("next", from.next);
    to.text_unless_empty("description", from.description);
    to.text_unless_empty("language", from.language);
    to.text_unless_empty("updated", from.updated);
    to.text_unless_empty("icon", from.icon);
    to.text_unless_empty("rights", from.rights);
    to.text_unless_empty("generator", from.generator);
    append_authors(to, from.authors);
    append_categories(to, from.categories);
    if (from.truncated)
        to.flag("truncated", true);
    to.name("items") += '[';
    for (bool first = true; auto const& item : from.items) {
        if (!first)
            out += ',';
        first = false;
        append_item(out, item);
        if (out.size() > visit.room())
            return too_much_output(visit);
    }
    out += ']';
    to.close();
    return {};
}

result<void> run(context& visit, std::string& out) {
    auto const found = read_feed(visit.bytes(), visit.address(), visit.charset_label());
    if (!found)
        return found.error();
    return append_feed(visit, *found, out);
}

}  // namespace

result<feed> read_feed(std::string_view bytes, std::string_view address, std::string_view charset,
                       feed_limits const& limits) {
    auto const encoding = charset::choose(bytes, charset, charset::markup::xml);
    std::string storage;
    auto const text = encoding.valid_utf8 ? bytes : charset::to_utf8(bytes, encoding.name, storage);
    if (utf8::trimmed(text).starts_with('{'))
        return read_json_feed(text, address, limits);
    return read_xml_feed(text, address, limits);
}

extern entry const feed_task;  // registry.cpp
entry const feed_task{"feed",
                      output_kind::json,
                      run,
                      "application/json",
                      {},
                      nullptr,
                      "The entries of an RSS, Atom or JSON Feed in one shape.",
                      "feed.md"};

}  // namespace fetchd::tasks
