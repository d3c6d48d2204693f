#include "worker/tasks/image_encode.hpp"

#include <png.h>
#include <webp/encode.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <new>

// Uses FILE without declaring it.
#include <jpeglib.h>

namespace fetchd::tasks::image {
namespace {

failure unwritable(std::string_view why) {
    return {stage::process, code::failed, std::string(why)};
}

std::vector<std::uint8_t> rgb_on_white(pixels const& from) {
    std::vector<std::uint8_t> rgb;
    rgb.reserve(from.rgba.size() / 4 * 3);
    for (std::size_t i = 0; i < from.rgba.size(); i += 4) {
        unsigned const alpha = from.rgba[i + 3];
        for (std::size_t c = 0; c < 3; ++c)
            rgb.push_back(
                static_cast<std::uint8_t>((from.rgba[i + c] * alpha + 255 * (255 - alpha) + 127) / 255));
    }
    return rgb;
}

struct webp_sink {
    WebPPicture picture;
    WebPMemoryWriter writer;
    bool ready;

    webp_sink() : ready(WebPPictureInit(&picture) != 0) { WebPMemoryWriterInit(&writer); }
    webp_sink(webp_sink const&) = delete;
    webp_sink& operator=(webp_sink const&) = delete;
    ~webp_sink() {
        WebPPictureFree(&picture);
        WebPMemoryWriterClear(&writer);
    }
};

// The other two leave a function that failed by longjmp: between setjmp and the end of the same function
// there must be no object with a destructor.

struct jpeg_sink {
    jpeg_compress_struct c{};
    jpeg_error_mgr errors{};
    std::jmp_buf jump{};
    unsigned char* bytes = nullptr;  // by malloc
    unsigned long count = 0;

    jpeg_sink() = default;
    jpeg_sink(jpeg_sink const&) = delete;
    jpeg_sink& operator=(jpeg_sink const&) = delete;
    ~jpeg_sink() {
        jpeg_destroy_compress(&c);
        std::free(bytes);
    }
};

[[noreturn]] void jpeg_failed(j_common_ptr c) {
    std::longjmp(static_cast<jpeg_sink*>(c->client_data)->jump, 1);
}

bool write_rows(jpeg_sink& s, size of, std::uint8_t const* rgb, int quality) {
    if (setjmp(s.jump) != 0)
        return false;
    jpeg_create_compress(&s.c);
    s.c.client_data = &s;
    jpeg_mem_dest(&s.c, &s.bytes, &s.count);
    s.c.image_width = of.width;
    s.c.image_height = of.height;
    s.c.input_components = 3;
    s.c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&s.c);
    jpeg_set_quality(&s.c, quality, TRUE);
    s.c.optimize_coding = TRUE;
    jpeg_start_compress(&s.c, TRUE);
    while (s.c.next_scanline < of.height) {
        auto* row = const_cast<std::uint8_t*>(rgb + std::size_t{3} * of.width * s.c.next_scanline);
        jpeg_write_scanlines(&s.c, &row, 1);
    }
    jpeg_finish_compress(&s.c);
    return true;
}

struct png_sink {
    std::string* out = nullptr;
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::jmp_buf jump{};
    bool out_of_memory = false;

    png_sink() = default;
    png_sink(png_sink const&) = delete;
    png_sink& operator=(png_sink const&) = delete;
    ~png_sink() { png_destroy_write_struct(&png, &info); }
};

[[noreturn]] void png_failed(png_structp png, png_const_charp) {
    std::longjmp(static_cast<png_sink*>(png_get_error_ptr(png))->jump, 1);
}

void ignore_warning(png_structp, png_const_charp) {}
void flush(png_structp) {}

bool append(png_sink& s, png_bytep bytes, std::size_t count) noexcept try {
    s.out->append(reinterpret_cast<char const*>(bytes), count);
    return true;
} catch (std::bad_alloc const&) {
    s.out_of_memory = true;
    return false;
}

void take_bytes(png_structp png, png_bytep bytes, std::size_t count) {
    if (!append(*static_cast<png_sink*>(png_get_io_ptr(png)), bytes, count))
        png_error(png, "out of memory");
}

bool write_rows(png_sink& s, pixels const& from, bool opaque) {
    if (setjmp(s.jump) != 0)
        return false;
    png_set_write_fn(s.png, &s, take_bytes, flush);
    png_set_IHDR(s.png, s.info, from.width, from.height, 8, opaque ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(s.png, s.info);
    if (opaque)
        png_set_filler(s.png, 0, PNG_FILLER_AFTER);
    for (std::size_t y = 0; y < from.height; ++y)
        png_write_row(s.png, from.rgba.data() + 4 * y * from.width);
    png_write_end(s.png, nullptr);
    return true;
}

}  // namespace

result<void> encode_webp(pixels const& from, int quality, std::string& out) {
    WebPConfig config;
    webp_sink s;
    if (WebPConfigInit(&config) == 0 || !s.ready)
        return unwritable("another version of libwebp");
    config.quality = static_cast<float>(quality);
    s.picture.width = static_cast<int>(from.width);
    s.picture.height = static_cast<int>(from.height);
    s.picture.writer = WebPMemoryWrite;
    s.picture.custom_ptr = &s.writer;
    auto const import = from.opaque() ? WebPPictureImportRGBX : WebPPictureImportRGBA;
    if (import(&s.picture, from.rgba.data(), 4 * s.picture.width) == 0 ||
        WebPEncode(&config, &s.picture) == 0)
        return unwritable("libwebp " + std::to_string(s.picture.error_code));
    out.append(reinterpret_cast<char const*>(s.writer.mem), s.writer.size);
    return {};
}

result<void> encode_jpeg(pixels const& from, int quality, std::string& out) {
    auto const rgb = rgb_on_white(from);
    jpeg_sink s;
    s.c.err = jpeg_std_error(&s.errors);
    s.c.client_data = &s;
    s.errors.error_exit = jpeg_failed;
    s.errors.output_message = [](j_common_ptr) {};
    if (!write_rows(s, {from.width, from.height}, rgb.data(), quality))
        return unwritable("libjpeg");
    out.append(reinterpret_cast<char const*>(s.bytes), s.count);
    return {};
}

result<void> encode_png(pixels const& from, std::string& out) {
    png_sink s;
    s.out = &out;
    s.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &s, png_failed, ignore_warning);
    s.info = s.png == nullptr ? nullptr : png_create_info_struct(s.png);
    if (s.info == nullptr)
        throw std::bad_alloc();
    if (!write_rows(s, from, from.opaque())) {
        if (s.out_of_memory)
            throw std::bad_alloc();
        return unwritable("libpng");
    }
    return {};
}

}  // namespace fetchd::tasks::image
