// What stands inside a line of Markdown: text, code, images, line breaks (marks and links:
// markdown_writer_marks.cpp; blocks and tables: markdown_writer.cpp).
#include <algorithm>
#include <array>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_flank.hpp"
#include "worker/tasks/markdown_writer.hpp"

namespace fetchd::tasks {
namespace {

// What a byte of text asks for: nothing, a look at the bytes after it, or its own way.
enum class care : unsigned char { none, space, look, word };

constexpr auto care_of = [] {
    std::array<care, 256> table{};
    for (unsigned char c :
         {'\\', '*', '_', '`', '[', ']', '<', '&', '~', '|', '#', '\0', '\n', '\t', '\r', '\f'})
        table[c] = care::word;
    table[' '] = care::space;
    table[0xC2] = table[0xE1] = table[0xE2] = table[0xE3] = care::look;
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

// Takes whitespace off the front of `s`; false where there is none.
bool markdown_writer::take_space(std::string_view& s) {
    if (html::is_space(s[0])) {
        std::size_t spaces = 1;
        while (spaces < s.size() && html::is_space(s[spaces]))
            ++spaces;
        note_space();
        s.remove_prefix(spaces);
        return true;
    }
    auto const kept = kept_space(s);
    space_ += s.substr(0, kept);
    s.remove_prefix(kept);
    return kept > 0;
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
        if (take_space(s))
            continue;
        auto word = word_length(s);
        write_cell_break();
        if (touches())
            s.remove_prefix(adjoin_text(s, word));
        if (s.empty() || word == 0)
            continue;
        begin_content();
        append_escaped(out_, s, word, place_);
        s.remove_prefix(word);
    }
}

// Is everything written that stands before the text that follows?
bool markdown_writer::mid_line() const {
    return in_block_ && !break_ && space_.empty() && waiting_marks_ == 0 && closed_at_ != out_.size() &&
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
        text_from_ = out_.size();
    } else if (break_) {
        out_ += style_.line_break;
        begin_line();
        text_from_ = out_.size();
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

// A line of a cell ends with a tag, which counts as punctuation beside marks.
void markdown_writer::write_cell_break() {
    if (!break_ || !in_cell_)
        return;
    break_ = false;
    out_ += "<br>";
    end_object();
}

// The same for something that is no text and begins with punctuation.
void markdown_writer::begin_object() {
    write_cell_break();
    if (touches())
        adjoin_object();
    begin_content();
    place_.line = line_so_far::something;
}

void markdown_writer::end_object() {
    text_from_ = out_.size();
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
    auto rest = text;
    while (auto const kept = kept_space(rest))
        rest.remove_prefix(kept);
    if (rest.empty())
        return this->text(text);
    begin_object();
    if (code_end_ == out_.size())  // two runs of backticks would be one
        out_ += nothing_between;
    append_code_span(out_, text, in_cell_);
    end_object();
    code_end_ = out_.size();
}

void markdown_writer::as_it_is(std::string_view markdown) {
    begin_object();
    out_ += markdown;
    end_object();
}

void markdown_writer::image(std::string_view alt, std::string_view destination, std::string_view title) {
    begin_object();
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
    end_object();
}

void markdown_writer::checkbox(bool checked) {
    if (in_block_ || in_cell_ || containers_.empty() || containers_.back().begun)
        return;
    begin_object();
    out_ += checked ? "[x]" : "[ ]";
    end_object();
    note_space();
}

}  // namespace fetchd::tasks
