// Undoes the content codings of a body as a stream, under limits.
//
// Codings are undone in the reverse order of the Content-Encoding fields, each layer writing into a fixed
// buffer of 64 KiB that the next one reads. The last writes straight into the caller's room. A step does a
// bounded amount of work and writes at most its room, so the caller decides when to go on:
//
//     while (true) {
//         auto did = decoder.step(in, room);        // an error is final: every later step gives it again
//         if (!did) return did.error();
//         use(room.first(did->produced));
//         in = in.subspan(did->consumed);
//         if (did->starved) break;                  // all of in is consumed: come back with more
//     }
//     ... and after the last piece of the body: decoder.finish()
//
// An empty body is an empty body, whatever its codings: origins send "Content-Encoding: gzip" with no bytes.
// Bytes after the end of a stream are corrupt, but for what coding.hpp names.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "http/coding.hpp"

namespace fetchd {

// Past a limit a decoder stops before the layer concerned has written 1 MiB more.
struct decode_limits {
    std::uint64_t output_bytes = 64 << 20;  // that may come out; of an inner layer 1 MiB more
    std::uint64_t ratio = 200;              // times the bytes that went in, of any layer; 0: no such limit
    std::uint64_t ratio_floor = 1 << 20;    // bytes of output up to which the ratio is not asked
    std::size_t layers = 5;                 // identity does not count
};

class decoder {
  public:
    struct progress {
        std::size_t consumed = 0;  // of in: give the rest again
        std::size_t produced = 0;  // into room
        bool starved = false;      // nothing more can be done without more input
    };

    // The values of all Content-Encoding fields, in their order; each may be a list (RFC 9110 §5.6.1, §8.4).
    // Fails with too_many_layers or unsupported_encoding.
    static result<decoder> create(std::span<std::string_view const> content_encoding, decode_limits const&);

    // room must not be empty. Fails with corrupt or too_large.
    result<progress> step(std::span<char const> in, std::span<char> room);

    // The whole of in, given to sink(std::span<char const>) in pieces of at most 64 KiB.
    template <class Sink>
    result<void> write(std::span<char const> in, Sink&& sink);

    // After the last input, when a step has starved: fails with truncated where a layer has not seen its end.
    result<void> finish();

    bool identity() const { return layers_.empty(); }
    std::uint64_t bytes_in() const { return bytes_in_; }
    std::uint64_t bytes_out() const { return bytes_out_; }

  private:
    static constexpr std::size_t buffer_size = 64 << 10;

    struct layer {
        std::unique_ptr<coding> undo;
        std::unique_ptr<char[]> buffer;  // what it wrote for the next layer; the last layer has none
        std::span<char const> unread;    // of buffer
        std::uint64_t bytes_in = 0;
        std::uint64_t bytes_out = 0;
    };

    explicit decoder(decode_limits const& limits) : limits_(limits) {}
    result<progress> copy(std::span<char const> in, std::span<char> room);
    result<bool> move_one(std::span<char const>& in, std::span<char> room, progress&);
    result<coding::progress> run(std::size_t index, std::span<char const> in, std::span<char> room);
    std::optional<failure> over_limit(layer const&, bool last) const;
    failure fail(failure);

    decode_limits limits_;
    std::vector<layer> layers_;  // the first reads the wire
    std::uint64_t bytes_in_ = 0;
    std::uint64_t bytes_out_ = 0;
    std::unique_ptr<char[]> room_;  // of write()
    std::optional<failure> failed_;
};

template <class Sink>
result<void> decoder::write(std::span<char const> in, Sink&& sink) {
    if (!room_)
        room_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    for (bool starved = false; !starved;) {
        auto const did = step(in, std::span(room_.get(), buffer_size));
        if (!did)
            return did.error();
        in = in.subspan(did->consumed);
        starved = did->starved;
        if (did->produced > 0)
            sink(std::span<char const>(room_.get(), did->produced));
    }
    return {};
}

}  // namespace fetchd
