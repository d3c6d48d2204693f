// PNG through libpng, which leaves a function that failed by longjmp: between setjmp and the end of the same
// function there must be no object with a destructor. What the library allocates is freed by png_source.
#include <png.h>

#include <csetjmp>
#include <cstring>

#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {
namespace {

struct png_source {
    std::string_view bytes;
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::jmp_buf jump{};
    char text[128] = {};
    std::vector<std::uint8_t> rows;  // one, or all of them where they come in several passes

    explicit png_source(std::string_view b) : bytes(b) {}
    png_source(png_source const&) = delete;
    png_source& operator=(png_source const&) = delete;
    ~png_source() { png_destroy_read_struct(&png, &info, nullptr); }
};

[[noreturn]] void fail(png_structp png, png_const_charp text) {
    auto& s = *static_cast<png_source*>(png_get_error_ptr(png));
    std::strncpy(s.text, text, sizeof s.text - 1);
    std::longjmp(s.jump, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void take_bytes(png_structp png, png_bytep to, std::size_t count) {
    auto& s = *static_cast<png_source*>(png_get_io_ptr(png));
    if (count > s.bytes.size())
        png_error(png, "the file ends too early");
    std::memcpy(to, s.bytes.data(), count);
    s.bytes.remove_prefix(count);
}

// Only what makes up the picture: texts, profiles and the like are not even unpacked.
void settle(png_source& s) {
    png_set_read_fn(s.png, &s, take_bytes);
    png_set_keep_unknown_chunks(s.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);  // tRNS is none of them
}

void to_rgba(png_source& s) {
    png_set_expand(s.png);
    png_set_scale_16(s.png);
    png_set_gray_to_rgb(s.png);
    png_set_add_alpha(s.png, 0xFF, PNG_FILLER_AFTER);
}

bool decode_rows(png_source& s, facts const& f, shrinker& to) {
    if (setjmp(s.jump) != 0)
        return false;
    settle(s);
    png_read_info(s.png, s.info);
    if (png_get_image_width(s.png, s.info) != f.width || png_get_image_height(s.png, s.info) != f.height)
        png_error(s.png, "two different sizes");
    to_rgba(s);
    bool const passes = png_set_interlace_handling(s.png) > 1;
    png_read_update_info(s.png, s.info);
    auto const stride = std::size_t{4} * f.width;
    if (png_get_rowbytes(s.png, s.info) != stride)
        png_error(s.png, "odd rows");
    s.rows.resize(passes ? stride * f.height : stride);
    to.begin({f.width, f.height});
    for (std::uint32_t y = 0; !passes && y < f.height; ++y) {
        png_read_row(s.png, s.rows.data(), nullptr);
        to.row(s.rows.data());
    }
    for (int pass = 0; passes && pass < 7; ++pass)
        for (std::uint32_t y = 0; y < f.height; ++y)
            png_read_row(s.png, s.rows.data() + stride * y, nullptr);
    for (std::uint32_t y = 0; passes && y < f.height; ++y)
        to.row(s.rows.data() + stride * y);
    return true;
}

}  // namespace

result<void> decode_png(facts const& f, std::string_view bytes, shrinker& to) {
    png_source s(bytes);
    s.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, fail, ignore_warning);
    s.info = s.png == nullptr ? nullptr : png_create_info_struct(s.png);
    if (s.info == nullptr)
        throw std::bad_alloc();
    if (!decode_rows(s, f, to))
        return undecodable(s.text);
    return {};
}

}  // namespace fetchd::tasks::image
