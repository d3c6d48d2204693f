#include "http/zstd_block.hpp"

#include <bit>
#include <cstdint>

namespace fetchd {
namespace {

std::uint32_t byte_at(std::span<char const> bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

// Bits from the lowest of the first byte on; past the end they are zero.
class bit_reader {
  public:
    explicit bit_reader(std::span<char const> bytes) : bytes_(bytes) {}

    std::uint32_t read(unsigned count) {
        std::uint32_t value = 0;
        for (unsigned i = 0; i < count; ++i, ++at_)
            if (at_ / 8 < bytes_.size())
                value |= (byte_at(bytes_, at_ / 8) >> at_ % 8 & 1) << i;
        return value;
    }
    void back(unsigned count) { at_ -= count; }
    std::size_t bytes_read() const { return (at_ + 7) / 8; }
    bool past_end() const { return at_ > 8 * bytes_.size(); }

  private:
    std::span<char const> bytes_;
    std::size_t at_ = 0;
};

// How many bytes the description of an FSE table takes (§4.1.1); nothing where it is cut short or makes no
// sense.
std::optional<std::size_t> table_size(std::span<char const> bytes, unsigned& accuracy) {
    bit_reader bits(bytes);
    accuracy = bits.read(4) + 5;
    std::uint32_t left = 1u << accuracy;  // of the probabilities, which add up to this
    while (left > 0) {
        auto const width = static_cast<unsigned>(std::bit_width(left + 1));
        // Small values are written in one bit less.
        auto const small = (1u << width) - 2 - left;
        auto const mask = (1u << (width - 1)) - 1;
        auto value = bits.read(width);
        if ((value & mask) < small) {
            bits.back(1);
            value &= mask;
        } else if (value > mask) {
            value -= small;
        }
        auto const share = value == 0 ? 1 : value - 1;  // 0 stands for "less than one", which takes one
        if (share > left || bits.past_end())
            return std::nullopt;
        left -= share;
        while (value == 1 && bits.read(2) == 3 && !bits.past_end())  // runs of further zeros
            continue;
    }
    return bits.past_end() ? std::nullopt : std::optional(bits.bytes_read());
}

// §4.2.1: the first byte is the size of what follows, below 128 where the weights are compressed by FSE.
bool are_weights_cut_short(std::span<char const> tree) {
    if (tree.empty() || byte_at(tree, 0) >= 128 || byte_at(tree, 0) > tree.size() - 1)
        return false;
    auto const weights = tree.subspan(1, byte_at(tree, 0));
    unsigned accuracy = 0;
    auto const table = table_size(weights, accuracy);
    if (!table || *table >= weights.size())
        return false;
    // The stream is read from its end; the highest set bit of the last byte only marks it.
    auto const last = byte_at(weights, weights.size() - 1);
    if (last == 0)
        return false;
    auto const bits = 8 * (weights.size() - *table - 1) + static_cast<std::size_t>(std::bit_width(last)) - 1;
    return bits < 2 * accuracy;
}

}  // namespace

// §3.1.1.3.1: the literals section tells its size in one to five bytes.
zstd_block outline_of(std::span<char const> block) {
    enum { raw, repeated, compressed, treeless };
    auto const type = byte_at(block, 0) & 3;
    auto const format = byte_at(block, 0) >> 2 & 3;
    std::size_t header = format < 2 ? 3 : format + 2;
    if (type == raw || type == repeated)
        header = format == 1 ? 2 : format == 3 ? 3 : 1;
    if (block.size() < header)
        return {};
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < header; ++i)
        bits |= std::uint64_t{byte_at(block, i)} << (8 * i);

    std::uint64_t literals = 1;
    if (type == raw) {
        literals = header == 1 ? bits >> 3 : bits >> 4;
    } else if (type != repeated) {
        auto const width = format < 2 ? 10u : format == 2 ? 14u : 18u;
        literals = bits >> (4 + width) & ((std::uint64_t{1} << width) - 1);
    }
    if (block.size() - header < literals)
        return {};
    auto const size = static_cast<std::size_t>(literals);
    return {header + size, type == compressed && are_weights_cut_short(block.subspan(header, size))};
}

}  // namespace fetchd
