// The `pdf` task: text page by page, what the document says of itself, links and outline.
#include "worker/tasks/pdf.hpp"

#include "base/json_object.hpp"
#include "worker/tasks/pdf_document.hpp"
#include "worker/tasks/pdf_pages.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"pages", option::type::text, "", "", "which pages: 3, 1-10, 1-2,5,9-; none named: all"},
    {"layout", option::type::choice, "reading|physical", "reading",
     "text column after column, or where it stands on the page"},
};

constexpr std::size_t max_links = 10'000;

result<pdf::document> open(context const& visit) {
    // A PDF may have other bytes in front (ISO 32000-2 Annex I): poppler looks for the header in the first
    // 1024.
    if (visit.essence() != "application/pdf" &&
        visit.bytes().substr(0, 1024).find("%PDF-") == std::string_view::npos)
        return failure{stage::process, code::unsupported_type, std::string(visit.essence())};
    return pdf::document::open(visit.bytes());
}

void append_facts(json_text::object& o, pdf::facts const& f) {
    o.text("version", f.version);
    o.flag("encrypted", f.encrypted);
    o.flag("copying_allowed", f.copying_allowed);
    o.text_unless_empty("title", f.title);
    o.text_unless_empty("author", f.author);
    o.text_unless_empty("subject", f.subject);
    o.text_unless_empty("keywords", f.keywords);
    o.text_unless_empty("creator", f.creator);
    o.text_unless_empty("producer", f.producer);
    o.text_unless_empty("language", f.language);
    o.text_unless_empty("created", f.created);
    o.text_unless_empty("modified", f.modified);
    o.number("page_count", f.pages);
}

void append_page(unsigned number, pdf::page const& p, std::string& out) {
    json_text::object o(out);
    o.number("page", number);
    o.decimal("width", p.width);
    o.decimal("height", p.height);
    o.text("text", p.text);
    o.close();
}

void append_links(std::vector<pdf::link> const& links, std::string& out) {
    out += '[';
    for (auto const& l : links) {
        if (&l != links.data())
            out += ',';
        json_text::object o(out);
        o.number("page", l.page);
        o.text("url", l.url);
        o.text("text", l.text);
        o.close();
    }
    out += ']';
}

void append_outline(std::vector<pdf::heading> const& headings, std::string& out) {
    out += '[';
    for (auto const& h : headings) {
        if (&h != headings.data())
            out += ',';
        json_text::object o(out);
        o.number("level", h.level);
        o.text("title", h.title);
        if (h.page != 0)
            o.number("page", h.page);
        o.text_unless_empty("url", h.url);
        o.close();
    }
    out += ']';
}

// Reads the pages that are wanted, as far as one visit goes. Gives the first one it did not come to, or 0.
template <class Function>
result<unsigned> each_page(pdf::document const& document, std::vector<pdf::page_range> const& wanted,
                           Function&& use) {
    unsigned read = 0;
    for (auto const& range : wanted)
        for (unsigned n = range.first; n <= std::min(range.last, document.about().pages); ++n) {
            if (read++ == pdf_page_limit)
                return n;
            if (auto used = use(n); !used)
                return used.error();
        }
    return 0U;
}

failure bad_pages() {
    return {stage::process, code::bad_option, "pdf.pages: want page numbers and ranges like 1-2,5,9-"};
}

result<void> check(task_options const& o) {
    if (!pdf::parse_pages(o.get("pages")))
        return bad_pages();
    return {};
}

result<void> run(context& visit, std::string& out) {
    auto const wanted = pdf::parse_pages(visit.option("pages"));
    if (!wanted)
        return bad_pages();
    auto const document = open(visit);
    if (!document)
        return document.error();
    auto const how = visit.option("layout") == "physical" ? pdf::layout::physical : pdf::layout::reading;
    json_text::object o(out);
    append_facts(o, document->about());
    o.name("pages") += '[';
    std::vector<pdf::link> links;
    bool first = true;
    auto const next = each_page(*document, *wanted, [&](unsigned n) -> result<void> {
        if (!first)
            out += ',';
        first = false;
        append_page(n, document->read(n, how, visit.room() + 1, links), out);
        if (out.size() > visit.room())
            return too_much_output(visit);
        return {};
    });
    if (!next)
        return next.error();
    out += ']';
    if (*next != 0)
        o.number("next_page", *next);
    links.resize(std::min(links.size(), max_links), {});
    append_links(links, o.name("links"));
    append_outline(document->outline(), o.name("outline"));
    o.close();
    return {};
}

}  // namespace

result<void> pdf_text(context& visit, std::string& out) {
    auto const document = open(visit);
    if (!document)
        return document.error();
    std::vector<pdf::link> links;
    auto const done = each_page(*document, {{1, pdf::highest_page}}, [&](unsigned n) -> result<void> {
        if (n > 1)
            out += "\n\f";
        links.clear();
        out += document->read(n, pdf::layout::reading, visit.room() + 1, links).text;
        if (out.size() > visit.room())
            return too_much_output(visit);
        return {};
    });
    if (!done)
        return done.error();
    return {};
}

extern entry const pdf_task;  // registry.cpp
entry const pdf_task{"pdf",
                     output_kind::json,
                     run,
                     "application/json",
                     options,
                     check,
                     "The text of each page of a PDF, its metadata, links and outline.",
                     "pdf.md"};

}  // namespace fetchd::tasks
