// Readable plain text: what a reader sees, near to what a browser's innerText gives. Blocks stand on lines of
// their own, paragraphs, headings, lists and tables apart by an empty line, list items behind "- ", cells of
// a row apart by a tab; preformatted text is kept as it is. Not the place for anything that is hidden.
#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/pdf.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

class text_writer {
  public:
    explicit text_writer(std::string& out) : out_(out) {}

    void words(std::string_view s) {
        for (std::size_t i = 0; i < s.size();) {
            if (html::is_space(s[i])) {
                space_ = true;
                ++i;
                continue;
            }
            auto end = i;
            while (end < s.size() && !html::is_space(s[end]))
                ++end;
            begin();
            out_.append(s, i, end - i);
            i = end;
        }
    }

    void verbatim(std::string_view s) {
        for (std::size_t i = 0; i < s.size();) {
            auto const end = std::min(s.find('\n', i), s.size());
            if (end > i) {
                begin();
                out_.append(s, i, end - i);
            }
            if (end < s.size())
                breaks_ = started_ ? breaks_ + 1 : 0;
            space_ = false;
            i = end + 1;
        }
    }

    void line_break() {
        space_ = false;
        ++breaks_;
    }

    // At least so many line ends before what follows.
    void apart(unsigned lines) {
        space_ = false;
        breaks_ = std::max(breaks_, lines);
        item_ = item_ && !started_here_;
    }

    void cell() {
        if (row_has_cell_ && breaks_ == 0 && started_)
            out_ += '\t';
        space_ = false;
        row_has_cell_ = true;
    }
    void row() {
        apart(1);
        row_has_cell_ = false;
    }

    void item() {
        apart(1);
        item_ = true;
        started_here_ = false;
    }

    void finish() {
        if (!out_.empty())
            out_ += '\n';
    }

  private:
    void begin() {
        begin_raw();
        if (space_ && !at_line_start())
            out_ += ' ';
        space_ = false;
    }

    void begin_raw() {
        if (started_)
            out_.append(std::min(breaks_, 3U), '\n');
        breaks_ = 0;
        started_ = true;
        started_here_ = true;
        if (item_)
            out_ += "- ";
        item_ = false;
    }

    bool at_line_start() const { return out_.empty() || html::is_space(out_.back()); }

    std::string& out_;
    unsigned breaks_ = 0;
    bool started_ = false;
    bool space_ = false;
    bool item_ = false;          // a list item has begun and shown nothing yet
    bool started_here_ = false;  // since then something was shown
    bool row_has_cell_ = false;
};

unsigned lines_around(tag t) {
    switch (t) {
        case tag::p:
        case tag::h1:
        case tag::h2:
        case tag::h3:
        case tag::h4:
        case tag::h5:
        case tag::h6:
        case tag::blockquote:
        case tag::ul:
        case tag::ol:
        case tag::dl:
        case tag::pre:
        case tag::table:
        case tag::figure:
        case tag::hr:
            return 2;
        case tag::td:
        case tag::th:
            return 0;
        default:
            return html::is_block(t) ? 1 : 0;
    }
}

class text_walk {
  public:
    text_walk(context const& visit, std::string& out) : visit_(visit), out_(out), writer_(out) {}

    step enter(node n) {
        if (out_.size() > visit_.room())
            return step::stop;
        auto const t = n.tag();
        if (t == tag::text) {
            if (preformatted_ > 0)
                writer_.verbatim(n.text());
            else
                writer_.words(n.text());
            return step::past;
        }
        if (html::is_hidden(n))
            return step::past;
        if (t == tag::br)
            writer_.line_break();
        else if (t == tag::img)
            writer_.words(n.attribute("alt").value_or(""));
        else if (t == tag::td || t == tag::th)
            writer_.cell();
        else if (t == tag::tr)
            writer_.row();
        else if (t == tag::li)
            writer_.item();
        else if (auto const lines = around(t); lines > 0)
            writer_.apart(lines);
        lists_ += static_cast<unsigned>(t == tag::ul || t == tag::ol);
        preformatted_ += static_cast<unsigned>(t == tag::pre);
        return step::into;
    }

    void leave(node n) {
        auto const t = n.tag();
        lists_ -= static_cast<unsigned>(t == tag::ul || t == tag::ol);
        preformatted_ -= static_cast<unsigned>(t == tag::pre);
        if (auto const lines = around(t); lines > 0)
            writer_.apart(lines);
    }

    void finish() { writer_.finish(); }

  private:
    // A list inside a list is not set apart from its item.
    unsigned around(tag t) const {
        if ((t == tag::ul || t == tag::ol) && lists_ > 0)
            return 1;
        return lines_around(t);
    }

    context const& visit_;
    std::string& out_;
    text_writer writer_;
    unsigned lists_ = 0;
    unsigned preformatted_ = 0;
};

result<void> run(context& visit, std::string& out) {
    if (visit.kind() == media_kind::pdf)
        return pdf_text(visit, out);
    if (visit.kind() != media_kind::html)
        return visit.copy_text(out);
    auto const page = visit.document();
    if (!page)
        return page.error();
    text_walk walk(visit, out);
    html::walk((*page)->root(), [&](node n) { return walk.enter(n); }, [&](node n) { walk.leave(n); });
    if (out.size() > visit.room())
        return too_much_output(visit);
    walk.finish();
    return {};
}

}  // namespace

extern entry const text_task;  // registry.cpp
entry const text_task{"text", output_kind::text, run};

}  // namespace fetchd::tasks
