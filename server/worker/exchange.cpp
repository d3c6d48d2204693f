#include "worker/exchange.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <optional>

#include "worker/packet.hpp"
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

// Where an answer's payload lies.
struct payload {
    std::span<char const> part;  // in the area
    descriptor memory;           // or here
    std::size_t bytes = 0;

    // Appends bytes [at, at + n) to `out`.
    bool copy(std::size_t at, std::size_t n, std::string& out) const {
        if (!memory) {
            out.append(part.data() + at, n);
            // What was copied is what is judged: not to be fetched from the area again.
            std::atomic_signal_fence(std::memory_order_seq_cst);
            return true;
        }
        char block[16384];
        while (n > 0) {
            auto const got = ::pread(memory.get(), block, std::min(n, sizeof block), static_cast<off_t>(at));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return false;
            out.append(block, static_cast<std::size_t>(got));
            at += static_cast<std::size_t>(got);
            n -= static_cast<std::size_t>(got);
        }
        return true;
    }
};

std::optional<descriptor> passed_memory(int socket, std::size_t bytes) {
    auto p = receive_packet(socket, wait_mode::no);
    if (p.what != packet::state::arrived || p.descriptor_count != 1 ||
        !sealed_memory::is_sealed(p.descriptors[0], bytes))
        return std::nullopt;
    return std::move(p.descriptors[0]);
}

struct opened {
    answer_head head;
    payload content;
};

result<opened> open_answer(area const& shared, int socket, expected_answer const& expected) {
    frame_limits const limits{answer_limits::head, expected.max_output};
    auto const f = read_frame(shared.answer(), limits);
    if (!f || f->first.sequence != expected.sequence)
        return malformed("no proper frame");
    auto head = decode_answer(f->head);
    if (!head)
        return malformed("no proper head");
    opened o;
    o.head = std::move(*head);
    o.content.bytes = static_cast<std::size_t>(f->first.payload_bytes);
    if (f->first.where == place::area) {
        o.content.part = shared.answer().subspan(payload_offset(f->first.head_bytes), o.content.bytes);
    } else {
        auto memory = passed_memory(socket, o.content.bytes);
        if (!memory)
            return malformed("no proper memfd");
        o.content.memory = std::move(*memory);
    }
    if (!o.head.ok && o.content.bytes > 0)
        return malformed("a failure with an output");
    return o;
}

}  // namespace

awaitable<result<descriptor>> place_body(executor ex, area const& shared, std::size_t head_bytes,
                                         std::string_view body, scope& s) {
    descriptor memory;
    auto const part = shared.request();
    bool const in_area = fits(part.size(), head_bytes, body.size());
    if (!in_area) {
        auto begun = sealed_memory::begin();
        if (!begun)
            co_return begun.error();
        memory = std::move(*begun);
    }
    auto const offset = payload_offset(head_bytes);
    for (std::size_t at = 0; at < body.size(); at += slice) {
        if (at > 0)
            co_await asio::post(ex, next_turn);
        if (s.ended())
            co_return s.why(stage::process);
        auto const piece = body.substr(at, slice);
        if (in_area)
            std::memcpy(part.data() + offset + at, piece.data(), piece.size());
        else if (auto const done = sealed_memory::append(memory, piece); !done)
            co_return done.error();
    }
    if (!in_area)
        if (auto const done = sealed_memory::seal(memory); !done)
            co_return done.error();
    co_return std::move(memory);
}

awaitable<result<collected>> collect(executor ex, area const& shared, int socket, expected_answer expected,
                                     scope& s) {
    auto opened = open_answer(shared, socket, expected);
    if (!opened)
        co_return opened.error();
    collected c;
    c.head = std::move(opened->head);
    if (!c.head.ok)
        co_return c;
    auto const& content = opened->content;
    c.output.reserve(content.bytes);
    auto const kind = kind_of(c.head, expected);
    if (!kind)
        co_return malformed("the output of another task");
    judge fair(*kind);
    for (std::size_t at = 0; at < content.bytes; at += slice) {
        if (at > 0)
            co_await asio::post(ex, next_turn);
        if (s.ended())
            co_return s.why(stage::process);
        auto const size = std::min(slice, content.bytes - at);
        if (!content.copy(at, size, c.output))
            co_return malformed("a memfd that cannot be read");
        if (!fair.feed(std::string_view(c.output).substr(at)))
            co_return malformed("output that is not what it should be");
    }
    if (!fair.finish())
        co_return malformed("output that ends too early");
    co_return c;
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

bool discard(area const& shared, int socket, expected_answer const& expected) {
    return open_answer(shared, socket, expected).has_value();
}

}  // namespace fetchd::worker
