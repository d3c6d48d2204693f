#include "worker/tasks/markdown_writer.hpp"

#include <algorithm>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

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

void markdown_writer::open_note(std::size_t number) {
    separate(gap::line);
    open_container("[^" + std::to_string(number) + "]: ", "    ");
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

void markdown_writer::finish(std::size_t room) {
    close_written_marks();
    if (!out_.empty())
        out_ += '\n';
    if (!references_.empty())
        out_ += '\n';
    std::vector<std::string const*> in_order(references_.size());
    for (auto const& [definition, number] : references_)
        in_order[number - 1] = &definition;
    for (std::size_t i = 0; i < in_order.size() && out_.size() <= room; ++i)
        (((out_ += '[') += std::to_string(i + 1)) += "]: ") += *in_order[i] + '\n';
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
    text_from_ = out_.size();
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
