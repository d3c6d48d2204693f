// What an image file says of itself in its headers: nothing is decoded. Own parsers, for all formats the web
// uses; the bytes decide which it is, whatever it was called. Pure; time and memory are linear in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd::tasks::image {

enum class format : unsigned char { avif, bmp, gif, heif, ico, jpeg, png, svg, tiff, webp };

std::string_view name_of(format);        // "jpeg"
std::string_view media_type_of(format);  // "image/jpeg"

struct position {
    double latitude = 0;  // degrees, north and east positive
    double longitude = 0;
};

// Of the camera and who held it (Exif 2.32). Empty or 0: not said. Texts are valid UTF-8, one line, cut at
// 1000 bytes.
struct exif_facts {
    std::string make, model, lens, software, description, artist, copyright;
    std::string taken;      // "2024-05-06T07:08:09+02:00"; without the zone where the camera did not say it
    double exposure_s = 0;  // seconds
    double f_number = 0;
    double focal_length_mm = 0;
    std::uint32_t iso = 0;
    bool has_location = false;  // there is a block about the place
    std::optional<position> location;
};

struct icon {
    std::uint32_t width, height, bits;  // bits of a pixel
};

struct facts {
    format kind = format::jpeg;
    std::uint32_t width = 0;  // as stored: orientation not applied. 0: an SVG that does not say
    std::uint32_t height = 0;
    std::uint32_t orientation = 1;  // 1..8 (TIFF 6.0 p. 36)
    std::uint32_t bits = 0;         // of one channel; 0: not said
    std::string_view colour;        // "grey", "rgb", "palette", "cmyk", "lab"; empty: not said
    bool alpha = false;
    bool progressive = false;
    bool colour_profile = false;
    std::uint32_t frames = 1;  // pictures of an animation, pages of a TIFF
    bool animated = false;
    std::uint64_t duration_ms = 0;  // of one run of the animation
    double dpi_x = 0;               // 0: not said
    double dpi_y = 0;
    std::optional<exif_facts> exif;
    std::vector<icon> icons;  // of an ICO

    bool turned() const { return orientation >= 5; }  // shown with width and height exchanged
};

constexpr std::size_t max_icons = 64;
constexpr std::uint32_t max_tiff_pages = 10'000;

std::optional<format> format_of(std::string_view bytes);

// Nothing where the file is damaged: no size is found (SVG aside).
std::optional<facts> read(format, std::string_view bytes);

// The parsers, each of a file that format_of() has found to be its own. What they find goes into facts whose
// kind is set.
void read_avif(std::string_view, facts&);  // and HEIF
void read_bmp(std::string_view, facts&);
void read_gif(std::string_view, facts&);
void read_ico(std::string_view, facts&);
void read_jpeg(std::string_view, facts&);
void read_png(std::string_view, facts&);
void read_svg(std::string_view, facts&);
void read_tiff(std::string_view, facts&);
void read_webp(std::string_view, facts&);

// An Exif block: orientation, resolution and exif_facts. Without its "Exif\0\0".
void read_exif(std::string_view, facts&);

}  // namespace fetchd::tasks::image
