// What of a compressed zstd block (RFC 8878 §3.1.1.3) has to be looked at before the library reads it.
#pragma once

#include <optional>
#include <span>

namespace fetchd {

struct zstd_block {
    // Where the sequences section begins; nothing where the block ends before it.
    std::optional<std::size_t> sequences;
    // The weights of the literals' Huffman tree end before the two states they begin with (§4.2.1.2).
    bool weights_cut_short = false;
};

// block is not empty.
zstd_block outline_of(std::span<char const> block);

}  // namespace fetchd
