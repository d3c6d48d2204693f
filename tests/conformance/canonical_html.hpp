// What an HTML document says to a reader, as lines of text: two documents that read alike come out the same,
// however they are written.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::tests {

// One line for each block, indented by the containers it stands in; marks, links and line breaks as words in
// braces. What makes no difference to a reader, or none that Markdown can keep, makes none here either:
//   - whitespace is collapsed, in <code> too, and of no mark; the edges of blocks and <br> are trimmed
//   - punctuation carries no emphasis: "<b>a.</b>" is "<b>a</b>."
//   - tight and loose lists, and what holds nothing at all: empty items, blocks, marks
//   - the first row of a table is its header; rows without text are left out, as are empty cells at the end
std::string canonical_html(std::string_view html);

// cmark-gfm's HTML with the extensions tables, strikethrough, task lists, and footnotes.
std::string html_of_markdown(std::string_view markdown);

}  // namespace fetchd::tests
