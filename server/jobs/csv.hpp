// Results as rows of CSV (RFC 4180): a header row, CRLF, quotes where they are needed. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jobs/result_fields.hpp"

namespace fetchd::jobs {

// Spreadsheets run a cell that begins with = + - @, a tab or a line end as a formula, quoted or not: whoever
// writes a page could write into the reader's spreadsheet. So such a text gets an apostrophe in front, which
// makes it text. Numbers stay. `as_it_is` is for readers that are not spreadsheets and want the exact bytes.
enum class csv_formulas : unsigned char { defused, as_it_is };

// One cell, appended.
void csv_text(std::string_view text, csv_formulas, std::string& out);

std::string csv_header(result_fields const&);

// Texts as they are, numbers, true and false as JSON has them, lists and objects as JSON; what is not there
// is empty.
std::string csv_row(std::string_view line, result_fields const&, csv_formulas = csv_formulas::defused);

}  // namespace fetchd::jobs
