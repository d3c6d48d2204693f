// The task `text`: readable plain text, near to what a browser's innerText gives. Blocks stand on lines of
// their own, paragraphs, headings, lists and tables apart by an empty line, list items behind "- " or their
// number and indented by their depth, cells of a row apart by a tab; preformatted text is kept as it is. Not
// the place for anything that is hidden.
#include "worker/tasks/text.hpp"

#include <algorithm>
#include <vector>

#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_elements.hpp"
#include "worker/tasks/pdf.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_indent = 40;

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
            // As far as there is nothing to collapse.
            auto end = i + 1;
            while (end < s.size() && (!html::is_space(s[end]) ||
                                      (s[end] == ' ' && end + 1 < s.size() && !html::is_space(s[end + 1]))))
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
        if (started_here_)
            marker_.clear();
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

    // What stands before the first that is shown from now on.
    void item(std::string marker) {
        apart(1);
        marker_ = std::move(marker);
        started_here_ = false;
    }

    void finish() {
        if (!out_.empty())
            out_ += '\n';
    }

  private:
    void begin() {
        if (started_)
            out_.append(std::min(breaks_, 3U), '\n');
        breaks_ = 0;
        started_ = true;
        started_here_ = true;
        if (!marker_.empty()) {
            out_ += marker_;
            marker_.clear();
        }
        if (space_ && !out_.empty() && !html::is_space(out_.back()))
            out_ += ' ';
        space_ = false;
    }

    std::string& out_;
    unsigned breaks_ = 0;
    bool started_ = false;
    bool space_ = false;
    std::string marker_;         // of a list item that has begun and shown nothing yet
    bool started_here_ = false;  // since it began something was shown
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
        case tag::listing:
        case tag::plaintext:
        case tag::xmp:
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

bool is_preformatted(tag t) {
    return t == tag::pre || t == tag::listing || t == tag::plaintext || t == tag::xmp;
}

class text_walk {
  public:
    text_walk(text_source const& source, std::string& out) : source_(source), out_(out), writer_(out) {}

    void run() {
        if (source_.main == nullptr) {
            walk(source_.top);
        } else {
            if (source_.main->title)
                writer_.words(html::inline_text(source_.main->title));
            for (auto part : source_.main->parts) {
                writer_.apart(2);
                walk(part);
            }
        }
        if (out_.size() <= source_.room)
            writer_.finish();
    }

  private:
    void walk(node top) {
        html::walk(
            top, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
    }

    step enter(node n) {
        if (out_.size() > source_.room)
            return step::stop;
        auto const t = n.tag();
        if (t == tag::text) {
            if (preformatted_ > 0)
                writer_.verbatim(n.text());
            else
                writer_.words(n.text());
            return step::past;
        }
        if ((source_.main != nullptr && source_.main->left_out(n)) || html::is_hidden(n, t))
            return step::past;
        if (html::is_block(t))
            enter_block(n, t);
        else if (t == tag::br)
            writer_.line_break();
        else if (t == tag::img)
            writer_.words(n.attribute("alt").value_or(""));
        else if (t == tag::q)
            writer_.words("\u201C");
        return step::into;
    }

    void enter_block(node n, tag t) {
        if (t == tag::td || t == tag::th)
            writer_.cell();
        else if (t == tag::tr)
            writer_.row();
        else if (t == tag::li)
            enter_item();
        else if (auto const lines = around(t); lines > 0)
            writer_.apart(lines);
        if (is_list(t))
            lists_.push_back(t == tag::ol ? start_of(n) : -1);
        preformatted_ += static_cast<unsigned>(is_preformatted(t));
    }

    void enter_item() {
        auto const depth = lists_.empty() ? 0 : lists_.size() - 1;
        std::string marker(std::min(depth * 2, max_indent), ' ');
        if (lists_.empty() || lists_.back() < 0)
            marker += "- ";
        else
            (marker += std::to_string(lists_.back()++)) += ". ";
        writer_.item(std::move(marker));
    }

    void leave(node n) {
        auto const t = n.tag();
        if (t == tag::q)
            writer_.words("\u201D");
        if (!html::is_block(t))
            return;
        if (is_list(t))
            lists_.pop_back();
        preformatted_ -= static_cast<unsigned>(is_preformatted(t));
        if (auto const lines = around(t); lines > 0)
            writer_.apart(lines);
    }

    // A list inside a list is not set apart from its item.
    unsigned around(tag t) const { return is_list(t) && !lists_.empty() ? 1 : lines_around(t); }

    text_source const& source_;
    std::string& out_;
    text_writer writer_;
    std::vector<long> lists_;  // the number of the next item of each that is open; -1: no numbers
    unsigned preformatted_ = 0;
};

constexpr option options[] = {
    {"main", option::type::flag, "", "false", "the content of the page without what stands around it"},
};

result<void> run(context& visit, std::string& out) {
    if (visit.kind() == media_kind::pdf)
        return pdf_text(visit, out);
    if (visit.kind() != media_kind::html)
        return visit.copy_text(out);
    auto const page = visit.document();
    if (!page)
        return page.error();
    text_source source{(*page)->root(), visit.room()};
    if (visit.flag("main")) {
        auto const content = visit.article();
        if (!content)
            return content.error();
        source.main = *content;
    }
    write_text(source, out);
    if (out.size() > visit.room())
        return too_much_output(visit);
    return {};
}

}  // namespace

void write_text(text_source const& source, std::string& out) {
    text_walk(source, out).run();
}

extern entry const text_task;  // registry.cpp
entry const text_task{"text",
                      output_kind::text,
                      run,
                      "text/plain; charset=utf-8",
                      options,
                      nullptr,
                      "Readable plain text: what a reader sees, blocks apart.",
                      "text.md"};

}  // namespace fetchd::tasks
