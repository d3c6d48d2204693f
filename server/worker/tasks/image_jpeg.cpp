// JPEG's segments up to the first scan (ITU-T T.81 annex B).
#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

bool is_frame(std::uint32_t marker) {  // SOF0..15, which DHT, JPG and DAC lie between
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

void read_frame(byte_view b, std::size_t at, std::uint32_t marker, facts& f) {
    f.bits = b.u8(at);
    f.height = b.be16(at + 1);
    f.width = b.be16(at + 3);
    auto const channels = b.u8(at + 5);
    f.colour = channels == 1 ? "grey" : channels == 3 ? "rgb" : channels == 4 ? "cmyk" : "";
    f.progressive = (marker & 3U) == 2;
}

void read_jfif(byte_view b, std::size_t at, facts& f) {
    auto const unit = b.u8(at + 7);  // 1: inch, 2: centimetre
    if (unit != 1 && unit != 2)
        return;
    f.dpi_x = b.be16(at + 8) * (unit == 2 ? 2.54 : 1);
    f.dpi_y = b.be16(at + 10) * (unit == 2 ? 2.54 : 1);
}

}  // namespace

void read_jpeg(std::string_view bytes, facts& f) {
    byte_view const b(bytes);
    for (std::size_t at = 2; at + 4 <= b.size();) {
        auto const marker = b.u8(at + 1);
        bool const segment =
            b.u8(at) == 0xFF && marker >= 0xC0 && marker != 0xFF && (marker < 0xD0 || marker > 0xD8);
        if (!segment) {  // fill bytes, restart markers, or what does not belong there
            ++at;
            continue;
        }
        auto const length = b.be16(at + 2);
        auto const data = at + 4;
        auto const end = at + 2 + std::max<std::size_t>(length, 2);
        if (marker == 0xDA || marker == 0xD9)  // the scan, or the end
            return;
        if (is_frame(marker))
            read_frame(b, data, marker, f);
        else if (marker == 0xE0 && b.says(data, {"JFIF\0", 5}))
            read_jfif(b, data, f);
        else if (marker == 0xE1 && b.says(data, {"Exif\0\0", 6}))
            read_exif(b.part(data + 6, end - data - std::min<std::size_t>(6, end - data)), f);
        else if (marker == 0xE2 && b.says(data, {"ICC_PROFILE\0", 12}))
            f.colour_profile = true;
        at = end;
    }
}

}  // namespace fetchd::tasks::image
