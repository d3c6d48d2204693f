// Tables of a document as rows of text, from HTML or from delimited text. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

struct data_table {
    std::string caption;
    std::vector<std::vector<std::string>> rows;
    std::size_t header_rows = 0;  // of these, as far as the document says
};

// What all tables of a document may hold together.
struct table_limits {
    std::size_t cells = 1'000'000;               // after spans are filled in
    std::size_t bytes = std::size_t{64} << 20U;  // of text, the same
};

struct table_set {
    std::vector<data_table> tables;  // in document order
    bool cut = false;                // more was there than the limits allow
};

// Tables of data, not those that only lay out a page: with a header or caption, or of two columns and rows at
// least and without a table inside. A cell that spans stands in each place it covers. What stands in a table
// inside of a cell is not in that cell.
table_set tables_of_html(html::node top, table_limits const&);

enum class delimiter : char { found = '\0', comma = ',', semicolon = ';', tab = '\t', pipe = '|' };

// One table, or none where the text is empty or, with delimiter::found, no delimiter makes columns of it
// unless `surely`. RFC 4180, with any of CR, LF and CR LF as line end; a line "sep=;" at the start names the
// delimiter, as spreadsheets write it. Empty lines are left out.
table_set table_of_text(std::string_view utf8, delimiter, bool surely, table_limits const&);

// Is the first of these rows likely to name the columns of the others?
bool looks_like_header(std::vector<std::vector<std::string>> const& rows);

}  // namespace fetchd::tasks
