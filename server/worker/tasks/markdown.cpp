#include "worker/tasks/markdown.hpp"

#include <charconv>
#include <optional>

#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"
#include "worker/tasks/markdown_table.hpp"
#include "worker/tasks/pdf.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

// The text of <pre> or <code>, all markup in it left out.
std::string raw_text(node top) {
    std::string out;
    html::walk(top, [&](node n) {
        if (n.tag() == tag::text)
            out += n.text();
        else if (n.tag() == tag::br)
            out += '\n';
        else if (n != top && html::is_hidden(n))
            return step::past;
        return step::into;
    });
    std::erase(out, '\0');
    return out;
}

std::optional<mark> mark_of(tag t) {
    switch (t) {
        case tag::em:
        case tag::i:
            return mark::emphasis;
        case tag::strong:
        case tag::b:
            return mark::strong;
        case tag::del:
        case tag::s:
        case tag::strike:
            return mark::strike;
        default:
            return std::nullopt;
    }
}

bool is_list(tag t) {
    return t == tag::ul || t == tag::ol || t == tag::menu || t == tag::dir;
}

bool is_code(tag t) {
    return t == tag::code || t == tag::kbd || t == tag::samp || t == tag::tt;
}

bool is_link(node n) {
    return n.tag() == tag::a && n.attribute("href");
}

// How far an element that only groups others keeps from what is around it.
gap gap_around(tag t) {
    switch (t) {
        case tag::p:
        case tag::dl:
        case tag::table:
        case tag::figure:
            return gap::blank;
        default:
            return html::is_block(t) ? gap::loose : gap::none;
    }
}

class markdown_walk {
  public:
    markdown_walk(markdown_source const& source, markdown_style const& style, std::string& out)
        : source_(source), style_(style), out_(out), writer_(out, style) {}

    void run() {
        html::walk(
            source_.top, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
        if (out_.size() <= source_.room)
            writer_.finish();
    }

  private:
    struct list {
        bool ordered = false;
        bool other_marker = false;  // stands straight after a list of its kind, which it would else continue
        long next = 1;
    };
    struct table {
        std::optional<table_shape> shape;  // nothing: a layout table
        table_row row{0};
        std::size_t rows = 0;
        bool in_row = false;
        bool in_cell = false;
    };

    step enter(node);
    void leave(node);
    step enter_block(node);
    void enter_list(node);
    void leave_list();
    void enter_item(node);
    void enter_table(node);
    bool enter_table_part(node);
    void leave_table_part(node);
    void empty_cells(std::size_t);
    void enter_link(node);
    void image(node);
    void preformatted(node);
    std::string destination(node, std::string_view attribute) const;

    markdown_source const& source_;
    markdown_style const& style_;
    std::string& out_;
    markdown_writer writer_;
    std::vector<list> lists_;
    std::vector<table> tables_;
    std::size_t last_list_end_ = std::string::npos;
    bool last_list_ordered_ = false;
    bool last_list_other_ = false;
};

step markdown_walk::enter(node n) {
    if (out_.size() > source_.room)
        return step::stop;
    auto const t = n.tag();
    if (t == tag::text) {
        writer_.text(n.text());
        return step::past;
    }
    if (html::is_hidden(n))
        return step::past;
    if (auto const kind = mark_of(t)) {
        writer_.open(*kind);
        return step::into;
    }
    if (is_code(t)) {
        writer_.code(html::collapsed(raw_text(n)));
        return step::past;
    }
    switch (t) {
        case tag::a:
            enter_link(n);
            return step::into;
        case tag::br:
            writer_.line_break();
            return step::past;
        case tag::img:
            image(n);
            return step::past;
        case tag::q:
            writer_.text("\u201C");
            return step::into;
        case tag::input:
            if (n.attribute("type").value_or("") == "checkbox" && !lists_.empty())
                writer_.checkbox(n.attribute("checked").has_value());
            return step::past;
        default:
            return html::is_block(t) ? enter_block(n) : step::into;
    }
}

step markdown_walk::enter_block(node n) {
    auto const t = n.tag();
    if (auto const level = heading_level(t); level > 0)
        writer_.open_heading(level);
    else if (is_list(t))
        enter_list(n);
    else if (t == tag::table)
        enter_table(n);
    else if (t == tag::li)
        enter_item(n);
    else if (t == tag::blockquote)
        writer_.open_quote();
    else if (t == tag::hr)
        writer_.rule();
    else if (t == tag::pre || t == tag::listing || t == tag::xmp || t == tag::plaintext) {
        preformatted(n);
        return step::past;
    } else if (!enter_table_part(n)) {
        writer_.separate(gap_around(t));
    }
    return step::into;
}

void markdown_walk::leave(node n) {
    auto const t = n.tag();
    if (mark_of(t) || is_link(n))
        writer_.close();
    else if (t == tag::q)
        writer_.text("\u201D");
    else if (heading_level(t) > 0)
        writer_.close_heading();
    else if (is_list(t))
        leave_list();
    else if (t == tag::li || t == tag::blockquote) {
        writer_.close_container();
        writer_.separate(t == tag::li ? gap::line : gap::blank);
    } else if (t == tag::table || t == tag::tr || t == tag::td || t == tag::th)
        leave_table_part(n);
    else if (html::is_block(t))
        writer_.separate(gap_around(t));
}

// ---- lists

void markdown_walk::enter_list(node n) {
    list made;
    made.ordered = n.tag() == tag::ol;
    made.next = made.ordered ? start_of(n) : 1;
    // Only a list that starts with 1 may follow a paragraph's last line (CommonMark §5.2).
    writer_.separate(lists_.empty() || made.next != 1 ? gap::blank : gap::line);
    if (last_list_end_ == out_.size() && last_list_ordered_ == made.ordered)
        made.other_marker = !last_list_other_;
    lists_.push_back(made);
}

void markdown_walk::leave_list() {
    // Inside an item, text that goes on would be read into the last item of this list.
    writer_.separate(lists_.size() == 1 ? gap::blank : gap::loose);
    last_list_end_ = out_.size();
    last_list_ordered_ = lists_.back().ordered;
    last_list_other_ = lists_.back().other_marker;
    lists_.pop_back();
}

void markdown_walk::enter_item(node) {
    if (lists_.empty() || !lists_.back().ordered) {
        auto bullet = std::string(style_.bullet);
        if (!lists_.empty() && lists_.back().other_marker)
            bullet[0] = bullet[0] == '-' ? '*' : '-';
        return writer_.open_item(std::move(bullet));
    }
    auto& l = lists_.back();
    auto marker = std::to_string(l.next) + (l.other_marker ? ")" : ".");
    l.next += static_cast<long>(l.next < 999'999'999);
    writer_.open_item(marker += style_.number_gap);
}

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
bool markdown_walk::enter_table_part(node n) {
    if (tables_.empty() || !tables_.back().shape)
        return false;
    auto& t = tables_.back();
    if (n.tag() == tag::tr) {
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
    } else if ((n.tag() == tag::td || n.tag() == tag::th) && t.in_row) {
        empty_cells(t.row.skip_hanging());
        writer_.open_cell();
        t.in_cell = true;
    } else {
        // Between the rows nothing may be written, in a cell the writer sees to it.
        return !t.in_cell && t.rows > 0;
    }
    return true;
}

void markdown_walk::leave_table_part(node n) {
    if (tables_.empty())
        return;
    auto& t = tables_.back();
    if (n.tag() == tag::table) {
        tables_.pop_back();
        return writer_.separate(gap::blank);
    }
    if (!t.shape)
        return writer_.separate(gap::loose);
    if (n.tag() == tag::tr && t.in_row) {
        writer_.close_row(t.row.finish());
        t.in_row = false;
        if (t.rows++ == 0)
            writer_.delimiter_row(t.shape->alignments);
    } else if (n.tag() != tag::tr && t.in_cell) {
        writer_.close_cell();
        t.in_cell = false;
        empty_cells(t.row.take(span_of(n, "colspan"), span_of(n, "rowspan")));
    }
}

// ---- inline

// Nothing where there is no address, or one that is no place: a script, or the bytes themselves.
std::string markdown_walk::destination(node n, std::string_view attribute) const {
    auto const reference = n.attribute(attribute).value_or("");
    if (html::collapsed(reference.substr(0, 64)).empty())
        return {};
    auto found = source_.destination(reference);
    for (std::string_view scheme : {"javascript:", "data:", "vbscript:", "blob:"})
        if (found.starts_with(scheme))
            return {};
    return found;
}

void markdown_walk::enter_link(node n) {
    if (!is_link(n))
        return;
    auto const to = destination(n, "href");
    if (to.empty())
        writer_.open_nothing();
    else
        writer_.open(mark::link, to, html::collapsed(n.attribute("title").value_or("")));
}

void markdown_walk::image(node n) {
    auto to = destination(n, "src");
    if (to.empty())  // pages that load images late put the address there
        to = destination(n, "data-src");
    auto const alt = html::collapsed(n.attribute("alt").value_or(""));
    if (!to.empty())
        writer_.image(alt, to, html::collapsed(n.attribute("title").value_or("")));
    else
        writer_.text(alt);
}

void markdown_walk::preformatted(node n) {
    auto code = raw_text(n);
    if (writer_.flat())
        return writer_.code(html::collapsed(code));
    if (code.ends_with('\n'))
        code.pop_back();
    if (code.find_first_not_of(" \n\t") != std::string::npos)
        writer_.code_block(code, language_of(n));
}

}  // namespace

void write_markdown(markdown_source const& source, markdown_style const& style, std::string& out) {
    markdown_walk(source, style, out).run();
}

namespace {

result<void> run(context& visit, std::string& out) {
    if (visit.kind() == media_kind::pdf)
        return pdf_text(visit, out);
    if (visit.kind() != media_kind::html)
        return visit.copy_text(out);
    auto const page = visit.document();
    if (!page)
        return page.error();
    auto const absolute = [&](std::string_view reference) {
        return visit.absolute(reference).value_or(html::collapsed(reference));
    };
    write_markdown({(*page)->root(), absolute, visit.room()}, {}, out);
    if (out.size() > visit.room())
        return too_much_output(visit);
    return {};
}

}  // namespace

extern entry const markdown_task;  // registry.cpp
entry const markdown_task{"markdown", output_kind::text, run, "text/markdown; charset=utf-8"};

}  // namespace fetchd::tasks
