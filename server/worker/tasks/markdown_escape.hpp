// Keeps text from being read as GitHub-flavoured Markdown. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fetchd::tasks {

// What has been written on the line so far, as far as it decides whether what follows could begin a block.
enum class line_so_far : unsigned char { nothing, digits, something };

struct escape_place {
    line_so_far line = line_so_far::something;
    bool heading = false;
    bool cell = false;  // of a table, where "|" ends it
};

// Appends the first `length` bytes of `text` so that they read as themselves; the rest of `text` is only
// looked at. `place.line` is brought up to date. `text` must not begin with whitespace, nor hold any in that
// first part.
void append_escaped(std::string& out, std::string_view text, std::size_t length, escape_place& place);

// A character reference may have begun at the end of what is written, "&am", and `first`, the first byte of
// what follows, go on with it.
void escape_entity_before(std::string& out, char first);

// A link destination (CommonMark §6.3): in angle brackets where it holds spaces; control bytes are dropped.
void append_destination(std::string& out, std::string_view url, bool cell);

// A link title in double quotes.
void append_title(std::string& out, std::string_view title, bool cell);

// A code span around `text`, which holds no line ends, with as many backticks as it takes (CommonMark §6.1).
void append_code_span(std::string& out, std::string_view text, bool cell);

}  // namespace fetchd::tasks
