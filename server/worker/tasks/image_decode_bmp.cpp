// BMP without compression, and the pictures of an ICO, which are such or PNG.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {
namespace {

// A picture without its file header: BITMAPINFOHEADER or BITMAPCOREHEADER, colours, rows.
struct bitmap {
    byte_view data;
    std::size_t rows_at;
    std::uint32_t width, height, bits;
    bool from_top;
    std::size_t palette_at = 0;
    std::uint32_t palette_entry = 4;  // bytes
    std::uint32_t palette_count = 0;
    std::array<std::uint32_t, 4> masks{};  // red, green, blue, alpha; of 16 and 32 bits

    std::size_t stride() const { return (std::size_t{width} * bits + 31) / 32 * 4; }
};

std::uint8_t scaled(std::uint32_t value, std::uint32_t mask) {
    if (mask == 0)
        return 0;
    auto const shift = static_cast<unsigned>(std::countr_zero(mask));
    std::uint64_t const most = mask >> shift;
    return static_cast<std::uint8_t>(((value & mask) >> shift) * std::uint64_t{255} / most);
}

void read_pixel(bitmap const& b, std::size_t row, std::uint32_t x, std::uint8_t* to) {
    to[3] = 255;
    if (b.bits <= 8) {
        auto const bit = x * b.bits;
        auto const number = b.data.u8(row + bit / 8) >> (8 - b.bits - bit % 8) & ((1U << b.bits) - 1);
        auto const at = b.palette_at + std::size_t{number} * b.palette_entry;
        for (std::size_t c = 0; c < 3; ++c)
            to[c] = static_cast<std::uint8_t>(number < b.palette_count ? b.data.u8(at + 2 - c) : 0);
        return;
    }
    if (b.bits == 24) {
        for (std::size_t c = 0; c < 3; ++c)
            to[c] = static_cast<std::uint8_t>(b.data.u8(row + std::size_t{3} * x + 2 - c));
        return;
    }
    auto const value =
        b.bits == 16 ? b.data.le16(row + std::size_t{2} * x) : b.data.le32(row + std::size_t{4} * x);
    for (std::size_t c = 0; c < 3; ++c)
        to[c] = scaled(value, b.masks[c]);
    if (b.masks[3] != 0)
        to[3] = scaled(value, b.masks[3]);
}

// `header`: where it begins in `data`. Nothing where it is of a kind not known here.
std::optional<bitmap> bitmap_of(byte_view data, std::size_t header, bool icon) {
    bitmap b{data, 0, 0, 0, 0, false};
    auto const header_bytes = data.le32(header);
    bool const core = header_bytes == 12;
    auto const height = core ? data.le16(header + 6) : data.le32(header + 8);
    b.width = core ? data.le16(header + 4) : data.le32(header + 4);
    b.from_top = height >= 0x8000'0000U;
    b.height = b.from_top ? ~height + 1 : height;
    if (icon)
        b.height /= 2;  // its mask lies behind it
    b.bits = core ? data.le16(header + 10) : data.le16(header + 14);
    auto const compression = core ? 0 : data.le32(header + 16);
    bool const own_masks = compression == 3 || compression == 6;
    constexpr std::array known = {1U, 4U, 8U, 16U, 24U, 32U};
    if (std::find(known.begin(), known.end(), b.bits) == known.end())
        return std::nullopt;
    if (b.width == 0 || b.height == 0 || (compression != 0 && !own_masks) || (own_masks && b.bits < 16))
        return std::nullopt;
    b.masks = b.bits == 16 ? std::array<std::uint32_t, 4>{0x7C00, 0x3E0, 0x1F, 0}
                           : std::array<std::uint32_t, 4>{0xFF0000, 0xFF00, 0xFF, icon ? 0xFF000000U : 0};
    if (own_masks)  // inside the header where that has room for them, else behind it
        for (std::size_t c = 0; c < 4; ++c)
            b.masks[c] = c < 3 || header_bytes >= 56 ? data.le32(header + 40 + 4 * c) : 0;
    b.palette_at = header + header_bytes + (own_masks && header_bytes == 40 ? 12 : 0);
    b.palette_entry = core ? 3 : 4;
    auto const used = core ? 0 : data.le32(header + 32);
    b.palette_count = b.bits > 8 ? 0 : std::min(used == 0 ? 256U : used, 1U << b.bits);
    b.rows_at = b.palette_at + std::size_t{b.palette_entry} * b.palette_count;
    return b;
}

// The mask of an icon: a bit for every pixel, set where nothing is shown.
class icon_mask {
  public:
    explicit icon_mask(bitmap const& b) : b_(b), at_(b.rows_at + b.stride() * b.height) {
        stride_ = (std::size_t{b.width} + 31) / 32 * 4;
        // Pictures with alpha need none, and often have a wrong one; some have alpha that is 0 everywhere.
        wanted_ = b.bits != 32;
        if (!wanted_) {
            wanted_ = true;
            for (std::size_t i = 0; i < std::size_t{b.width} * b.height && wanted_; ++i)
                wanted_ = b.data.u8(b.rows_at + 4 * i + 3) == 0;
        }
    }

    void apply(std::uint32_t row, std::uint8_t* rgba) const {
        for (std::uint32_t x = 0; wanted_ && x < b_.width; ++x) {
            bool const hidden = (b_.data.u8(at_ + stride_ * row + x / 8) >> (7 - x % 8) & 1U) != 0;
            rgba[std::size_t{4} * x + 3] = hidden ? 0 : 255;
        }
    }

  private:
    bitmap const& b_;
    std::size_t at_;
    std::size_t stride_;
    bool wanted_;
};

result<void> decode_bitmap(bitmap const& b, bool icon, shrinker& to) {
    if (!b.data.has(b.rows_at, b.stride() * b.height))
        return undecodable("the file ends too early");
    std::optional<icon_mask> mask;
    if (icon)
        mask.emplace(b);
    to.begin({b.width, b.height});
    std::vector<std::uint8_t> row(std::size_t{4} * b.width);
    for (std::uint32_t y = 0; y < b.height; ++y) {
        auto const stored = b.from_top ? y : b.height - 1 - y;
        for (std::uint32_t x = 0; x < b.width; ++x)
            read_pixel(b, b.rows_at + b.stride() * stored, x, &row[std::size_t{4} * x]);
        if (mask)
            mask->apply(stored, row.data());
        to.row(row.data());
    }
    return {};
}

failure other_kind() {
    return {stage::process, code::unsupported_type, "a BMP of a kind that is not decoded"};
}

}  // namespace

result<void> decode_bmp(facts const& f, std::string_view bytes, shrinker& to) {
    byte_view const data(bytes);
    auto b = bitmap_of(data, 14, false);
    if (!b)
        return other_kind();
    if (b->width != f.width || b->height != f.height)
        return undecodable("two different sizes");
    b->rows_at = data.le32(10);
    return decode_bitmap(*b, false, to);
}

// The largest picture, of several of one size the one with the most colours.
result<void> decode_ico(facts const& f, std::string_view bytes, shrinker& to) {
    byte_view const all(bytes);
    icon const* best = nullptr;
    for (auto const& i : f.icons)
        if (i.width == f.width && i.height == f.height && (best == nullptr || i.bits > best->bits))
            best = &i;
    if (best == nullptr)
        return undecodable("an icon without a picture");
    auto const entry = 6 + 16 * static_cast<std::size_t>(best - f.icons.data());
    auto const picture = all.part(all.le32(entry + 12), all.le32(entry + 8));
    if (picture.starts_with("\x89PNG"))
        return decode_png(f, picture, to);
    auto const b = bitmap_of(byte_view(picture), 0, true);
    if (!b)
        return other_kind();
    if (b->width != f.width || b->height != f.height)
        return undecodable("two different sizes");
    return decode_bitmap(*b, true, to);
}

}  // namespace fetchd::tasks::image
