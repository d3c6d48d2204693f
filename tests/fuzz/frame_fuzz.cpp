// The decoders of what a worker, or whoever took it over, writes into the shared area.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "worker/frame.hpp"
#include "worker/text_check.hpp"

using namespace fetchd::worker;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const in(reinterpret_cast<char const*>(data), size);
    if (auto const f =
            read_frame(std::span<char const>(in.data(), in.size()), {answer_limits::head, 1U << 16U})) {
        if (payload_offset(f->head.size()) + f->first.payload_bytes > size)
            std::abort();
        (void)decode_answer(f->head);
    }
    if (auto const a = decode_answer(in))
        if (encode(*a) != in)
            std::abort();  // what is accepted is what we would have written
    if (auto const r = decode_request(in)) {
        auto const again = encode(*r);
        if (!again || *again != in)
            std::abort();
    }
    (void)decode_report(in);
    (void)decode_sandbox_report(in);
    (void)decode_order(in);
    // However a text is cut, the verdict is the same.
    auto const cut = size > 0 ? data[0] % size : 0;
    utf8_check halves;
    bool const in_halves = halves.feed(in.substr(0, cut)) && halves.feed(in.substr(cut)) && halves.finish();
    if (in_halves != valid_utf8(in))
        std::abort();
    json_check whole;
    json_check parts;
    bool const one = whole.feed(in) && whole.finish();
    if (one != (parts.feed(in.substr(0, cut)) && parts.feed(in.substr(cut)) && parts.finish()))
        std::abort();
    if (one && !valid_utf8(in))
        std::abort();
    return 0;
}
