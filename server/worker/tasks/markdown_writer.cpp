#include "worker/tasks/markdown_writer.hpp"

#include <algorithm>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::string_view no_break_space = "\u00A0";
constexpr std::string_view wide_space = "\u3000";

// The bytes of a space that does not collapse at the front of `s`, which still must not touch a delimiter
// (CommonMark §6.2).
std::size_t kept_space(std::string_view s) {
    return s.starts_with(no_break_space) ? no_break_space.size()
           : s.starts_with(wide_space)   ? wide_space.size()
                                         : 0;
}

std::size_t word_length(std::string_view s) {
    std::size_t i = 0;
    while (i < s.size() && !html::is_space(s[i]) &&
           ((s[i] != '\xC2' && s[i] != '\xE3') || kept_space(s.substr(i)) == 0))
        ++i;
    return i;
}

std::string_view trimmed_end(std::string_view s) {
    while (s.ends_with(' '))
        s.remove_suffix(1);
    return s;
}

}  // namespace

// ---- lines

// Ends the line in hand; where an empty line follows, it carries the prefix of what goes on, without its
// spaces.
void markdown_writer::end_line(bool blank_after) {
    out_ += '\n';
    if (!blank_after)
        return;
    auto const start = out_.size();
    for (auto const& c : containers_)
        if (c.begun)
            out_ += c.rest;
    out_.resize(start + trimmed_end(std::string_view(out_).substr(start)).size());
    out_ += '\n';
}

void markdown_writer::begin_line() {
    if (!out_.empty())
        end_line(gap_ >= gap::loose);
    gap_ = gap::none;
    for (auto& c : containers_) {
        out_ += c.begun ? c.rest : c.first;
        c.begun = true;
    }
    place_.line = line_so_far::nothing;
}

// ---- blocks

void markdown_writer::separate(gap wanted) {
    if (flat()) {
        if (in_cell_ && in_block_ && wanted >= gap::loose)
            return line_break();
        return note_space();
    }
    if (in_block_)
        close_written_marks();
    in_block_ = false;
    break_ = false;
    space_.clear();
    // A container that shows nothing yet has had its gap when it was opened.
    if (containers_.empty() || containers_.back().begun)
        gap_ = std::max(gap_, wanted);
}

void markdown_writer::open_quote() {
    separate(gap::blank);
    open_container("> ", "> ");
}

void markdown_writer::open_item(std::string marker) {
    separate(gap::line);
    if (gap_ == gap::loose)
        gap_ = gap::line;
    auto const width = marker.size();
    open_container(std::move(marker), std::string(width, ' '));
}

void markdown_writer::open_container(std::string first, std::string rest) {
    if (containers_.size() < max_containers)
        containers_.push_back({std::move(first), std::move(rest)});
    else
        ++ignored_containers_;
}

void markdown_writer::close_container() {
    separate(gap::none);
    if (ignored_containers_ > 0)
        --ignored_containers_;
    else
        containers_.pop_back();
}

void markdown_writer::open_heading(unsigned level) {
    separate(gap::blank);
    if (flat())
        return;
    heading_ = level;
    place_.heading = true;
    heading_start_ = std::string::npos;
    if (!style_.setext || level > 2)
        block_prefix_ = std::string(level, '#') + " ";
}

void markdown_writer::close_heading() {
    if (heading_ == 0)
        return;
    auto const level = heading_;
    close_written_marks();
    if (in_block_ && block_prefix_.empty() && style_.setext && level <= 2) {
        auto const width = static_cast<std::size_t>(
            std::count_if(out_.begin() + static_cast<std::ptrdiff_t>(heading_start_), out_.end(),
                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
        begin_line();
        out_.append(width, level == 1 ? '=' : '-');
    }
    heading_ = 0;
    place_.heading = false;
    block_prefix_.clear();
    separate(gap::blank);
}

void markdown_writer::rule() {
    separate(gap::blank);
    if (flat())
        return;
    // "- ---" would be a rule instead of an item with one.
    bool const first_in_item = !containers_.empty() && !containers_.back().begun;
    begin_line();
    out_ += first_in_item ? "___" : style_.rule;
    separate(gap::blank);
}

void markdown_writer::code_block(std::string_view code, std::string_view language) {
    separate(gap::blank);
    bool const indented = style_.indented_code && language.empty();
    std::size_t fence = 3;
    for (std::size_t i = 0, run = 0; i < code.size(); ++i) {
        run = code[i] == style_.fence ? run + 1 : 0;
        fence = std::max(fence, run + 1);
    }
    begin_line();
    if (!indented)
        out_.append(fence, style_.fence) += language;
    for (std::size_t i = 0, line = 0; i <= code.size(); ++line) {
        auto const end = std::min(code.find('\n', i), code.size());
        if (!indented || line > 0)
            begin_line();
        out_.append(indented ? 4 : 0, ' ');
        out_.append(code, i, end - i);
        if (i == end)  // no spaces before nothing
            out_.resize(trimmed_end(out_).size());
        i = end + 1;
    }
    if (!indented) {
        begin_line();
        out_.append(fence, style_.fence);
    }
    separate(gap::blank);
}

void markdown_writer::finish() {
    close_written_marks();
    if (!out_.empty())
        out_ += '\n';
}

// ---- inline

void markdown_writer::note_space() {
    if (space_.empty() ? in_block_ && !break_ : space_.back() != ' ')
        space_ += ' ';
}

void markdown_writer::text(std::string_view s) {
    while (!s.empty()) {
        if (html::is_space(s[0])) {
            note_space();
            s.remove_prefix(1);
            continue;
        }
        if (auto const kept = kept_space(s); kept > 0) {
            space_ += s.substr(0, kept);
            s.remove_prefix(kept);
            continue;
        }
        auto const word = word_length(s);
        begin_content();
        append_escaped(out_, s, word, place_);
        s.remove_prefix(word);
    }
}

// Everything that waited for something visible.
void markdown_writer::begin_content() {
    if (!in_block_) {
        if (!in_cell_) {
            begin_line();
            out_ += block_prefix_;
            heading_start_ = out_.size();
            if (!block_prefix_.empty())
                place_.line = line_so_far::something;
        }
        in_block_ = true;
    } else if (break_) {
        if (in_cell_) {
            out_ += "<br>";
        } else {
            out_ += style_.line_break;
            begin_line();
        }
    }
    break_ = false;
    if (!space_.empty()) {
        out_ += space_;
        space_.clear();
        place_.line = line_so_far::something;
    }
    if (waiting_marks_ > 0)
        write_waiting_marks();
}

void markdown_writer::write_waiting_marks() {
    for (auto& m : marks_)
        if (!m.written && !m.spent)
            write_opening(m);
    waiting_marks_ = 0;
}

void markdown_writer::write_opening(open_mark& m) {
    m.written = true;
    place_.line = line_so_far::something;
    auto const delimiter = m.kind == mark::emphasis ? 1U : 2U;
    // Straight after the end of a mark of the same kind: one mark, because "****" is neither end nor
    // beginning.
    if (m.kind != mark::link && closed_kind_ == m.kind && closed_at_ == out_.size()) {
        out_.resize(out_.size() - delimiter);
        closed_at_ = 0;
        return;
    }
    if (m.kind == mark::link) {
        if (out_.ends_with('!'))  // "![" would make it an image
            out_.insert(out_.size() - 1, 1, '\\');
        out_ += '[';
    } else {
        out_.append(delimiter, m.kind == mark::emphasis ? style_.emphasis
                               : m.kind == mark::strong ? '*'
                                                        : '~');
    }
}

void markdown_writer::write_closing(open_mark const& m) {
    if (m.kind == mark::link) {
        out_ += "](";
        append_destination(out_, m.destination, in_cell_);
        if (!m.title.empty()) {
            out_ += ' ';
            append_title(out_, m.title, in_cell_);
        }
        out_ += ')';
        return;
    }
    out_.append(m.kind == mark::emphasis ? 1 : 2, m.kind == mark::emphasis ? style_.emphasis
                                                  : m.kind == mark::strong ? '*'
                                                                           : '~');
    closed_kind_ = m.kind;
    closed_at_ = out_.size();
}

// At the end of a block: what was opened in it is closed, and waits for the next.
void markdown_writer::close_written_marks() {
    for (auto m = marks_.rbegin(); m != marks_.rend(); ++m) {
        if (!m->written)
            continue;
        write_closing(*m);
        m->written = false;
        m->spent = m->kind == mark::link;
        waiting_marks_ += static_cast<std::size_t>(!m->spent);
    }
    closed_at_ = 0;
}

void markdown_writer::open(mark kind, std::string_view destination, std::string_view title) {
    auto const same = [&](open_mark const& m) { return m.kind == kind; };
    if (std::any_of(marks_.begin(), marks_.end(), same))
        return open_nothing();
    marks_.push_back({kind, false, false, std::string(destination), std::string(title)});
    opened_.push_back(true);
    ++waiting_marks_;
}

void markdown_writer::open_nothing() {
    opened_.push_back(false);
}

void markdown_writer::close() {
    bool const shows = opened_.back();
    opened_.pop_back();
    if (!shows)
        return;
    auto const m = std::move(marks_.back());
    marks_.pop_back();
    if (m.written)
        write_closing(m);
    else if (!m.spent)
        --waiting_marks_;
}

void markdown_writer::line_break() {
    if (heading_ != 0)
        return note_space();
    if (break_ && !in_cell_)  // two in a row are how a paragraph ends where nobody marks it
        return separate(gap::blank);
    break_ = in_block_;
    space_.clear();
}

void markdown_writer::code(std::string_view text) {
    if (text.empty())
        return;
    begin_content();
    append_code_span(out_, text, in_cell_);
    place_.line = line_so_far::something;
}

void markdown_writer::image(std::string_view alt, std::string_view destination, std::string_view title) {
    begin_content();
    place_.line = line_so_far::something;
    out_ += "![";
    auto place = place_;
    for (auto rest = alt; !rest.empty();) {
        auto const word = std::min(rest.find(' '), rest.size());
        append_escaped(out_, rest, word, place);
        rest.remove_prefix(word);
        if (!rest.empty()) {
            out_ += ' ';
            rest.remove_prefix(1);
        }
    }
    out_ += "](";
    append_destination(out_, destination, in_cell_);
    if (!title.empty()) {
        out_ += ' ';
        append_title(out_, title, in_cell_);
    }
    out_ += ')';
}

void markdown_writer::checkbox(bool checked) {
    if (in_block_ || in_cell_ || containers_.empty() || containers_.back().begun)
        return;
    begin_content();
    out_ += checked ? "[x]" : "[ ]";
    place_.line = line_so_far::something;
    note_space();
}

// ---- tables

void markdown_writer::open_row(bool first) {
    if (!first)
        gap_ = gap::none;
    begin_line();
    place_.line = line_so_far::something;
}

void markdown_writer::open_cell() {
    out_ += "| ";
    in_cell_ = true;
    place_.cell = true;
    in_block_ = false;
    break_ = false;
    space_.clear();
}

void markdown_writer::close_cell() {
    close_written_marks();
    in_cell_ = false;
    place_.cell = false;
    in_block_ = false;
    break_ = false;
    space_.clear();
    out_ += ' ';
}

void markdown_writer::close_row(std::size_t missing_cells) {
    for (; missing_cells > 0; --missing_cells)
        out_ += "|  ";
    out_ += '|';
}

void markdown_writer::delimiter_row(std::vector<char> const& alignments) {
    gap_ = gap::none;
    begin_line();
    for (char a : alignments) {
        out_ += a == 'l' || a == 'c' ? "| :" : "| -";
        out_ += '-';
        out_ += a == 'r' || a == 'c' ? ": " : "- ";
    }
    out_ += '|';
}

}  // namespace fetchd::tasks
