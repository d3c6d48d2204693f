// WebP through libwebp; the first picture of an animation by way of its demuxer.
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <new>

#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {
namespace {

struct decoded {
    WebPDecoderConfig config{};
    ~decoded() { WebPFreeDecBuffer(&config.output); }
};

std::uint8_t const* data_of(std::string_view s) {
    return reinterpret_cast<std::uint8_t const*>(s.data());
}

// One coded picture as RGBA, `as` at most where it may be scaled while it is decoded.
result<void> decode_picture(std::string_view coded, size as, decoded& to) {
    if (WebPInitDecoderConfig(&to.config) == 0)
        return undecodable("another version of libwebp");
    auto& c = to.config;
    if (WebPGetFeatures(data_of(coded), coded.size(), &c.input) != VP8_STATUS_OK)
        return undecodable("damaged WebP");
    c.output.colorspace = MODE_RGBA;
    auto const width = static_cast<std::uint32_t>(c.input.width),
               height = static_cast<std::uint32_t>(c.input.height);
    if (as.width < width && as.height < height) {
        c.options.use_scaling = 1;
        c.options.scaled_width = static_cast<int>(as.width);
        c.options.scaled_height = static_cast<int>(as.height);
    }
    auto const status = WebPDecode(data_of(coded), coded.size(), &c);
    if (status == VP8_STATUS_OUT_OF_MEMORY)
        throw std::bad_alloc();
    if (status != VP8_STATUS_OK)
        return undecodable("damaged WebP");
    return {};
}

std::uint8_t const* row_of(decoded const& d, std::uint32_t y) {
    return d.config.output.u.RGBA.rgba +
           std::size_t{y} * static_cast<std::size_t>(d.config.output.u.RGBA.stride);
}

result<void> decode_still(facts const& f, std::string_view bytes, shrinker& to) {
    auto const twice =
        size{std::min(f.width, 2 * to.wanted().width), std::min(f.height, 2 * to.wanted().height)};
    decoded d;
    if (auto done = decode_picture(bytes, twice, d); !done)
        return done;
    if (d.config.input.width != static_cast<int>(f.width) ||
        d.config.input.height != static_cast<int>(f.height))
        return undecodable("two different sizes");
    auto const height = static_cast<std::uint32_t>(d.config.output.height);
    to.begin({static_cast<std::uint32_t>(d.config.output.width), height});
    for (std::uint32_t y = 0; y < height; ++y)
        to.row(row_of(d, y));
    return {};
}

// The first picture in its place on the canvas, which is transparent around it.
result<void> decode_animation(facts const& f, std::string_view bytes, shrinker& to) {
    WebPData const all{data_of(bytes), bytes.size()};
    auto const demuxer =
        std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>(WebPDemux(&all), WebPDemuxDelete);
    struct frame : WebPIterator {
        frame() : WebPIterator{} {}
        ~frame() { WebPDemuxReleaseIterator(this); }
    } first;
    if (!demuxer || WebPDemuxGetFrame(demuxer.get(), 1, &first) == 0)
        return undecodable("damaged WebP");
    auto const left = static_cast<std::uint32_t>(first.x_offset),
               top = static_cast<std::uint32_t>(first.y_offset);
    auto const width = static_cast<std::uint32_t>(first.width),
               height = static_cast<std::uint32_t>(first.height);
    if (left + width > f.width || top + height > f.height)
        return undecodable("a picture larger than its canvas");
    decoded d;
    std::string_view const coded(reinterpret_cast<char const*>(first.fragment.bytes), first.fragment.size);
    if (auto done = decode_picture(coded, {width, height}, d); !done)
        return done;
    if (d.config.output.width != first.width || d.config.output.height != first.height)
        return undecodable("two different sizes");
    to.begin({f.width, f.height});
    std::vector<std::uint8_t> row(std::size_t{4} * f.width);
    for (std::uint32_t y = 0; y < f.height; ++y)
        if (y < top || y >= top + height) {
            to.empty_row();
        } else {
            std::copy_n(row_of(d, y - top), std::size_t{4} * width, row.begin() + std::ptrdiff_t{4} * left);
            to.row(row.data());
        }
    return {};
}

}  // namespace

result<void> decode_webp(facts const& f, std::string_view bytes, shrinker& to) {
    return f.animated ? decode_animation(f, bytes, to) : decode_still(f, bytes, to);
}

}  // namespace fetchd::tasks::image
