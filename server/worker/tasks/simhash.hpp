// A number that says what a text is about: texts that share most of their words differ in few of its bits,
// unrelated ones in about half (Charikar's SimHash). Pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fetchd::tasks {

// The algorithm is part of the service's promise (docs/hash.md): the same text has the same number in every
// version. Nothing where the text has no words.
std::optional<std::uint64_t> simhash(std::string_view utf8);

}  // namespace fetchd::tasks
