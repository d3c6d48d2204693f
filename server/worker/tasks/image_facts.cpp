#include "worker/tasks/image_facts.hpp"

#include <algorithm>

#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_svg.hpp"

namespace fetchd::tasks::image {
namespace {

// ISO/IEC 14496-12 §4.3: the brands of a file, the first of them the major one.
std::optional<format> format_of_brands(byte_view b) {
    if (!b.says(4, "ftyp"))
        return std::nullopt;
    auto const end = std::min(std::size_t{b.be32(0)}, std::min<std::size_t>(b.size(), 256));
    bool heif = false;
    for (std::size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
        auto const brand = b.part(at, 4);
        if (brand == "avif" || brand == "avis")
            return format::avif;
        for (std::string_view const known : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"})
            heif = heif || brand == known;
    }
    return heif ? std::optional(format::heif) : std::nullopt;
}

bool is_icon(byte_view b) {  // 1: icon, 2: cursor; the first entry's picture lies behind the list
    return b.le16(0) == 0 && (b.le16(2) == 1 || b.le16(2) == 2) && b.le16(4) != 0 && b.u8(9) == 0 &&
           b.le32(18) >= 6 + 16 * b.le16(4);
}

}  // namespace

std::string_view name_of(format f) {
    constexpr std::string_view names[] = {"avif", "bmp", "gif", "heif", "ico",
                                          "jpeg", "png", "svg", "tiff", "webp"};
    return names[static_cast<unsigned>(f)];
}

std::string_view media_type_of(format f) {
    constexpr std::string_view types[] = {"image/avif",   "image/bmp",  "image/gif", "image/heif",
                                          "image/x-icon", "image/jpeg", "image/png", "image/svg+xml",
                                          "image/tiff",   "image/webp"};
    return types[static_cast<unsigned>(f)];
}

std::optional<format> format_of(std::string_view bytes) {
    byte_view const b(bytes);
    if (b.says(0, "\xFF\xD8\xFF"))
        return format::jpeg;
    if (b.says(0, "\x89PNG\r\n\x1A\n"))
        return format::png;
    if (b.says(0, "GIF87a") || b.says(0, "GIF89a"))
        return format::gif;
    if (b.says(0, "RIFF") && b.says(8, "WEBP"))
        return format::webp;
    if (b.says(0, {"II*\0", 4}) || b.says(0, {"MM\0*", 4}))
        return format::tiff;
    if (b.says(0, "BM") && b.le32(14) >= 12 && b.le32(14) <= 124)
        return format::bmp;
    if (auto const f = format_of_brands(b))
        return f;
    if (is_icon(b))
        return format::ico;
    if (svg_root(bytes))
        return format::svg;
    return std::nullopt;
}

std::optional<facts> read(format kind, std::string_view bytes) {
    constexpr void (*parsers[])(std::string_view, facts&) = {read_avif, read_bmp,  read_gif, read_avif,
                                                             read_ico,  read_jpeg, read_png, read_svg,
                                                             read_tiff, read_webp};
    facts f;
    f.kind = kind;
    parsers[static_cast<unsigned>(kind)](bytes, f);
    if (kind != format::svg && (f.width == 0 || f.height == 0))
        return std::nullopt;
    return f;
}

}  // namespace fetchd::tasks::image
