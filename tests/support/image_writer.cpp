#include "support/image_writer.hpp"

#include <webp/encode.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

// Uses FILE without declaring it.
#include <jpeglib.h>

namespace fetchd::test {
namespace {

std::string big(std::uint64_t value, int bytes) {
    std::string s;
    while (bytes-- > 0)
        s += static_cast<char>((value >> (8 * bytes)) & 0xFFU);
    return s;
}

std::string little(std::uint64_t value, int bytes) {
    auto const s = big(value, bytes);
    return {s.rbegin(), s.rend()};
}

std::string deflated(std::string const& plain) {
    uLongf length = compressBound(plain.size());
    std::string out(length, '\0');
    if (compress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<Bytef const*>(plain.data()),
                 plain.size()) != Z_OK)
        throw std::runtime_error("compress");
    out.resize(length);
    return out;
}

std::string rgba_of(unsigned width, unsigned height, painter const& paint) {
    std::string all;
    for (unsigned y = 0; y < height; ++y)
        for (unsigned x = 0; x < width; ++x)
            for (auto const c : paint(x, y))
                all += static_cast<char>(c);
    return all;
}

}  // namespace

std::string be16(unsigned v) {
    return big(v, 2);
}
std::string be32(std::uint32_t v) {
    return big(v, 4);
}
std::string le16(unsigned v) {
    return little(v, 2);
}
std::string le24(unsigned v) {
    return little(v, 3);
}
std::string le32(std::uint32_t v) {
    return little(v, 4);
}

std::string png_chunk(std::string const& type, std::string const& data) {
    auto const body = type + data;
    auto const sum = crc32(0, reinterpret_cast<Bytef const*>(body.data()), static_cast<uInt>(body.size()));
    return be32(static_cast<std::uint32_t>(data.size())) + body + be32(static_cast<std::uint32_t>(sum));
}

std::string png_header(std::uint32_t width, std::uint32_t height, unsigned depth, unsigned type,
                       std::string const& extra) {
    return "\x89PNG\r\n\x1A\n" +
           png_chunk("IHDR", be32(width) + be32(height) + big(depth, 1) + big(type, 1) + big(0, 3)) + extra;
}

std::string png(unsigned width, unsigned height, painter const& paint, std::string const& extra,
                bool interlaced) {
    struct pass {
        unsigned x, y, right, down;
    };
    static constexpr pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                     {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    static constexpr pass straight[] = {{0, 0, 1, 1}};
    std::string rows;
    for (auto const& p : interlaced ? std::vector<pass>(std::begin(adam7), std::end(adam7))
                                    : std::vector<pass>(std::begin(straight), std::end(straight)))
        for (unsigned y = p.y; y < height && p.x < width; y += p.down) {
            rows += '\0';
            for (unsigned x = p.x; x < width; x += p.right)
                for (auto const c : paint(x, y))
                    rows += static_cast<char>(c);
        }
    return "\x89PNG\r\n\x1A\n" +
           png_chunk("IHDR", be32(width) + be32(height) + big(8, 1) + big(6, 1) + big(0, 2) +
                                 big(interlaced ? 1 : 0, 1)) +
           extra + png_chunk("IDAT", deflated(rows)) + png_chunk("IEND", "");
}

std::string jpeg_segment(unsigned marker, std::string const& data) {
    return "\xFF" + big(marker, 1) + be16(static_cast<unsigned>(data.size()) + 2) + data;
}

std::string jpeg(unsigned width, unsigned height, painter const& paint, jpeg_style const& how) {
    jpeg_compress_struct c{};
    jpeg_error_mgr errors{};
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    unsigned char* bytes = nullptr;
    unsigned long count = 0;
    jpeg_mem_dest(&c, &bytes, &count);
    c.image_width = width;
    c.image_height = height;
    c.input_components = how.grey ? 1 : how.cmyk ? 4 : 3;
    c.in_color_space = how.grey ? JCS_GRAYSCALE : how.cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, how.quality, TRUE);
    if (how.progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    for (unsigned y = 0; y < height; ++y) {
        std::string row;
        for (unsigned x = 0; x < width; ++x) {
            auto const p = paint(x, y);  // for CMYK the fourth is black, and 255 no ink
            row.append(reinterpret_cast<char const*>(p.data()), static_cast<std::size_t>(c.input_components));
        }
        auto* data = reinterpret_cast<unsigned char*>(row.data());
        jpeg_write_scanlines(&c, &data, 1);
    }
    jpeg_finish_compress(&c);
    std::string out(reinterpret_cast<char const*>(bytes), count);
    jpeg_destroy_compress(&c);
    std::free(bytes);
    return out.substr(0, 2) + how.segments + out.substr(2);
}

std::string gif(unsigned width, unsigned height, std::vector<gif_frame> const& frames) {
    std::string out = "GIF89a" + le16(width) + le16(height) + "\x81" + std::string(2, '\0') +
                      std::string("\xFF\0\0\0\xFF\0\0\0\xFF\xFF\xFF\xFF", 12);
    for (auto const& f : frames) {
        bool const control = f.transparent >= 0 || f.delay != 0;
        if (control)
            out += std::string("\x21\xF9\x04") + (f.transparent >= 0 ? '\x01' : '\0') + le16(f.delay) +
                   static_cast<char>(f.transparent) + '\0';
        out += "," + le16(f.left) + le16(f.top) + le16(f.width) + le16(f.height) +
               (f.interlaced ? '\x40' : '\0') + '\x02';
        std::vector<unsigned> rows;
        for (auto const& [first, step] :
             f.interlaced ? std::vector<std::pair<unsigned, unsigned>>{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
                          : std::vector<std::pair<unsigned, unsigned>>{{0, 1}})
            for (unsigned y = first; y < f.height; y += step)
                rows.push_back(y);
        // Codes of three bits: 4 clears the table before each pixel, so that it never grows; 5 ends.
        std::string packed;
        unsigned held = 0, bits = 0;
        auto const put = [&](unsigned code) {
            held |= code << bits;
            for (bits += 3; bits >= 8; bits -= 8, held >>= 8U)
                packed += static_cast<char>(held & 0xFFU);
        };
        for (auto const y : rows)
            for (unsigned x = 0; x < f.width; ++x) {
                put(4);
                put(f.number(x, y));
            }
        put(5);
        packed += static_cast<char>(held);
        for (std::size_t at = 0; at < packed.size(); at += 255) {
            auto const piece = packed.substr(at, 255);
            out += static_cast<char>(piece.size());
            out += piece;
        }
        out += '\0';
    }
    return out + ";";
}

std::string webp_chunk(std::string const& type, std::string const& data) {
    return type + le32(static_cast<std::uint32_t>(data.size())) + data + std::string(data.size() % 2, '\0');
}

std::string webp_file(std::string const& chunks) {
    return "RIFF" + le32(static_cast<std::uint32_t>(chunks.size()) + 4) + "WEBP" + chunks;
}

std::string webp(unsigned width, unsigned height, painter const& paint) {
    auto const rgba = rgba_of(width, height, paint);
    std::uint8_t* bytes = nullptr;
    auto const count =
        WebPEncodeLosslessRGBA(reinterpret_cast<std::uint8_t const*>(rgba.data()), static_cast<int>(width),
                               static_cast<int>(height), static_cast<int>(4 * width), &bytes);
    std::string out(reinterpret_cast<char const*>(bytes), count);
    WebPFree(bytes);
    return out;
}

std::string animated_webp(unsigned width, unsigned height, std::vector<webp_frame> const& frames) {
    auto chunks = webp_chunk("VP8X", "\x12" + std::string(3, '\0') + le24(width - 1) + le24(height - 1)) +
                  webp_chunk("ANIM", std::string(6, '\0'));
    for (auto const& f : frames)
        chunks += webp_chunk("ANMF", le24(f.left) + le24(f.top) + le24(f.width - 1) + le24(f.height - 1) +
                                         le24(f.delay_ms) + '\0' + f.picture.substr(12));
    return webp_file(chunks);
}

namespace {

std::string rows_of(unsigned width, unsigned height, painter const& paint, unsigned bits, bool from_top) {
    std::string out;
    for (unsigned n = 0; n < height; ++n) {
        auto const y = from_top ? n : height - 1 - n;
        std::string row;
        unsigned held = 0;
        for (unsigned x = 0; x < width; ++x) {
            auto const c = paint(x, y);
            if (bits == 32)
                row += std::string{static_cast<char>(c[2]), static_cast<char>(c[1]), static_cast<char>(c[0]),
                                   static_cast<char>(c[3])};
            else if (bits == 24)
                row += std::string{static_cast<char>(c[2]), static_cast<char>(c[1]), static_cast<char>(c[0])};
            else if (bits == 16)
                row += le16((c[0] >> 3U) << 10U | (c[1] >> 3U) << 5U | c[2] >> 3U);
            else {  // the palette of palette_of(): number 1 is white
                held = held << bits | (c[0] > 127 ? 1U : 0U);
                if ((x + 1) * bits % 8 == 0 || x + 1 == width) {
                    auto const missing = (8 - (x + 1) * bits % 8) % 8;
                    row += static_cast<char>(held << missing);
                    held = 0;
                }
            }
        }
        row.resize((row.size() + 3) / 4 * 4);
        out += row;
    }
    return out;
}

std::string palette_of(unsigned bits) {
    return bits > 8 ? std::string() : std::string(4, '\0') + std::string("\xFF\xFF\xFF\0", 4);
}

std::string bitmap_header(unsigned width, std::uint32_t height, unsigned bits) {
    return le32(40) + le32(width) + le32(height) + le16(1) + le16(bits) + le32(0) + le32(0) + le32(3780) +
           le32(3780) + le32(bits > 8 ? 0 : 2) + le32(0);
}

}  // namespace

std::string bmp(unsigned width, unsigned height, painter const& paint, unsigned bits, bool from_top) {
    auto const rows = rows_of(width, height, paint, bits, from_top);
    auto const colours = palette_of(bits);
    auto const begin = static_cast<std::uint32_t>(54 + colours.size());
    return "BM" + le32(begin + static_cast<std::uint32_t>(rows.size())) + le32(0) + le32(begin) +
           bitmap_header(width, from_top ? 0U - height : height, bits) + colours + rows;
}

std::string icon_bitmap(unsigned width, unsigned height, painter const& paint, unsigned bits) {
    auto const hidden = [&](unsigned x, unsigned y) {
        return paint(x, y)[3] == 0 ? colour{255, 255, 255, 255} : colour{0, 0, 0, 255};
    };
    return bitmap_header(width, 2 * height, bits) + palette_of(bits) +
           rows_of(width, height, paint, bits, false) + rows_of(width, height, hidden, 1, false);
}

std::string ico(std::vector<icon_entry> const& entries) {
    auto out = le16(0) + le16(1) + le16(static_cast<unsigned>(entries.size()));
    auto at = static_cast<std::uint32_t>(6 + 16 * entries.size());
    std::string pictures;
    for (auto const& e : entries) {
        out += big(e.width & 0xFFU, 1) + big(e.height & 0xFFU, 1) + big(0, 2) + le16(1) + le16(e.bits) +
               le32(static_cast<std::uint32_t>(e.picture.size())) + le32(at);
        at += static_cast<std::uint32_t>(e.picture.size());
        pictures += e.picture;
    }
    return out + pictures;
}

std::string tiff(std::vector<std::vector<tag>> const& directories, bool big_endian, bool chained) {
    auto const u16 = [&](unsigned v) { return big_endian ? be16(v) : le16(v); };
    auto const u32 = [&](std::uint32_t v) { return big_endian ? be32(v) : le32(v); };
    std::vector<std::uint32_t> begins;
    std::uint32_t at = 8;
    for (auto const& d : directories) {
        begins.push_back(at);
        at += static_cast<std::uint32_t>(6 + 12 * d.size());
    }
    std::string out = (big_endian ? "MM" : "II") + u16(42) + u32(8), far;
    for (std::size_t i = 0; i < directories.size(); ++i) {
        out += u16(static_cast<unsigned>(directories[i].size()));
        for (auto const& t : directories[i]) {
            std::string value = t.text;
            for (auto const v : t.values)
                value += t.kind == tag::type::byte        ? big(v, 1)
                         : t.kind == tag::type::u16       ? u16(v)
                         : t.kind == tag::type::directory ? u32(begins.at(v))
                                                          : u32(v);
            auto const unit = t.kind == tag::type::rational ? 2U : 1U;
            auto const count = t.kind == tag::type::ascii ? value.size() : t.values.size() / unit;
            auto const kind = t.kind == tag::type::directory ? tag::type::u32 : t.kind;
            out += u16(t.number) + u16(static_cast<unsigned>(kind)) + u32(static_cast<std::uint32_t>(count));
            if (value.size() <= 4) {
                value.resize(4);
                out += value;
            } else {
                out += u32(at + static_cast<std::uint32_t>(far.size()));
                far += value;
            }
        }
        out += u32(chained && i + 1 < directories.size() ? begins[i + 1] : 0);
    }
    return out + far;
}

std::string box(std::string const& type, std::string const& data) {
    return be32(static_cast<std::uint32_t>(data.size()) + 8) + type + data;
}

std::string full_box(std::string const& type, unsigned version, unsigned flags, std::string const& data) {
    return box(type, be32(version << 24U | flags) + data);
}

}  // namespace fetchd::test
