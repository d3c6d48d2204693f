// PNG's chunks (third edition §11), those of animations too.
#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

void read_header(byte_view b, std::size_t at, facts& f) {
    f.width = b.be32(at);
    f.height = b.be32(at + 4);
    f.bits = b.u8(at + 8);
    auto const type = b.u8(at + 9);
    f.colour = type == 3 ? "palette" : (type & 2U) != 0 ? "rgb" : "grey";
    f.alpha = (type & 4U) != 0;
    f.progressive = b.u8(at + 12) != 0;
}

std::uint64_t delay_ms(byte_view b, std::size_t at) {
    auto const over = b.be16(at + 22);
    return std::uint64_t{1000} * b.be16(at + 20) / (over == 0 ? 100 : over);
}

}  // namespace

void read_png(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    for (std::size_t at = 8; b.has(at, 8);) {
        auto const length = b.be32(at);
        auto const type = b.part(at + 4, 4);
        auto const data = at + 8;
        if (type == "IHDR" && at == 8)
            read_header(b, data, f);
        else if (type == "tRNS")
            f.alpha = true;
        else if (type == "iCCP")
            f.colour_profile = true;
        else if (type == "eXIf")
            read_exif(b.part(data, length), f);
        else if (type == "pHYs" && b.u8(data + 8) == 1) {  // pixels per metre
            f.dpi_x = b.be32(data) * 0.0254;
            f.dpi_y = b.be32(data + 4) * 0.0254;
        } else if (type == "acTL" && b.be32(data) > 0) {
            f.animated = true;
            f.frames = b.be32(data);
        } else if (type == "fcTL")
            f.duration_ms += delay_ms(b, data);
        else if (type == "IEND")
            return;
        at = data + length + 4;  // the sum behind the data
    }
}

}  // namespace fetchd::tasks::image
