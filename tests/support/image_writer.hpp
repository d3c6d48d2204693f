// Image files for tests, made byte by byte or by the formats' own libraries.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fetchd::test {

using colour = std::array<std::uint8_t, 4>;  // red, green, blue, alpha
using painter = std::function<colour(unsigned x, unsigned y)>;

std::string be16(unsigned);
std::string be32(std::uint32_t);
std::string le16(unsigned);
std::string le24(unsigned);
std::string le32(std::uint32_t);

std::string png_chunk(std::string const& type, std::string const& data);
// 8 bits RGBA; `extra`: chunks between header and data.
std::string png(unsigned width, unsigned height, painter const&, std::string const& extra = {},
                bool interlaced = false);
// Only the header: any size, colour type and depth, no data.
std::string png_header(std::uint32_t width, std::uint32_t height, unsigned depth, unsigned type,
                       std::string const& extra = {});

struct jpeg_style {
    bool progressive = false;
    bool cmyk = false;  // as Adobe writes it
    bool grey = false;
    int quality = 95;
    std::string segments = {};  // behind the beginning: jpeg_segment()
};
std::string jpeg(unsigned width, unsigned height, painter const&, jpeg_style const& = {});
std::string jpeg_segment(unsigned marker, std::string const& data);

struct gif_frame {
    unsigned left, top, width, height;
    std::function<std::uint8_t(unsigned x, unsigned y)> number;  // 0 to 3: red, green, blue, white
    int transparent = -1;
    unsigned delay = 0;  // hundredths of a second
    bool interlaced = false;
};
std::string gif(unsigned width, unsigned height, std::vector<gif_frame> const&);

std::string webp(unsigned width, unsigned height, painter const&);  // without loss
std::string webp_chunk(std::string const& type, std::string const& data);
std::string webp_file(std::string const& chunks);
// Behind a VP8X of the canvas: pictures of webp(), each at (2 * left, 2 * top).
struct webp_frame {
    unsigned left, top, width, height, delay_ms;
    std::string picture;
};
std::string animated_webp(unsigned width, unsigned height, std::vector<webp_frame> const&);

std::string bmp(unsigned width, unsigned height, painter const&, unsigned bits, bool from_top = false);
// A bitmap as icons have it: without file header, twice the height, a mask that hides what is transparent.
std::string icon_bitmap(unsigned width, unsigned height, painter const&, unsigned bits);
struct icon_entry {
    unsigned width, height, bits;
    std::string picture;
};
std::string ico(std::vector<icon_entry> const&);

// A TIFF or Exif block. Directories follow each other in the order given; `next` is the one that an entry of
// type `directory` points to.
struct tag {
    enum class type : unsigned { byte = 1, ascii = 2, u16 = 3, u32 = 4, rational = 5, directory = 13 };
    unsigned number;
    type kind;
    std::vector<std::uint32_t> values = {};  // rationals: numerator, denominator, ...; directory: its index
    std::string text = {};
};
std::string tiff(std::vector<std::vector<tag>> const& directories, bool big_endian, bool chained = false);

// A box of ISO/IEC 14496-12; full_box() with version and flags.
std::string box(std::string const& type, std::string const& data);
std::string full_box(std::string const& type, unsigned version, unsigned flags, std::string const& data);

}  // namespace fetchd::test
