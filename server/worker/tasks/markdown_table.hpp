// Whether a <table> holds data that a Markdown table can show, and its shape. Layout tables are read as
// blocks.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

struct table_shape {
    std::size_t columns = 0;
    bool has_header = false;       // the first row is one
    std::vector<char> alignments;  // of each column: 'l', 'c', 'r' or ' '
};

// Nothing where it has one column without a header, none, more than 200, or cells with blocks of their own:
// lists, code, headings, quotes, tables. Looks no further than the first of those, so asking every table of a
// nest stays linear.
std::optional<table_shape> shape_of(html::node table);

// colspan or rowspan, 1 where there is none that makes sense, at most 1000.
std::size_t span_of(html::node cell, std::string_view attribute);

// Walks along a row beside what hangs down into it from the rows above.
class table_row {
  public:
    explicit table_row(std::size_t columns) : hanging_(columns) {}

    void start() { column_ = 0; }
    std::size_t skip_hanging();                               // columns passed: they show as empty cells
    std::size_t take(std::size_t width, std::size_t height);  // empty cells to follow this one
    std::size_t finish();                                     // columns left: the same

  private:
    std::vector<std::size_t> hanging_;  // rows, of each column, still covered from above
    std::size_t column_ = 0;
};

}  // namespace fetchd::tasks
