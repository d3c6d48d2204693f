#include "worker/tasks/markdown_walk.hpp"

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"

namespace fetchd::tasks {

using html::node;
using html::step;
using html::tag;

namespace {

bool is_link(node n) {
    return n.tag() == tag::a && n.attribute("href");
}

}  // namespace

void markdown_walk::run() {
    if (source_.main == nullptr) {
        walk(source_.top);
    } else {
        if (source_.main->title) {
            writer_.open_heading(1);
            writer_.text(html::inline_text(source_.main->title));
            writer_.close_heading();
        }
        for (auto part : source_.main->parts) {
            writer_.separate(gap::blank);
            walk(part);
        }
        writer_.separate(gap::blank);
    }
    if (out_.size() <= source_.room)
        writer_.finish(source_.room);
}

void markdown_walk::walk(node top) {
    html::walk(
        top, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
}

step markdown_walk::enter(node n) {
    if (out_.size() > source_.room)
        return step::stop;
    auto const t = n.tag();
    if (t == tag::text) {
        writer_.text(n.text());
        return step::past;
    }
    if (source_.main != nullptr && source_.main->left_out(n))
        return step::past;
    if (html::is_hidden(n, t)) {
        if (t == tag::noscript)
            noscript(n);
        return step::past;
    }
    return html::is_block(t) ? enter_block(n, t) : enter_inline(n, t);
}

step markdown_walk::enter_inline(node n, tag t) {
    switch (t) {
        case tag::a:
            return enter_link(n);
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
        case tag::math:
            return math(n);
        case tag::code:
        case tag::kbd:
        case tag::samp:
        case tag::tt:
            return enter_code(n);
        default:
            return enter_mark(n, t);
    }
}

step markdown_walk::enter_mark(node n, tag t) {
    auto const kind = mark_of(t);
    if (kind == mark::none)
        return step::into;
    // A link that stands high is the mark of a note, or wants to be small.
    if ((kind == mark::below || kind == mark::above) && holds_link(n))
        writer_.open_nothing();
    else
        writer_.open(kind);
    return step::into;
}

step markdown_walk::enter_code(node n) {
    if (code_by_mistake_)
        return step::into;
    auto const text = code_text(n, true);
    if (!text) {
        code_by_mistake_ = n;
        return step::into;
    }
    writer_.code(html::collapsed(*text));
    return step::past;
}

step markdown_walk::enter_block(node n, tag t) {
    if (auto const level = heading_level(t); level > 0)
        writer_.open_heading(level);
    else if (is_note(n)) {
        writer_.open_note(notes_.is_note(n));
        ++inside_notes_;
    } else if (is_list(t))
        enter_list(n, t);
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
    } else if (!enter_table_part(t, n)) {
        writer_.separate(gap_around(t));
        if (mark_of(t) != mark::none)
            writer_.open(mark_of(t));
    }
    return step::into;
}

void markdown_walk::leave(node n) {
    auto const t = n.tag();
    if (!html::is_block(t)) {
        if (mark_of(t) != mark::none || is_link(n))
            writer_.close();
        else if (t == tag::q)
            writer_.text("\u201D");
        else if (n == code_by_mistake_)
            code_by_mistake_ = {};
        else if (n == math_in_characters_)
            math_in_characters_ = {};
    } else if (heading_level(t) > 0) {
        writer_.close_heading();
    } else if (is_note(n)) {
        writer_.close_container();
        writer_.separate(gap::line);
        --inside_notes_;
    } else if (is_list(t)) {
        leave_list();
    } else if (t == tag::li || t == tag::blockquote) {
        writer_.close_container();
        writer_.separate(t == tag::li ? gap::line : gap::blank);
    } else if (t == tag::table || t == tag::tr || t == tag::td || t == tag::th) {
        leave_table_part(n, t);
    } else {
        if (mark_of(t) != mark::none)
            writer_.close();
        writer_.separate(gap_around(t));
    }
}

// ---- lists

void markdown_walk::enter_list(node n, tag t) {
    list made;
    made.ordered = t == tag::ol;
    made.next = made.ordered ? start_of(n) : 1;
    made.from = out_.size();
    writer_.separate(lists_.empty() ? gap::blank : gap::line);
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
    if (l.next != 1 && l.from == out_.size())
        writer_.separate(gap::blank);  // only a 1 may follow a paragraph's last line (CommonMark §5.2)
    auto marker = std::to_string(l.next) + (l.other_marker ? ")" : ".");
    l.next += static_cast<long>(l.next < 999'999'999);
    writer_.open_item(marker += style_.number_gap);
}

void write_markdown(markdown_source const& source, markdown_style const& style, std::string& out) {
    markdown_walk(source, style, out).run();
}

}  // namespace fetchd::tasks
