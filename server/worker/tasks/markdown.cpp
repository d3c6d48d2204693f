// The task `markdown`.
#include "worker/tasks/markdown.hpp"

#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/pdf.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"links", option::type::choice, "keep|drop|end", "keep",
     "links in place, their text alone, or numbered with the addresses at the end"},
    {"images", option::type::choice, "keep|alt|drop", "keep", "images, their alternative texts, or neither"},
    {"main", option::type::flag, "", "false", "the content of the page without what stands around it"},
};

markdown_style style_of(context const& visit) {
    markdown_style style;
    auto const links = visit.option("links");
    style.links = links == "drop" ? links_as::text : links == "end" ? links_as::list : links_as::link;
    auto const images = visit.option("images");
    style.images = images == "drop"  ? images_as::nothing
                   : images == "alt" ? images_as::text
                                     : images_as::image;
    return style;
}

result<void> run(context& visit, std::string& out) {
    if (visit.kind() == media_kind::pdf)
        return pdf_text(visit, out);
    if (visit.kind() != media_kind::html)
        return visit.copy_text(out);
    auto const page = visit.document();
    if (!page)
        return page.error();
    auto const found = visit.look();
    if (!found)
        return found.error();
    auto const absolute = [&](std::string_view reference) {
        return visit.absolute(reference).value_or(html::collapsed(reference));
    };
    markdown_source source{(*page)->root(), absolute, visit.room()};
    source.links = (*found)->links;
    if (visit.flag("main")) {
        auto const content = visit.article();
        if (!content)
            return content.error();
        source.main = *content;
    }
    write_markdown(source, style_of(visit), out);
    if (out.size() > visit.room())
        return too_much_output(visit);
    return {};
}

}  // namespace

extern entry const markdown_task;  // registry.cpp
entry const markdown_task{"markdown",
                          output_kind::text,
                          run,
                          "text/markdown; charset=utf-8",
                          options,
                          nullptr,
                          "The document as GitHub-flavoured Markdown.",
                          "markdown.md"};

}  // namespace fetchd::tasks
