// BMP's header, and the list of pictures that an ICO is.
#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

std::uint32_t magnitude(std::uint32_t two_complement) {  // a height below 0: the rows begin at the top
    return two_complement >= 0x8000'0000U ? ~two_complement + 1 : two_complement;
}

void read_palette(std::uint32_t pixel_bits, facts& f) {
    f.colour = pixel_bits <= 8 ? "palette" : "rgb";
    f.bits = pixel_bits == 16 ? 5 : 8;
}

icon icon_of(byte_view b, std::size_t entry) {
    auto const side = [&](std::size_t at) { return b.u8(at) == 0 ? 256U : b.u8(at); };
    icon found{side(entry), side(entry + 1), b.le16(entry + 6)};
    auto const picture = b.part(b.le32(entry + 12), b.le32(entry + 8));
    byte_view const p(picture);
    if (p.says(0, "\x89PNG")) {
        facts png;
        read_png(picture, png);
        auto const channels = png.colour == "rgb" ? 3U : 1U;
        return {png.width, png.height,
                png.bits * (channels + (png.alpha && png.colour != "palette" ? 1U : 0U))};
    }
    if (p.le32(0) == 40) {  // twice the height: of the colours and of the mask
        auto const height = magnitude(p.le32(8)) / 2;
        return {p.le32(4), height, p.le16(14)};
    }
    return found;
}

}  // namespace

void read_bmp(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    auto const header = b.le32(14);
    if (header == 12) {
        f.width = b.le16(18);
        f.height = b.le16(20);
        read_palette(b.le16(24), f);
        return;
    }
    f.width = magnitude(b.le32(18));
    f.height = magnitude(b.le32(22));
    read_palette(b.le16(28), f);
    f.dpi_x = b.le32(38) * 0.0254;  // pixels per metre
    f.dpi_y = b.le32(42) * 0.0254;
    auto const compression = b.le32(30);
    f.alpha = header >= 56 && (compression == 3 || compression == 6) && b.le32(66) != 0;
}

void read_ico(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    auto const count = b.le16(4);
    f.colour = "rgb";
    f.alpha = true;
    for (std::uint32_t i = 0; i < count && b.has(6 + 16 * std::size_t{i}, 16); ++i) {
        auto const one = icon_of(b, 6 + 16 * std::size_t{i});
        if (f.icons.size() < max_icons)
            f.icons.push_back(one);
        if (std::uint64_t{one.width} * one.height > std::uint64_t{f.width} * f.height) {
            f.width = one.width;
            f.height = one.height;
        }
    }
}

}  // namespace fetchd::tasks::image
