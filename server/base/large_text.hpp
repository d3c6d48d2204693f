// Appends to a text that may become large, without moving it around as it grows.
//
// A string that doubles copies what it has: 32 MiB take 20 ms. Once it is long it gets room for all that may
// come, at once: of address space, for the pages are not there before something is written to them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fetchd {

// `most`: what the text may become; not checked.
inline void append_large(std::string& text, std::string_view piece, std::size_t most) {
    constexpr std::size_t long_already = std::size_t{256} << 10U;
    if (text.size() + piece.size() > text.capacity() && text.size() >= long_already)
        text.reserve(most);
    text.append(piece);
}

}  // namespace fetchd
