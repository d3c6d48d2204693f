#include "worker/exchange.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <optional>

#include "worker/text_check.hpp"

namespace fetchd::worker {
namespace {

constexpr auto next_turn = asio::use_awaitable_t<executor>();

failure malformed(char const* what) {
    return failure(stage::process, code::malformed, what);
}

using tasks::output_kind;

// Judges the output as it comes: JSON, UTF-8 or any bytes.
class judge {
  public:
    explicit judge(output_kind kind) : kind_(kind) {
        if (kind == output_kind::json)
            json_.emplace();
    }
    bool feed(std::string_view piece) {
        return json_ ? json_->feed(piece) : kind_ == output_kind::bytes || utf8_.feed(piece);
    }
    bool finish() { return json_ ? json_->finish() : kind_ == output_kind::bytes || utf8_.finish(); }

  private:
    output_kind kind_;
    std::optional<json_check> json_;
    utf8_check utf8_;
};

// What the output must be, by who made it; nothing where the worker says what cannot be.
std::optional<output_kind> kind_of(answer_head const& head, expected_answer const& expected) {
    if (expected.json)
        return head.made_by.empty() ? std::optional(output_kind::json) : std::nullopt;
    auto const* const task = tasks::find(expected.registry, head.made_by);
    if (task == nullptr || (!expected.task.empty() && expected.task != head.made_by))
        return std::nullopt;
    return task->kind;
}

struct opened {
    answer_head head;
    std::size_t offset = 0;  // of the payload in the answer part
    std::size_t bytes = 0;
};

result<opened> open_answer(area const& shared, expected_answer const& expected) {
    frame_limits const limits{answer_limits::head, expected.max_output};
    auto const f = read_frame(shared.answer(), limits);
    if (!f || f->first.sequence != expected.sequence)
        return malformed("no proper frame");
    auto head = decode_answer(f->head);
    if (!head)
        return malformed("no proper head");
    if (!head->ok && f->first.payload_bytes > 0)
        return malformed("a failure with an output");
    opened o;
    o.head = std::move(*head);
    o.offset = payload_offset(f->first.head_bytes);
    o.bytes = f->first.payload_bytes;
    return o;
}

// Gives back what lies behind the first `kept` bytes of both parts.
awaitable<void> empty(executor ex, area const& shared, std::size_t kept) {
    constexpr std::size_t piece = std::size_t{1} << 20U;
    std::span<char> const parts[] = {shared.answer(), shared.request()};
    for (auto const& part : parts)
        for (auto at = kept; at < part.size() && shared.holds_more_than(kept); at += piece) {
            co_await asio::post(ex, next_turn);
            area::drop(part.subspan(at, std::min(piece, part.size() - at)));
        }
}

}  // namespace

awaitable<result<void>> place_body(executor ex, area const& shared, std::size_t head_bytes,
                                   std::string_view body, fingerprinter& print, scope& s) {
    auto const offset = payload_offset(head_bytes);
    for (std::size_t at = 0; at < body.size(); at += slice) {
        if (at > 0)
            co_await asio::post(ex, next_turn);
        if (s.ended())
            co_return s.why(stage::process);
        auto const piece = body.substr(at, slice);
        shared.put(offset + at, piece);
        print.feed(piece);
    }
    co_return result<void>();
}

awaitable<result<collected>> collect(executor ex, area const& shared, expected_answer expected, scope& s) {
    auto opened = open_answer(shared, expected);
    if (!opened)
        co_return opened.error();
    collected c;
    c.head = std::move(opened->head);
    if (!c.head.ok)
        co_return c;
    auto const bytes = opened->bytes;
    c.output.reserve(bytes);
    auto const kind = kind_of(c.head, expected);
    if (!kind)
        co_return malformed("the output of another task");
    judge fair(*kind);
    for (std::size_t at = 0; at < bytes; at += slice) {
        if (at > 0)
            co_await asio::post(ex, next_turn);
        if (s.ended())
            co_return s.why(stage::process);
        shared.take(opened->offset + at, std::min(slice, bytes - at), c.output);
        // What was copied is what is judged: not to be fetched from the area again.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        if (!fair.feed(std::string_view(c.output).substr(at)))
            co_return malformed("output that is not what it should be");
    }
    if (!fair.finish())
        co_return malformed("output that ends too early");
    co_return c;
}

awaitable<void> tidy(executor ex, area const& shared) {
    co_await empty(ex, shared, shared.shape().kept);
}

awaitable<void> dispose(executor ex, area mine) {
    co_await empty(ex, mine, 0);
}

awaitable<void> dispose(executor ex, std::string& s) {
    constexpr std::size_t page = 4096;
    constexpr std::size_t piece = std::size_t{1} << 20U;
    auto const first = reinterpret_cast<std::uintptr_t>(s.data());
    auto at = (first + page - 1) / page * page;
    // Only whole pages inside the string, which is not read again: they come back as zeroes.
    auto const end = (first + s.size()) / page * page;
    for (; s.size() > piece && at + piece <= end; at += piece) {
        ::madvise(reinterpret_cast<void*>(at), piece, MADV_DONTNEED);
        co_await asio::post(ex, next_turn);
    }
    s = std::string();
}

bool discard(area const& shared, expected_answer const& expected) {
    return open_answer(shared, expected).has_value();
}

}  // namespace fetchd::worker
