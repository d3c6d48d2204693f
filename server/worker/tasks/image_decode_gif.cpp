// GIF through giflib: the first picture in its place on the canvas.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {
namespace {

int take_bytes(GifFileType* file, GifByteType* to, int count) {
    auto& rest = *static_cast<std::string_view*>(file->UserData);
    auto const n = std::min(rest.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::memcpy(to, rest.data(), n);
    rest.remove_prefix(n);
    return static_cast<int>(n);
}

struct closing {
    void operator()(GifFileType* file) const {
        int error = 0;
        DGifCloseFile(file, &error);
    }
};

// Reads up to the first picture. Gives the colour that is transparent in it, or NO_TRANSPARENT_COLOR; nothing
// where there is no picture.
std::optional<int> find_picture(GifFileType* file) {
    int transparent = NO_TRANSPARENT_COLOR;
    for (;;) {
        GifRecordType record{};
        if (DGifGetRecordType(file, &record) == GIF_ERROR || record == TERMINATE_RECORD_TYPE)
            return std::nullopt;
        if (record == IMAGE_DESC_RECORD_TYPE)
            return DGifGetImageDesc(file) == GIF_OK ? std::optional(transparent) : std::nullopt;
        int kind = 0;
        GifByteType* block = nullptr;
        auto answer = record == EXTENSION_RECORD_TYPE ? DGifGetExtension(file, &kind, &block) : GIF_OK;
        while (answer == GIF_OK && block != nullptr) {
            GraphicsControlBlock control{};
            if (kind == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
                transparent = control.TransparentColor;
            answer = DGifGetExtensionNext(file, &block);
        }
        if (answer == GIF_ERROR)
            return std::nullopt;
    }
}

using colours = std::array<std::array<std::uint8_t, 4>, 256>;  // RGBA

colours colours_of(GifFileType const& file, int transparent) {
    colours all{};  // what is not in the map is transparent
    auto const* const map = file.Image.ColorMap != nullptr ? file.Image.ColorMap : file.SColorMap;
    for (int i = 0; map != nullptr && i < std::min(map->ColorCount, 256); ++i) {
        auto const& c = map->Colors[i];
        if (i != transparent)
            all[static_cast<std::size_t>(i)] = {c.Red, c.Green, c.Blue, 255};
    }
    return all;
}

// The rows of the picture as colour numbers. What is missing at the end stays what the buffer held.
void read_rows(GifFileType* file, size picture, std::vector<std::uint8_t>& to) {
    struct pass {
        std::uint32_t first, step;
    };
    constexpr pass interlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    constexpr pass straight[] = {{0, 1}};
    auto const passes =
        file->Image.Interlace ? std::span<pass const>(interlaced) : std::span<pass const>(straight);
    for (auto const& p : passes)
        for (auto y = p.first; y < picture.height; y += p.step)
            if (DGifGetLine(file, &to[std::size_t{y} * picture.width], static_cast<int>(picture.width)) ==
                GIF_ERROR)
                return;
}

}  // namespace

result<void> decode_gif(facts const& f, std::string_view bytes, shrinker& to) {
    int error = 0;
    auto rest = bytes;
    auto const file = std::unique_ptr<GifFileType, closing>(DGifOpen(&rest, take_bytes, &error));
    auto const transparent = file ? find_picture(file.get()) : std::nullopt;
    if (!transparent)
        return undecodable("a GIF without a picture");
    auto const& place = file->Image;
    if (place.Left < 0 || place.Top < 0 || place.Width <= 0 || place.Height <= 0)
        return undecodable("damaged GIF");
    auto const left = static_cast<std::uint32_t>(place.Left), top = static_cast<std::uint32_t>(place.Top);
    size const picture{static_cast<std::uint32_t>(place.Width), static_cast<std::uint32_t>(place.Height)};
    if (left + picture.width > f.width || top + picture.height > f.height)
        return undecodable("two different sizes");
    auto const palette = colours_of(*file, *transparent);
    auto const fill = static_cast<std::uint8_t>(*transparent == NO_TRANSPARENT_COLOR ? 0 : *transparent);
    std::vector<std::uint8_t> numbers(std::size_t{picture.width} * picture.height, fill);
    read_rows(file.get(), picture, numbers);
    to.begin({f.width, f.height});
    std::vector<std::uint8_t> row(std::size_t{4} * f.width);
    for (std::uint32_t y = 0; y < f.height; ++y) {
        if (y < top || y >= top + picture.height) {
            to.empty_row();
            continue;
        }
        for (std::uint32_t x = 0; x < picture.width; ++x)
            std::copy_n(palette[numbers[std::size_t{y - top} * picture.width + x]].begin(), 4,
                        row.begin() + 4 * std::ptrdiff_t{left + x});
        to.row(row.data());
    }
    return {};
}

}  // namespace fetchd::tasks::image
