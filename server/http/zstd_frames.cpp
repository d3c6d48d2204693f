#include "http/zstd_frames.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "http/zstd_block.hpp"

namespace fetchd {
namespace {

constexpr std::size_t most_block = 128 << 10;  // RFC 8878 §3.1.1.2.4
constexpr std::size_t block_header_size = 3;
constexpr std::size_t buffer_size = block_header_size + most_block;

failure corrupt(char const* why) {
    return {stage::decode, code::corrupt, std::string("zstd: ") + why};
}

std::uint32_t byte_at(std::span<char const> bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

zstd_frames::zstd_frames() : buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)) {}

result<std::span<char const>> zstd_frames::next(std::span<char const>& in) {
    if (std::exchange(given_, false))
        have_ = 0;
    while (!in.empty()) {
        auto const n =
            static_cast<std::size_t>(std::min<std::uint64_t>({in.size(), need_, buffer_size - have_}));
        std::ranges::copy(in.first(n), buffer_.get() + have_);
        in = in.subspan(n);
        have_ += n;
        need_ -= n;
        bool const in_pieces = part_ == part::raw || part_ == part::skipped;
        if (need_ > 0 && !in_pieces)
            continue;
        if (need_ == 0)
            if (auto const read = read_part(); !read)
                return read.error();
        if (part_ == part::block)  // its header, and with it a size that may change, waits for the block
            continue;
        given_ = true;
        return std::span<char const>(buffer_.get(), have_);
    }
    return std::span<char const>{};
}

void zstd_frames::expect(part next_part, std::uint64_t bytes) {
    part_ = next_part;
    need_ = bytes;
}

void zstd_frames::end_block() {
    if (!last_block_)
        expect(part::block_header, block_header_size);
    else if (checksum_)
        expect(part::checksum, 4);
    else
        expect(part::magic, magic_size);
}

result<void> zstd_frames::read_part() {
    switch (part_) {
        case part::magic:
            return read_magic();
        case part::skip_size:
            if (auto const size = little_endian(4); size > 0)
                expect(part::skipped, size);
            else
                expect(part::magic, magic_size);
            break;
        case part::descriptor:
            read_descriptor();
            break;
        case part::header:
            expect(part::block_header, block_header_size);
            break;
        case part::block_header:
            return read_block_header();
        case part::block:
            return check_block();
        case part::raw:
            end_block();
            break;
        case part::skipped:
        case part::checksum:
            expect(part::magic, magic_size);
            break;
    }
    return {};
}

result<void> zstd_frames::read_magic() {
    auto const magic = little_endian(4);
    if (magic == 0xfd2fb528)
        expect(part::descriptor, 1);
    else if (magic >> 4 == 0x184d2a5)
        expect(part::skip_size, 4);
    else
        return corrupt("neither a frame nor a skippable one");
    return {};
}

// §3.1.1.1: window, dictionary and content size follow, each where and as long as the descriptor says.
void zstd_frames::read_descriptor() {
    constexpr std::uint64_t dictionary_sizes[] = {0, 1, 2, 4};
    constexpr std::uint64_t content_sizes[] = {0, 2, 4, 8};
    auto const descriptor = little_endian(1);
    bool const single_segment = descriptor & 0x20;
    checksum_ = descriptor & 0x04;
    last_block_ = false;
    auto const flag = descriptor >> 6;
    // A single segment has no window byte, and a content size of at least one: one byte either way.
    auto const window_or_size = single_segment && flag > 0 ? 0u : 1u;
    expect(part::header, window_or_size + dictionary_sizes[descriptor & 3] + content_sizes[flag]);
}

result<void> zstd_frames::read_block_header() {
    auto const header = little_endian(block_header_size);
    auto const type = header >> 1 & 3;  // raw, one byte repeated, compressed, reserved
    auto const size = type == 1 ? 1 : header >> 3;
    last_block_ = header & 1;
    if (type == 3 || (type == 2 && (size == 0 || size > most_block)))
        return corrupt("no such block");
    if (type == 2)
        expect(part::block, size);
    else if (size > 0)
        expect(part::raw, size);
    else
        end_block();
    return {};
}

result<void> zstd_frames::check_block() {
    std::span<char> const block(buffer_.get() + block_header_size, have_ - block_header_size);
    auto const [at, weights_cut_short] = outline_of(block);
    if (weights_cut_short)
        return corrupt("the weights of a Huffman tree are cut short");
    if (at && block.size() - *at >= 2 && byte_at(block, *at) == 0x80 && byte_at(block, *at + 1) == 0) {
        if (block.size() - *at > 2)
            return corrupt("bytes after a block without sequences");
        block[*at] = 0;
        --have_;
        auto const header = little_endian(block_header_size) - (1u << 3);
        for (std::size_t i = 0; i < block_header_size; ++i)
            buffer_[i] = static_cast<char>(header >> (8 * i) & 0xff);
    }
    end_block();
    return {};
}

std::uint32_t zstd_frames::little_endian(std::size_t bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value |= byte_at({buffer_.get(), bytes}, i) << (8 * i);
    return value;
}

}  // namespace fetchd
