// WebP's chunks (RFC 9649 §2) and the headers of its two codings.
#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

void read_lossy(byte_view b, std::size_t at, facts& f) {  // RFC 6386 §9.1
    if (f.width != 0 || !b.says(at + 3, "\x9D\x01\x2A"))
        return;
    f.width = b.le16(at + 6) & 0x3FFFU;
    f.height = b.le16(at + 8) & 0x3FFFU;
}

void read_lossless(byte_view b, std::size_t at, facts& f) {  // RFC 9649 §3.4
    if (f.width != 0 || b.u8(at) != 0x2F)
        return;
    auto const packed = b.le32(at + 1);
    f.width = (packed & 0x3FFFU) + 1;
    f.height = (packed >> 14U & 0x3FFFU) + 1;
    f.alpha = (packed >> 28U & 1U) != 0;
}

void read_extended(byte_view b, std::size_t at, facts& f) {
    auto const flags = b.u8(at);
    f.animated = (flags & 0x02U) != 0;
    f.alpha = (flags & 0x10U) != 0;
    f.colour_profile = (flags & 0x20U) != 0;
    f.width = b.le24(at + 4) + 1;
    f.height = b.le24(at + 7) + 1;
}

}  // namespace

void read_webp(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    f.bits = 8;
    f.colour = "rgb";
    std::uint32_t frames = 0;
    for (std::size_t at = 12; b.has(at, 8);) {
        auto const type = b.part(at, 4);
        std::size_t const length = b.le32(at + 4);
        auto const data = at + 8;
        if (type == "VP8X" && at == 12 && b.has(data, 10))
            read_extended(b, data, f);
        else if (type == "VP8 ")
            read_lossy(b, data, f);
        else if (type == "VP8L")
            read_lossless(b, data, f);
        else if (type == "ANMF") {
            ++frames;
            f.duration_ms += b.le24(data + 12);
        } else if (type == "EXIF") {
            auto const block = b.part(data, length);
            read_exif(block.starts_with({"Exif\0\0", 6}) ? block.substr(6) : block, f);
        }
        at = data + length + length % 2;
    }
    if (frames > 0)
        f.frames = frames;
}

}  // namespace fetchd::tasks::image
