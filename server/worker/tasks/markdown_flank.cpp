#include "worker/tasks/markdown_flank.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/ascii.hpp"

namespace fetchd::tasks {
namespace {

side side_of(UChar32 c) {
    if (c < 0x80) {
        if (c <= ' ')
            return side::space;
        return is_digit(static_cast<char>(c)) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0x7F
                   ? side::letter
                   : side::punctuation;
    }
    if (u_charType(c) == U_SPACE_SEPARATOR)
        return side::space;
    if (u_ispunct(c))
        return side::punctuation;
    auto const type = u_charType(c);
    bool const is_symbol = type >= U_MATH_SYMBOL && type <= U_OTHER_SYMBOL;
    return is_symbol ? side::symbol : side::letter;
}

// The character that ends at `end`, which moves to its start.
UChar32 step_back(std::string_view text, std::size_t& end) {
    auto start = end - 1;
    while (start > 0 && end - start < 4 && (static_cast<unsigned char>(text[start]) & 0xC0U) == 0x80)
        --start;
    auto const size = static_cast<std::int32_t>(end);
    auto at = static_cast<std::int32_t>(start);
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), at, size, c);
    end = start;
    return c;
}

}  // namespace

std::size_t kept_space(std::string_view s) {
    if (s.size() < 2)
        return 0;
    auto const at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
    if (at(0) == 0xC2)
        return at(1) == 0xA0 ? 2 : 0;  // U+00A0
    bool const is =
        (at(0) == 0xE2 && ((at(1) == 0x80 && ((at(2) >= 0x80 && at(2) <= 0x8A) || at(2) == 0xAF)) ||
                           (at(1) == 0x81 && at(2) == 0x9F))) ||  // U+2000 to 200A, 202F, 205F
        (at(0) == 0xE3 && at(1) == 0x80 && at(2) == 0x80) ||      // U+3000
        (at(0) == 0xE1 && at(1) == 0x9A && at(2) == 0x80);        // U+1680
    return is ? 3 : 0;
}

side front_side(std::string_view text) {
    if (text.empty())
        return side::space;
    if (static_cast<unsigned char>(text[0]) < 0x80)
        return side_of(text[0]);
    std::int32_t at = 0;
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(text.data(), at, static_cast<std::int32_t>(std::min<std::size_t>(text.size(), 4)), c);
    return side_of(c);
}

side back_side(std::string_view text) {
    if (text.empty())
        return side::space;
    text.remove_prefix(text.size() - std::min<std::size_t>(text.size(), 4));
    auto end = text.size();
    return side_of(step_back(text, end));
}

std::size_t letterless_tail(std::string_view text, std::size_t from) {
    auto end = text.size();
    while (end > from) {
        auto start = end;
        if (side_of(step_back(text, start)) == side::letter)
            break;
        end = start;
    }
    return end;
}

std::size_t punctuation_prefix(std::string_view text) {
    std::int32_t at = 0;
    auto const size = static_cast<std::int32_t>(text.size());
    while (at < size) {
        auto next = at;
        UChar32 c = 0;
        U8_NEXT_OR_FFFD(text.data(), next, size, c);
        if (auto const s = side_of(c); s == side::letter || s == side::space)
            break;
        at = next;
    }
    return static_cast<std::size_t>(at);
}

}  // namespace fetchd::tasks
