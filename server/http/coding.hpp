// One content coding (RFC 9110 §8.4.1), undone as a stream.
//
// A coding is fed pieces of any size and writes into room of any size, and holds no more than its format's
// own window: 32 KiB for gzip and deflate, 16 MiB for br (RFC 7932 §9.1; large windows are off), 8 MiB for
// zstd (RFC 9659 §3). It has no limits on how much comes out: see decode.hpp.
//
// What may follow the end of a stream, everything else being corrupt:
//   gzip     further members (RFC 1952 §2.2), then zero bytes (block padding of old archivers and of some
//   origins) zstd     further frames, skippable ones too (RFC 8878 §3) deflate, br   nothing
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd {

class coding {
  public:
    struct progress {
        std::size_t consumed = 0;
        std::size_t produced = 0;
    };

    virtual ~coding() = default;

    // Does as much as input and room allow; room is never empty. Without input it writes what it still holds
    // back.
    virtual result<progress> step(std::span<char const> in, std::span<char> room) = 0;

    // Whether the input may end here: a stream has ended and nothing has begun after it.
    virtual bool complete() const = 0;
};

// By its name in lower case: gzip, x-gzip, deflate (with zlib's wrapping or raw), br, zstd. Null where it is
// not known.
std::unique_ptr<coding> make_coding(std::string_view name);

}  // namespace fetchd
