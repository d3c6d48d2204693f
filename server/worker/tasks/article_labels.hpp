// What the first words of a part of a page say about it: "Read also", "Kommentare (12)", "関連記事".
//
// Where names of classes say nothing, as in pages whose names are made by machines or in a language of which
// article_words.cpp knows no words, a heading still tells a reader what follows it. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace fetchd::tasks::articles {

constexpr std::size_t max_label = 60;  // bytes of a text longer than which it is no label

// says::related, says::comments, says::sharing, says::advert, says::sign_up or says::overlay, where the text,
// with whitespace around it, is or begins with words for that; else 0. Where it is only the start of a longer
// text, a colon has to follow the words, but for those of cookie notices.
std::uint32_t labelled(std::string_view text, bool is_start);

}  // namespace fetchd::tasks::articles
