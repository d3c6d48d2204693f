// JSON as pages write it, made JSON as RFC 8259 has it, where there is no doubt what is meant: comments, HTML
// comments and CDATA marks around it, commas and semicolons too many, raw control characters and escapes of
// other languages inside strings, halves of surrogate pairs. Pure functions, linear in the text.
#pragma once

#include <string>
#include <string_view>

namespace fetchd::tasks {

// Appends the text without anything between its tokens. Good JSON stays what it is; the result may still be
// none: nothing but the above is mended, and nothing is checked.
void append_clean_json(std::string& out, std::string_view text);

}  // namespace fetchd::tasks
