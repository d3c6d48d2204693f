// GIF's blocks (GIF89a).
#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

std::size_t table_bytes(std::uint32_t flags) {
    return (flags & 0x80U) != 0 ? std::size_t{3} << ((flags & 7U) + 1) : 0;
}

std::size_t past_blocks(byte_view b, std::size_t at) {
    while (b.u8(at) != 0)
        at += 1 + b.u8(at);
    return at + 1;
}

}  // namespace

void read_gif(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    f.width = b.le16(6);
    f.height = b.le16(8);
    f.bits = 8;
    f.colour = "palette";
    f.frames = 0;
    for (std::size_t at = 13 + table_bytes(b.u8(10)); at < b.size();) {
        if (b.u8(at) == 0x21) {
            if (b.u8(at + 1) == 0xF9 && b.u8(at + 2) == 4) {  // graphic control extension
                f.alpha = f.alpha || (b.u8(at + 3) & 1U) != 0;
                f.duration_ms += 10 * std::uint64_t{b.le16(at + 4)};
            }
            at = past_blocks(b, at + 2);
        } else if (b.u8(at) == 0x2C) {
            ++f.frames;
            f.width = std::max(f.width, b.le16(at + 1) + b.le16(at + 5));
            f.height = std::max(f.height, b.le16(at + 3) + b.le16(at + 7));
            at = past_blocks(b, at + 10 + table_bytes(b.u8(at + 9)) + 1);
        } else {
            break;  // 0x3B, the trailer; or what ends the file early
        }
    }
    f.animated = f.frames > 1;
    if (!f.animated)
        f.duration_ms = 0;
    f.frames = std::max(f.frames, 1U);
}

}  // namespace fetchd::tasks::image
