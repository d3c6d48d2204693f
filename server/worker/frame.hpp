// The bytes that go between main, zygote and worker: encoded, and decoded as if the other side were hostile.
//
// A frame is a prologue of fixed size, a head (the small fields, encoded) and a payload (the document, or
// what was made of it), one behind the other in a part of the shared area. Every length is checked against
// its maximum before it is used.
// Pure: memory in, memory out. The two sides are the same program, so numbers are in host order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "worker/sandbox_layers.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::worker {

// What the fields of a request may measure, in bytes or in number.
struct request_limits {
    static constexpr std::size_t names = 32;
    static constexpr std::size_t name = 64;
    static constexpr std::size_t settings = 64;
    static constexpr std::size_t setting = tasks::max_option_bytes;
    static constexpr std::size_t fields = 32;
    static constexpr std::size_t field = 8U << 10U;
    static constexpr std::size_t content_type = 8U << 10U;
    static constexpr std::size_t encodings = 64;
    static constexpr std::size_t encoding = 8U << 10U;
    static constexpr std::size_t base_url = 16U << 10U;
    static constexpr std::size_t head = 56U << 10U;  // all of them, encoded
};

struct answer_limits {
    static constexpr std::size_t detail = 1U << 10U;
    static constexpr std::size_t content_type = 256;
    static constexpr std::size_t charset = 64;
    static constexpr std::size_t source = 32;
    static constexpr std::size_t head = 2U << 10U;
};

// The small part of a worker's answer; the output is the payload.
struct answer_head {
    bool ok = true;
    stage where = stage::process;  // of a failure: decode or process
    code what = code::failed;
    std::string detail;
    std::string made_by;
    std::string output_type;
    std::string content_type;
    std::string content_type_source;
    std::string charset;
    std::string charset_source;
    std::uint64_t decoded_bytes = 0;
    std::uint64_t cpu_us = 0;
};

// Fails with process.too_large when a field is over its limit.
result<std::string> encode(tasks::request const&);
std::optional<tasks::request> decode_request(std::string_view head);

std::string encode(answer_head const&);  // cuts the detail and the words that are too long
// Nothing but what a healthy worker says: known failures, printable words, UTF-8 details.
std::optional<answer_head> decode_answer(std::string_view head);

struct prologue {
    static constexpr std::uint32_t expected_magic = 0x31574446;  // "FDW1"

    std::uint32_t magic = expected_magic;
    std::uint32_t head_bytes = 0;
    std::uint64_t sequence = 0;  // of the visit; the answer repeats it
    std::uint64_t payload_bytes = 0;
};

struct frame_limits {
    std::size_t head;
    std::size_t payload;
};

// Where the payload begins in a part: after prologue and head, on a cache line.
std::size_t payload_offset(std::size_t head_bytes);
bool fits(std::size_t part_bytes, std::size_t head_bytes, std::size_t payload_bytes);

// Writes prologue and head; the payload is the caller's to place. The head must fit the part.
void write_frame(std::span<char> part, std::uint64_t sequence, std::string_view head,
                 std::size_t payload_bytes);

// A private copy of prologue and head, every length checked. The part is read once, front to back.
struct frame {
    prologue first;
    std::string head;
};
std::optional<frame> read_frame(std::span<char const> part, frame_limits const&);

// Main to zygote, over a SEQPACKET socket: one struct is one message.
struct spawn_order {
    static constexpr std::uint32_t expected_magic = 0x4e574446;
    std::uint32_t magic = expected_magic;
    std::uint32_t slot = 0;
    std::uint64_t generation = 0;
};

// Zygote to main. A birth carries the descriptors area, bell, pidfd, in this order.
struct zygote_report {
    static constexpr std::uint32_t expected_magic = 0x52574446;
    enum class event : std::uint32_t { born = 1, failed = 2, exited = 3 };

    std::uint32_t magic = expected_magic;
    event what = event::born;
    std::uint32_t slot = 0;
    std::int32_t pid = 0;
    std::uint64_t generation = 0;
    std::int32_t status = 0;  // failed: errno; exited: as waitpid gives it
    std::uint32_t spare = 0;
    std::uint64_t cpu_us = 0;
    std::uint64_t max_rss_kib = 0;
};

std::optional<spawn_order> decode_order(std::string_view packet);
std::optional<zygote_report> decode_report(std::string_view packet);
std::optional<sandbox_report> decode_sandbox_report(std::string_view packet);

template <class Message>
std::string_view bytes_of(Message const& m) {
    return {reinterpret_cast<char const*>(&m), sizeof m};
}

}  // namespace fetchd::worker
