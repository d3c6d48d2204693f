// Attributes that are sets of words: rel, itemprop, typeof. Pure functions.
#pragma once

#include <string_view>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {

// Calls `each` with every word between ASCII whitespace.
template <class Each>
void for_each_word(std::string_view words, Each&& each) {
    for (std::size_t i = 0; i < words.size();) {
        if (utf8::is_space(words[i])) {
            ++i;
            continue;
        }
        auto const begin = i;
        while (i < words.size() && !utf8::is_space(words[i]))
            ++i;
        each(words.substr(begin, i - begin));
    }
}

// ASCII case-insensitive; `lower` is in lower case.
inline bool same_word(std::string_view word, std::string_view lower) {
    if (word.size() != lower.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if (ascii_lower(word[i]) != lower[i])
            return false;
    return true;
}

inline bool has_word(std::string_view words, std::string_view lower) {
    bool found = false;
    for_each_word(words, [&](std::string_view word) { found = found || same_word(word, lower); });
    return found;
}

}  // namespace fetchd::tasks
