// The task `html`: the document with nothing in it but what can be read (docs/html.md).
#include "worker/tasks/context.hpp"
#include "worker/tasks/html_clean.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"main", option::type::flag, "", "false", "the content of the page without what stands around it"},
};

void append_head(survey const& found, std::string& out) {
    out += "<!DOCTYPE html>\n<html";
    auto const language = found.html ? found.html.attribute("lang") : std::nullopt;
    if (language && !language->empty() && language->size() <= 40) {
        out += " lang=\"";
        append_html_text(out, *language, true);
        out += '"';
    }
    out += ">\n<head>\n<meta charset=\"utf-8\">\n<title>";
    if (found.title && found.title.first_child())
        append_html_text(out, html::collapsed(found.title.first_child().text()));
    out += "</title>\n</head>\n<body>\n";
}

result<void> run(context& visit, std::string& out) {
    auto const page = visit.document();
    if (!page)
        return page.error();
    auto const found = visit.look();
    if (!found)
        return found.error();
    auto const absolute = [&](std::string_view reference) {
        return visit.absolute(reference).value_or(std::string());
    };
    html::node const whole[] = {(*page)->body() ? (*page)->body() : (*page)->root()};
    html_source source{whole, nullptr, absolute, visit.room()};
    std::string body;
    if (visit.flag("main")) {
        auto const content = visit.article();
        if (!content)
            return content.error();
        source.main = *content;
        source.parts = (*content)->parts;
        if ((*content)->title) {
            body += "<h1>";
            append_html_text(body, html::inline_text((*content)->title));
            body += "</h1>\n";
        }
    }
    append_clean(source, body);
    if (body.size() > visit.room())
        return too_much_output(visit);
    auto const stable = settled_html(std::move(body), visit.room());
    if (!stable)
        return stable.error();
    append_head(**found, out);
    out += *stable;
    out += "\n</body>\n</html>\n";
    return {};
}

}  // namespace

extern entry const html_task;  // registry.cpp
entry const html_task{
    "html",
    output_kind::text,
    run,
    "text/html; charset=utf-8",
    options,
    nullptr,
    "The document cleaned: what can be read, without scripts, styles and anything that acts.",
    "html.md"};

}  // namespace fetchd::tasks
