// The sitemap of a document as one JSON object: docs/sitemap.md.
#include "worker/tasks/sitemap.hpp"

#include "base/json_object.hpp"
#include "worker/tasks/context.hpp"

namespace fetchd::tasks {
namespace {

using json_text::object;

void append_texts(object& to, std::string_view member, std::vector<std::string> const& all) {
    if (all.empty())
        return;
    auto& out = to.name(member);
    char before = '[';
    for (auto const& one : all) {
        out += before;
        json_text::append_string(out, one);
        before = ',';
    }
    out += ']';
}

void append_alternates(object& to, std::vector<sitemap_alternate> const& all) {
    if (all.empty())
        return;
    auto& out = to.name("alternates");
    char before = '[';
    for (auto const& one : all) {
        out += before;
        before = ',';
        object alternate(out);
        alternate.text_unless_empty("language", one.language);
        alternate.text("url", one.url);
        alternate.close();
    }
    out += ']';
}

void append_entry(std::string& out, sitemap_entry const& entry) {
    object to(out);
    to.text("loc", entry.loc);
    to.text_unless_empty("lastmod", entry.lastmod);
    to.text_unless_empty("changefreq", entry.changefreq);
    if (entry.priority)
        to.decimal("priority", *entry.priority);
    if (entry.elsewhere)
        to.flag("elsewhere", true);
    append_alternates(to, entry.alternates);
    append_texts(to, "images", entry.images);
    append_texts(to, "videos", entry.videos);
    if (entry.news) {
        object news(to.name("news"));
        news.text_unless_empty("title", entry.news->title);
        news.text_unless_empty("published", entry.news->published);
        news.text_unless_empty("publication", entry.news->publication);
        news.text_unless_empty("language", entry.news->language);
        news.close();
    }
    to.close();
}

result<void> run(context& visit, std::string& out) {
    auto const found = read_sitemap(visit.bytes(), visit.address(), visit.charset_label());
    if (!found)
        return found.error();
    bool const index = found->type == sitemap_kind::index;
    object to(out);
    to.text("type", name(found->type));
    if (found->truncated)
        to.flag("truncated", true);
    if (found->refused > 0)
        to.number("refused", found->refused);
    if (found->elsewhere > 0)
        to.number("elsewhere", found->elsewhere);
    to.name(index ? "sitemaps" : "urls") += '[';
    for (bool first = true; auto const& entry : index ? found->sitemaps : found->urls) {
        if (!first)
            out += ',';
        first = false;
        append_entry(out, entry);
        if (out.size() > visit.room())
            return too_much_output(visit);
    }
    out += ']';
    to.close();
    return {};
}

}  // namespace

extern entry const sitemap_task;  // registry.cpp
entry const sitemap_task{"sitemap",
                         output_kind::json,
                         run,
                         "application/json",
                         {},
                         nullptr,
                         "The URLs of a sitemap, or the sitemaps of an index.",
                         "sitemap.md"};

}  // namespace fetchd::tasks
