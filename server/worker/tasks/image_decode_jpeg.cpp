// JPEG through libjpeg-turbo, which leaves a function that failed by longjmp: between setjmp and the end of
// the same function there must be no object with a destructor. What the library allocates is freed by
// jpeg_source.
#include <csetjmp>
#include <cstdio>

// Uses FILE without declaring it.
#include <jpeglib.h>

#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {
namespace {

constexpr int max_scans = 200;  // of a progressive file: each goes over the whole picture

struct jpeg_source {
    jpeg_decompress_struct c{};
    jpeg_error_mgr errors{};
    jpeg_progress_mgr progress{};
    std::jmp_buf jump{};
    char text[JMSG_LENGTH_MAX] = {};

    jpeg_source() = default;
    jpeg_source(jpeg_source const&) = delete;
    jpeg_source& operator=(jpeg_source const&) = delete;
    ~jpeg_source() { jpeg_destroy_decompress(&c); }  // does nothing to what was never created
};

jpeg_source& source_of(j_common_ptr c) {
    return *static_cast<jpeg_source*>(c->client_data);
}

[[noreturn]] void fail(j_common_ptr c) {
    auto& s = source_of(c);
    c->err->format_message(c, s.text);
    std::longjmp(s.jump, 1);
}

void ignore(j_common_ptr) {}
void ignore_warning(j_common_ptr, int) {}

void watch_scans(j_common_ptr c) {
    auto& s = source_of(c);
    if (c->is_decompressor != 0 && s.c.input_scan_number > max_scans) {
        std::snprintf(s.text, sizeof s.text, "more than %d scans", max_scans);
        std::longjmp(s.jump, 1);
    }
}

// The library can give a half, a quarter or an eighth of the size at little cost: the least of these that is
// still twice the size wanted, for averaging to have something to work on.
unsigned denominator(size picture, size wanted) {
    unsigned d = 8;
    while (d > 1 && (picture.width / d < 2 * wanted.width || picture.height / d < 2 * wanted.height))
        d /= 2;
    return d;
}

// A row of CMYK in place of RGBA. Adobe's programs write it inverted: full is no ink.
void to_rgba(std::uint8_t* row, std::uint32_t width, bool inverted) {
    for (std::uint32_t x = 0; x < width; ++x, row += 4) {
        unsigned const black = inverted ? row[3] : 255U - row[3];
        for (int c = 0; c < 3; ++c)
            row[c] = static_cast<std::uint8_t>((inverted ? row[c] : 255U - row[c]) * black / 255);
        row[3] = 255;
    }
}

bool decode_rows(jpeg_source& s, facts const& f, std::string_view bytes, shrinker& to) {
    if (setjmp(s.jump) != 0)
        return false;
    jpeg_create_decompress(&s.c);
    s.c.client_data = &s;
    s.c.progress = &s.progress;
    jpeg_mem_src(&s.c, reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
    jpeg_read_header(&s.c, TRUE);
    if (s.c.image_width != f.width || s.c.image_height != f.height) {
        std::snprintf(s.text, sizeof s.text, "two different sizes");
        return false;
    }
    bool const cmyk = s.c.num_components == 4;
    s.c.out_color_space = cmyk ? JCS_CMYK : JCS_EXT_RGBA;
    s.c.scale_num = 1;
    s.c.scale_denom = denominator({f.width, f.height}, to.wanted());
    jpeg_start_decompress(&s.c);
    to.begin({s.c.output_width, s.c.output_height});
    auto* const rows =
        s.c.mem->alloc_sarray(reinterpret_cast<j_common_ptr>(&s.c), JPOOL_IMAGE, 4 * s.c.output_width, 1);
    while (s.c.output_scanline < s.c.output_height) {
        jpeg_read_scanlines(&s.c, rows, 1);
        if (cmyk)
            to_rgba(rows[0], s.c.output_width, s.c.saw_Adobe_marker != 0);
        to.row(rows[0]);
    }
    return true;
}

}  // namespace

result<void> decode_jpeg(facts const& f, std::string_view bytes, shrinker& to) {
    jpeg_source s;
    s.c.err = jpeg_std_error(&s.errors);
    s.c.client_data = &s;
    s.errors.error_exit = fail;
    s.errors.output_message = ignore;
    s.errors.emit_message = ignore_warning;
    s.progress.progress_monitor = watch_scans;
    if (!decode_rows(s, f, bytes, to))
        return undecodable(s.text);
    return {};
}

}  // namespace fetchd::tasks::image
