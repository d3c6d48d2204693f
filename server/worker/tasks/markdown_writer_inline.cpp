// What stands inside a line of Markdown: text, marks, links, images (blocks and tables: markdown_writer.cpp).
#include "worker/tasks/markdown_writer.hpp"

#include <algorithm>
#include <array>

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

// What a byte of text asks for: nothing, a look at the bytes after it, or its own way.
enum class care : unsigned char { none, space, look, word };

constexpr auto care_of = [] {
    std::array<care, 256> table{};
    for (unsigned char c :
         {'\\', '*', '_', '`', '[', ']', '<', '&', '~', '|', '#', '\0', '\n', '\t', '\r', '\f'})
        table[c] = care::word;
    table[' '] = care::space;
    table[0xC2] = table[0xE3] = care::look;
    return table;
}();

care care_for(char c) {
    return care_of[static_cast<unsigned char>(c)];
}

std::size_t word_length(std::string_view s) {
    std::size_t i = 0;
    while (i < s.size() && !html::is_space(s[i]) &&
           (care_for(s[i]) != care::look || kept_space(s.substr(i)) == 0))
        ++i;
    return i;
}

// How much of the front of `s` can stand in the middle of a line as it is: words with single spaces between.
std::size_t plain_length(std::string_view s) {
    std::size_t i = 0;
    for (; i < s.size(); ++i) {
        switch (care_for(s[i])) {
            case care::none:
                continue;
            case care::space:
                if (i + 1 < s.size() && care_for(s[i + 1]) == care::none)
                    continue;
                return i;
            case care::look:
                if (kept_space(s.substr(i)) == 0)
                    continue;
                return i;
            case care::word:
                return i;
        }
    }
    return i;
}

}  // namespace

void markdown_writer::note_space() {
    if (space_.empty() ? in_block_ && !break_ : space_.back() != ' ')
        space_ += ' ';
}

void markdown_writer::text(std::string_view s) {
    if (!s.empty() && space_.empty())
        escape_entity_before(out_, s[0]);
    while (!s.empty()) {
        if (mid_line()) {
            auto const plain = plain_length(s);
            out_.append(s, 0, plain);
            s.remove_prefix(plain);
            if (s.empty())
                return;
        }
        if (html::is_space(s[0])) {
            std::size_t spaces = 1;
            while (spaces < s.size() && html::is_space(s[spaces]))
                ++spaces;
            note_space();
            s.remove_prefix(spaces);
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

// Is everything written that stands before the text that follows?
bool markdown_writer::mid_line() const {
    return in_block_ && !break_ && space_.empty() && waiting_marks_ == 0 &&
           place_.line == line_so_far::something;
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

}  // namespace fetchd::tasks
