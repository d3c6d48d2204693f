// Reads the outline of zstd frames (RFC 8878 §3.1) and hands the library whole blocks.
//
// What newer libraries refuse, Debian 12's 1.5.4 accepts, and the other way round; both are put right here:
//   a number of sequences of zero, written in two bytes     misread: rewritten to one byte (zstd pull request
//   3669) bytes after it                                          accepted: refused (3674) Huffman weights
//   that end before their first two states  accepted: refused (4079) formats before 0.8, if the library was
//   built with them  accepted: refused, not the coding of RFC 8878
// Not put right: an offset of zero, which it takes for one (3937); only decoding all sequences twice would
// show it.
//
// Holds one block: 128 KiB. Everything else about a frame is for the library to judge.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/failure.hpp"

namespace fetchd {

class zstd_frames {
  public:
    zstd_frames();

    // Takes bytes from the front of in and gives those that are ready for the library; none where in has been
    // taken whole and ends inside a part. They are valid until the next call.
    result<std::span<char const>> next(std::span<char const>& in);

    // Whether what was taken ends with a frame, or is nothing.
    bool between_frames() const { return part_ == part::magic && need_ == magic_size; }

  private:
    enum class part : unsigned char {
        magic,
        skip_size,
        skipped,
        descriptor,
        header,
        block_header,
        raw,
        block,
        checksum
    };
    static constexpr std::uint64_t magic_size = 4;

    void expect(part, std::uint64_t bytes);
    void end_block();
    result<void> read_part();
    result<void> read_magic();
    void read_descriptor();
    result<void> read_block_header();
    result<void> check_block();
    std::uint32_t little_endian(std::size_t bytes) const;

    part part_ = part::magic;
    std::uint64_t need_ = magic_size;  // more bytes of this part
    std::size_t have_ = 0;             // in the buffer: this part, and the header of a block before its block
    bool given_ = false;               // the buffer has been returned and may be filled anew
    bool last_block_ = false;
    bool checksum_ = false;
    std::unique_ptr<char[]> buffer_;
};

}  // namespace fetchd
