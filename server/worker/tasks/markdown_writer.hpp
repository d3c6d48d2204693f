// Writes Markdown from the events of a document's walk: blocks in containers, inline text with its whitespace
// collapsed by CSS's rules, marks (emphasis, links) around the visible part only.
//
// Nothing is written before it is known to be needed: gaps, list markers, heading marks, spaces, line breaks
// and opening delimiters wait for the first visible character after them, so that what is empty leaves no
// trace. A mark that spans several blocks is closed at the end of each and opened again in the next, as
// Markdown's marks end with their paragraph; a link is not opened again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/markdown_escape.hpp"

namespace fetchd::tasks {

// How to write what Markdown has several ways for. The defaults are what GitHub renders and people write
// most.
struct markdown_style {
    bool setext = false;         // "Title\n=====" for the first two levels
    bool indented_code = false;  // four spaces where no language is named
    char emphasis = '*';
    char fence = '`';
    std::string_view rule = "---";
    std::string_view bullet = "- ";
    std::string_view number_gap = " ";   // after "1."
    std::string_view line_break = "\\";  // before the line end
};

// How far a block stands from the one before, from least to most.
enum class gap : unsigned char {
    none,
    line,   // the next line
    loose,  // an empty line, unless the next thing is a list item
    blank,  // an empty line
};

enum class mark : unsigned char { emphasis, strong, strike, link };

class markdown_writer {
  public:
    // Both must outlive the writer.
    markdown_writer(std::string& out, markdown_style const& style) : out_(out), style_(style) {}

    // ---- blocks
    void separate(gap);
    void open_quote();
    void open_item(std::string marker);
    void close_container();
    void open_heading(unsigned level);
    void close_heading();
    void rule();
    void code_block(std::string_view code, std::string_view language);
    void finish();

    // ---- inline
    void text(std::string_view);
    void line_break();
    void open(mark, std::string_view destination = {}, std::string_view title = {});
    void open_nothing();  // a mark that shows as none
    void close();         // the mark opened last
    void code(std::string_view text_on_one_line);
    void image(std::string_view alt, std::string_view destination, std::string_view title);
    void checkbox(bool checked);

    // ---- tables; every row is opened and closed around its cells
    void open_row(bool first);
    void close_row(std::size_t missing_cells);
    void delimiter_row(std::vector<char> const& alignments);  // 'l', 'c', 'r' or ' '
    void open_cell();
    void close_cell();

    bool flat() const { return heading_ != 0 || in_cell_; }  // where no block can stand

  private:
    struct container {
        std::string first;  // before its first line
        std::string rest;   // before its other lines
        bool begun = false;
    };
    struct open_mark {
        mark kind;
        bool written = false;
        bool spent = false;  // a link that has had its paragraph
        std::string destination;
        std::string title;
    };

    void open_container(std::string first, std::string rest);
    void begin_line();
    void end_line(bool blank_after);
    bool mid_line() const;
    void begin_content();
    void write_waiting_marks();
    void write_opening(open_mark&);
    void write_closing(open_mark const&);
    void close_written_marks();
    void note_space();

    static constexpr std::size_t max_containers = 50;  // deeper ones add nothing to the line

    std::string& out_;
    markdown_style const& style_;
    std::vector<container> containers_;
    std::size_t ignored_containers_ = 0;  // open beyond those
    std::vector<open_mark> marks_;        // at most one of each kind
    std::vector<bool> opened_;            // for each mark open in the document, whether it is one of marks_
    std::size_t waiting_marks_ = 0;
    std::string space_;         // collapsed whitespace seen since the last visible character
    std::string block_prefix_;  // "## "
    gap gap_ = gap::none;
    escape_place place_;
    bool in_block_ = false;  // something of the current block is written
    bool break_ = false;     // a line break is to be written
    bool in_cell_ = false;
    unsigned heading_ = 0;
    std::size_t heading_start_ = 0;
    mark closed_kind_ = mark::link;  // the delimiter that out_ ends with, if closed_at_ is its end
    std::size_t closed_at_ = 0;
};

}  // namespace fetchd::tasks
