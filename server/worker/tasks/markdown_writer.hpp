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
#include <unordered_map>
#include <vector>

#include "worker/tasks/markdown_escape.hpp"
#include "worker/tasks/markdown_flank.hpp"

namespace fetchd::tasks {

enum class links_as : unsigned char { link, text, list };
enum class images_as : unsigned char { image, text, nothing };

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
    links_as links = links_as::link;     // list: by numbers, with the addresses at the end
    images_as images = images_as::image;
};

// How far a block stands from the one before, from least to most.
enum class gap : unsigned char {
    none,
    line,   // the next line
    loose,  // an empty line, unless the next thing is a list item
    blank,  // an empty line
};

enum class mark : unsigned char { none, emphasis, strong, strike, below, above, link };

class markdown_writer {
  public:
    // Both must outlive the writer.
    markdown_writer(std::string& out, markdown_style const& style) : out_(out), style_(style) {}

    // ---- blocks
    void separate(gap);
    void open_quote();
    void open_item(std::string marker);
    void open_note(std::size_t number);  // a footnote's text
    void close_container();
    void open_heading(unsigned level);
    void close_heading();
    void rule();
    void code_block(std::string_view code, std::string_view language);
    // What is still open, and the addresses of numbered links as far as `room` bytes of output reach.
    void finish(std::size_t room);

    // ---- inline
    void text(std::string_view);
    void line_break();
    void open(mark);
    void open_link(std::string destination, std::string title);
    void open_nothing();  // a mark that shows as none
    void close();         // the mark opened last
    void code(std::string_view text_on_one_line);
    void as_it_is(std::string_view markdown);  // which begins with punctuation
    void image(std::string_view alt, std::string_view destination, std::string_view title);
    void checkbox(bool checked);

    // ---- tables; every row is opened and closed around its cells
    void open_row(bool first);
    void close_row(std::size_t missing_cells);
    void delimiter_row(std::vector<char> const& alignments);  // 'l', 'c', 'r' or ' '
    void open_cell();
    void close_cell();

    bool in_heading() const { return heading_ != 0; }
    bool flat() const { return heading_ != 0 || in_cell_; }  // where no block can stand

  private:
    struct container {
        std::string first;  // before its first line
        std::string rest;   // before its other lines
        bool begun = false;
    };
    struct open_mark {
        mark kind = mark::none;
        bool written = false;
        bool spent = false;  // a link that has had its paragraph
        std::string destination;
        std::string title;
        std::size_t at = 0;   // in out_, where it is written
        bool joined = false;  // to another delimiter there
        bool tagged = false;  // written as an HTML tag
    };
    enum class waiting : unsigned char { nothing, delimiter, delimiter_and_more, more };

    void open_container(std::string first, std::string rest);
    void begin_line();
    void end_line(bool blank_after);
    bool mid_line() const;
    void begin_content();
    void write_cell_break();
    void begin_object();
    void end_object();
    bool take_space(std::string_view&);
    void append_delimiter(open_mark const&);
    void write_waiting_marks();
    void write_opening(open_mark&);
    void write_closing(open_mark const&);
    void write_address(open_mark const&);
    void close_written_marks();
    void note_space();
    bool touches() const;
    side side_before() const;
    waiting what_waits() const;
    std::size_t adjoin_text(std::string_view, std::size_t& word);
    void adjoin_object();
    bool could_close(open_mark const&) const;
    bool crowds() const;
    bool goes_on() const;
    void tag_waiting();
    void settle_closing();
    bool link_around_is_possible() const;

    // Keeps two things apart and shows nothing.
    static constexpr std::string_view nothing_between = "<!-- -->";
    static constexpr std::size_t max_containers = 50;  // deeper ones add nothing to the line

    std::string& out_;
    markdown_style const& style_;
    std::vector<container> containers_;
    std::size_t ignored_containers_ = 0;  // open beyond those
    std::vector<open_mark> marks_;        // at most one of each kind
    std::vector<mark> opened_;            // of each mark open in the document: none where it shows as none
    std::size_t waiting_marks_ = 0;
    std::unordered_map<std::string, std::size_t> references_;  // numbers of the links' addresses and titles
    std::vector<bool> used_;                                   // references, by number
    bool defined_ = false;                                     // one of them
    std::string space_;         // collapsed whitespace seen since the last visible character
    std::string block_prefix_;  // "## "
    gap gap_ = gap::none;
    escape_place place_;
    bool in_block_ = false;  // something of the current block is written
    bool break_ = false;     // a line break is to be written
    bool in_cell_ = false;
    unsigned heading_ = 0;
    std::size_t heading_start_ = 0;
    // Places in out_.
    std::size_t text_from_ = 0;         // since where there is nothing but text
    std::size_t closed_from_ = 0;       // the delimiters that closed last: their start,
    std::size_t closed_at_ = 0;         // their end,
    std::size_t closed_open_at_ = 0;    // where the outermost of them was opened,
    std::size_t closed_inner_at_ = 0;   // and where what the innermost is around begins
    std::size_t closed_text_from_ = 0;  // text_from_ before them
    bool closed_mixed_ = false;         // different characters among them
    mark closed_kind_ = mark::none;
    std::size_t link_from_ = 0;  // the link that ended last
    std::size_t link_text_end_ = 0;
    std::size_t link_end_ = 0;
    std::size_t code_end_ = std::string::npos;  // of the code that ended last
};

}  // namespace fetchd::tasks
