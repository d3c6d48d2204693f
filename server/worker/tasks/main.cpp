// The article of a page, as a JSON object: its content as Markdown, text or HTML, and what the page says of
// it. docs/main.md names the members.
#include "base/json_object.hpp"
#include "worker/tasks/article_head.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/html_clean.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown.hpp"
#include "worker/tasks/text.hpp"

namespace fetchd::tasks {
namespace {

// Characters of the content that are no whitespace.
std::uint64_t length_of(article const& found) {
    std::uint64_t length = 0;
    for (auto const part : found.parts)
        html::walk(part, [&](html::node n) {
            if (found.left_out(n) || html::is_hidden(n))
                return html::step::past;
            for (char const c : n.text())
                length += static_cast<std::uint64_t>(!html::is_space(c) &&
                                                     (static_cast<unsigned char>(c) & 0xC0U) != 0x80);
            return html::step::into;
        });
    return length;
}

void write_head(article_head const& head, json_text::object& object) {
    object.text_unless_empty("title", head.title);
    object.text_unless_empty("byline", head.byline);
    object.text_unless_empty("published", head.published);
    object.text_unless_empty("site", head.site);
    object.text_unless_empty("language", head.language);
    object.text_unless_empty("excerpt", head.excerpt);
}

result<std::string> content_of(context& visit, html::node root, article const& found, survey const& looked) {
    article untitled = found;  // the title is a member of its own
    untitled.title = html::node();
    auto const format = visit.option("format");
    std::string content;
    if (format == "text") {
        write_text({root, visit.room(), &untitled}, content);
    } else if (format == "html") {
        auto const absolute = [&](std::string_view reference) {
            return visit.absolute(reference).value_or("");
        };
        append_clean({found.parts, &untitled, absolute, visit.room()}, content);
        if (content.size() <= visit.room())
            return settled_html(std::move(content), visit.room());
    } else {
        auto const absolute = [&](std::string_view reference) {
            return visit.absolute(reference).value_or(html::collapsed(reference));
        };
        write_markdown({root, absolute, visit.room(), &untitled, looked.links}, markdown_style(), content);
    }
    if (content.size() > visit.room())
        return too_much_output(visit);
    return content;
}

constexpr option options[] = {
    {"format", option::type::choice, "markdown|text|html", "markdown", "what the content is written as"},
};

result<void> run(context& visit, std::string& out) {
    auto const page = visit.document();
    if (!page)
        return page.error();
    auto const looked = visit.look();
    if (!looked)
        return looked.error();
    auto const found = visit.article();
    if (!found)
        return found.error();
    auto const structured = read_scripts(**looked).facts();
    json_text::object object(out);
    write_head(head_of(**found, read_page(visit, **looked, structured), structured), object);
    object.number("length", length_of(**found));
    object.text("format", visit.option("format"));
    auto const content = content_of(visit, (*page)->root(), **found, **looked);
    if (!content)
        return content.error();
    object.text("content", *content);
    object.close();
    return {};
}

}  // namespace

extern entry const main_task;  // registry.cpp
entry const main_task{"main",
                      output_kind::json,
                      run,
                      "application/json",
                      options,
                      nullptr,
                      "The article of a page without what stands around it, with title, author, date, site, "
                      "language and excerpt.",
                      "main.md"};

}  // namespace fetchd::tasks
