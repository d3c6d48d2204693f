// AVIF and HEIF: the boxes of ISO/IEC 14496-12 in which ISO/IEC 23008-12 describes the primary picture.
#include <array>

#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {
namespace {

constexpr std::size_t max_boxes = 10'000;  // of one box: the rest is not looked at

struct box {
    std::string_view type;
    byte_view data;
};

template <class Function>
void each_box(byte_view all, Function&& use) {
    std::size_t at = 0;
    for (std::size_t n = 0; n < max_boxes && all.has(at, 8); ++n) {
        std::uint64_t size = all.be32(at);
        std::size_t head = 8;
        if (size == 1) {
            size = all.be64(at + 8);
            head = 16;
        } else if (size == 0) {
            size = all.size() - at;  // to the end
        }
        if (size < head)
            return;
        auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(size, all.size() - at));
        use(box{all.part(at + 4, 4), byte_view(all.part(at + head, length - std::min(head, length)))});
        at += length;
    }
}

byte_view find(byte_view all, std::string_view type) {
    byte_view found{std::string_view()};
    each_box(all, [&](box const& b) {
        if (found.size() == 0 && b.type == type)
            found = b.data;
    });
    return found;
}

// Exif turns and mirrors in one of eight ways; here quarter turns against the clock come first, then a
// mirror.
std::uint32_t orientation_of(unsigned turns, bool mirrored, bool upside_down) {
    constexpr std::array<std::uint32_t, 4> turned = {1, 8, 3, 6};
    constexpr std::array<std::uint32_t, 4> left_right = {2, 7, 4, 5};  // mirrored on a vertical axis
    constexpr std::array<std::uint32_t, 4> up_down = {4, 5, 2, 7};
    return !mirrored ? turned[turns % 4] : upside_down ? up_down[turns % 4] : left_right[turns % 4];
}

// What the primary picture's properties say: their numbers, from 1, in `ipma`; themselves in `ipco`.
class properties {
  public:
    properties(byte_view container, facts& f) : f_(f) {
        each_box(container, [&](box const& b) {
            if (all_.size() < max_boxes)
                all_.push_back(b);
        });
    }

    void apply(std::size_t number) {
        if (number == 0 || number > all_.size())
            return;
        auto const& [type, data] = all_[number - 1];
        if (type == "ispe") {
            f_.width = data.be32(4);
            f_.height = data.be32(8);
        } else if (type == "pixi") {
            f_.bits = data.u8(5);
            f_.colour = data.u8(4) == 1 ? "grey" : "rgb";
        } else if (type == "colr") {
            f_.colour_profile = data.says(0, "prof") || data.says(0, "rICC");
        } else if (type == "irot") {
            turns_ = data.u8(0) & 3U;
        } else if (type == "imir") {
            mirrored_ = true;
            upside_down_ = (data.u8(0) & 1U) == 0;
        }
    }

    void finish() {
        f_.orientation = orientation_of(turns_, mirrored_, upside_down_);
        for (auto const& b : all_)
            if (b.type == "auxC" && b.data.part(4, 200).find("alpha") != std::string_view::npos)
                f_.alpha = true;
    }

  private:
    facts& f_;
    std::vector<box> all_;
    unsigned turns_ = 0;
    bool mirrored_ = false;
    bool upside_down_ = false;
};

// ItemPropertyAssociation (ISO/IEC 23008-12 §9.3).
void associate(byte_view b, std::uint32_t primary, properties& to) {
    bool const wide_items = b.u8(0) >= 1;
    bool const wide_numbers = (b.u8(3) & 1U) != 0;
    auto const count = b.be32(4);
    std::size_t at = 8;
    for (std::uint32_t i = 0; i < count && at < b.size(); ++i) {
        auto const item = wide_items ? b.be32(at) : b.be16(at);
        at += wide_items ? 4 : 2;
        auto const of_item = b.u8(at++);
        for (std::uint32_t n = 0; n < of_item; ++n, at += wide_numbers ? 2 : 1)
            if (item == primary)
                to.apply(wide_numbers ? b.be16(at) & 0x7FFFU : b.u8(at) & 0x7FU);
    }
}

// The number of the item that holds the Exif block (ItemInfoEntry); 0: none.
std::uint32_t exif_item(byte_view info) {
    std::uint32_t found = 0;
    each_box(byte_view(info.part(info.u8(0) == 0 ? 6 : 8, info.size())), [&](box const& b) {
        bool const wide = b.data.u8(0) == 3;
        if (b.type == "infe" && b.data.says(wide ? 10 : 8, "Exif"))
            found = wide ? b.data.be32(4) : b.data.be16(4);
    });
    return found;
}

// Where an item lies in the file (ItemLocation, §8.11.3); only one that lies there in one piece.
std::string_view item_bytes(byte_view file, byte_view b, std::uint32_t wanted) {
    auto const version = b.u8(0);
    auto const offset_size = b.u8(4) >> 4U, length_size = b.u8(4) & 15U;
    auto const base_size = b.u8(5) >> 4U, index_size = version > 0 ? b.u8(5) & 15U : 0U;
    auto const count = version < 2 ? b.be16(6) : b.be32(6);
    std::size_t at = version < 2 ? 8 : 10;
    auto const take = [&](std::size_t size) {
        auto const value = size == 8 ? b.be64(at) : size == 4 ? b.be32(at) : size == 2 ? b.be16(at) : 0;
        at += size;
        return value;
    };
    for (std::uint32_t i = 0; i < count && at < b.size(); ++i) {
        auto const item = take(version < 2 ? 2 : 4);
        auto const method = version > 0 ? take(2) & 15U : 0;
        take(2);  // the file it is in
        auto const base = take(base_size);
        auto const extents = take(2);
        if (item == wanted && method == 0 && extents == 1) {
            take(index_size);
            auto const offset = base + take(offset_size);
            auto const length = take(length_size);
            return offset < file.size() ? file.part(offset, length) : std::string_view();
        }
        at += extents * (index_size + offset_size + length_size);
    }
    return {};
}

void read_exif_item(byte_view file, byte_view meta, facts& f) {
    auto const item = exif_item(find(meta, "iinf"));
    if (item == 0)
        return;
    byte_view const block(item_bytes(file, find(meta, "iloc"), item));
    auto const turned = f.orientation;
    read_exif(block.part(4 + std::size_t{block.be32(0)}, block.size()), f);
    f.orientation = turned;  // the file's own properties are what counts (ISO/IEC 23008-12 annex A.2.1)
}

// The samples of the first track that shows pictures.
void read_sequence(byte_view movie, facts& f) {
    auto const track = find(movie, "trak");
    auto const table = find(find(find(track, "mdia"), "minf"), "stbl");
    auto const clock = find(find(track, "mdia"), "mdhd");
    auto const frames = find(table, "stsz").be32(8);
    if (frames <= 1)
        return;
    f.animated = true;
    f.frames = frames;
    bool const wide = clock.u8(0) == 1;
    auto const scale = clock.be32(wide ? 20 : 12);
    auto const length = wide ? clock.be64(24) : clock.be32(16);
    if (scale != 0 && length < std::uint64_t{1} << 50U)
        f.duration_ms = length * 1000 / scale;
}

}  // namespace

void read_avif(std::string_view bytes, facts& f) {
    byte_view const file(bytes);
    f.colour = "rgb";
    auto const whole_meta = find(file, "meta");
    byte_view const meta(whole_meta.part(4, whole_meta.size()));  // behind version and flags
    auto const primary_box = find(meta, "pitm");
    auto const primary = primary_box.u8(0) == 0 ? primary_box.be16(4) : primary_box.be32(4);
    auto const about = find(meta, "iprp");
    properties all(find(about, "ipco"), f);
    each_box(about, [&](box const& b) {
        if (b.type == "ipma")
            associate(b.data, primary, all);
    });
    all.finish();
    read_exif_item(file, meta, f);
    read_sequence(find(file, "moov"), f);
}

}  // namespace fetchd::tasks::image
