#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"
#include "worker/tasks/markdown_image.hpp"
#include "worker/tasks/markdown_walk.hpp"

namespace fetchd::tasks {

using html::node;
using html::step;
using html::tag;

// ---- tables

void markdown_walk::enter_table(node n) {
    writer_.separate(gap::blank);
    table made;
    if (!writer_.flat())
        made.shape = shape_of(n);
    if (made.shape)
        made.row = table_row(made.shape->columns);
    tables_.push_back(std::move(made));
}

void markdown_walk::empty_cells(std::size_t count) {
    for (; count > 0; --count) {
        writer_.open_cell();
        writer_.close_cell();
    }
}

// False where the element is no part of a data table.
bool markdown_walk::enter_table_part(tag part, node) {
    if (tables_.empty() || !tables_.back().shape)
        return false;
    auto& t = tables_.back();
    if (part == tag::tr) {
        if (t.rows == 0 && !t.shape->has_header) {
            writer_.open_row(true);
            empty_cells(t.shape->columns);
            writer_.close_row(0);
            writer_.delimiter_row(t.shape->alignments);
            ++t.rows;
        }
        writer_.open_row(t.rows == 0);
        t.row.start();
        t.in_row = true;
    } else if ((part == tag::td || part == tag::th) && t.in_row) {
        empty_cells(t.row.skip_hanging());
        writer_.open_cell();
        t.in_cell = true;
    } else {
        // Between the rows nothing may be written, in a cell the writer sees to it.
        return !t.in_cell && t.rows > 0;
    }
    return true;
}

void markdown_walk::leave_table_part(node n, tag part) {
    if (tables_.empty())
        return;
    auto& t = tables_.back();
    if (part == tag::table) {
        tables_.pop_back();
        return writer_.separate(gap::blank);
    }
    if (!t.shape)
        return writer_.separate(gap::loose);
    if (part == tag::tr && t.in_row) {
        writer_.close_row(t.row.finish());
        t.in_row = false;
        if (t.rows++ == 0)
            writer_.delimiter_row(t.shape->alignments);
    } else if (part != tag::tr && t.in_cell) {
        writer_.close_cell();
        t.in_cell = false;
        empty_cells(t.row.take(span_of(n, "colspan"), span_of(n, "rowspan")));
    }
}

// ---- inline

// Nothing where there is no address, or one that is no place: a script, or the bytes themselves.
std::string markdown_walk::destination(std::string_view reference) const {
    if (utf8::trimmed(reference.substr(0, 64)).empty() ||
        utf8::trimmed(reference.substr(0, 64)).starts_with("data:"))
        return {};
    auto found = source_.destination(reference);
    for (std::string_view scheme : {"javascript:", "data:", "vbscript:", "blob:"})
        if (found.starts_with(scheme))
            return {};
    return found;
}

step markdown_walk::enter_link(node n) {
    auto const href = n.attribute("href");
    if (!href)
        return step::into;
    if (auto const note = notes_.marked_by(n); note != 0) {
        writer_.as_it_is("[^" + std::to_string(note) + "]");
        return step::past;
    }
    if ((inside_notes_ > 0 && leads_back(n)) || (writer_.in_heading() && is_permalink(n)))
        return step::past;
    auto const to = style_.links == links_as::text ? std::string() : destination(*href);
    if (to.empty()) {
        writer_.open_nothing();
        return step::into;
    }
    writer_.open_link(to, html::collapsed(n.attribute("title").value_or("")));
    return step::into;
}

void markdown_walk::image(node n) {
    if (style_.images == images_as::nothing)
        return;
    auto const facts = facts_of_image(n);
    if (facts.counts_visits)
        return;
    auto const alt = html::collapsed(facts.alt);
    auto const to = style_.images == images_as::text ? std::string() : destination(facts.address);
    if (to.empty())
        return writer_.text(alt);
    writer_.image(alt, to, html::collapsed(facts.title));
    last_image_ = n;
}

// Holds the image that a script would have put beside it, unless that could be told from the <img> itself.
void markdown_walk::noscript(node n) {
    constexpr std::size_t most = 200;
    if (style_.images != images_as::image || noscripts_ >= most)
        return;
    auto before = n.previous();
    if (before && before.tag() == tag::text)
        before = before.previous();
    if (last_image_ && before && (last_image_ == before || last_image_.parent() == before))
        return;
    auto const page = image_without_script(n);
    if (!page)
        return;
    ++noscripts_;
    if (auto const body = page->body(); body && body.first_child() && body.first_child().tag() == tag::img)
        image(body.first_child());
    last_image_ = {};
}

step markdown_walk::math(node n) {
    // Formulas in formulas are not asked again: a nest of them would be looked through once for each.
    auto const tex = math_in_characters_ ? std::string() : tex_of(n);
    if (tex.empty()) {
        if (!math_in_characters_)
            math_in_characters_ = n;
        return step::into;
    }
    bool const apart = n.attribute("display").value_or("") == "block";
    std::string_view const sign = apart ? "$$" : "$";
    writer_.as_it_is(std::string(sign) + tex + std::string(sign));
    return step::past;
}

void markdown_walk::preformatted(node n) {
    auto code = *code_text(n, false);
    if (writer_.flat())
        return writer_.code(html::collapsed(code));
    if (code.ends_with('\n'))
        code.pop_back();
    if (code.find_first_not_of(" \n\t") != std::string::npos)
        writer_.code_block(code, language_of(n));
}

}  // namespace fetchd::tasks
