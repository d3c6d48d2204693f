// What stands on the two sides of a delimiter decides whether it opens or closes anything (CommonMark §6.2).
// Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace fetchd::tasks {

// The bytes of a space that does not collapse at the front of `s`, no-break and wide ones; 0 where there is
// none.
std::size_t kept_space(std::string_view s);

enum class side : unsigned char {
    space,
    punctuation,
    symbol,  // punctuation since CommonMark 0.31, before that as good as a letter
    letter,
};

side front_side(std::string_view text);  // of the first character; an empty text counts as space
side back_side(std::string_view text);   // of the last one

// From where on the end of `text` has no letters, at least `from`.
std::size_t letterless_tail(std::string_view text, std::size_t from);

// The bytes of the punctuation in front.
std::size_t punctuation_prefix(std::string_view text);

}  // namespace fetchd::tasks
