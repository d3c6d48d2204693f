// TIFF's directories of tags (TIFF 6.0 section 2) and what Exif keeps in them (JEITA CP-3451 section 4.6).
#include <array>
#include <bit>
#include <cmath>

#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/image_tags.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::image {
namespace {

constexpr std::size_t max_text = 1000;

// "2024:05:06 07:08:09", and "+02:00" or nothing.
std::string time_of(std::string_view when, std::string_view offset) {
    constexpr std::string_view shape = "0000:00:00 00:00:00";
    auto const fits = [](std::string_view s, std::string_view as) {
        if (s.size() < as.size())
            return false;
        for (std::size_t i = 0; i < as.size(); ++i)
            if (as[i] == '0' ? s[i] < '0' || s[i] > '9' : s[i] != as[i])
                return false;
        return true;
    };
    if (!fits(when, shape) || when.starts_with("0000"))
        return {};
    std::string out(when.substr(0, shape.size()));
    out[4] = out[7] = '-';
    out[10] = 'T';
    if (fits(offset, "+00:00") || fits(offset, "-00:00"))
        out += offset.substr(0, 6);
    return out;
}

std::optional<double> degrees(tags const& t, unsigned value, unsigned reference, char negative, double most) {
    auto const d = t.fraction(value, 0);
    auto const minutes = t.fraction(value, 1).value_or(0);
    auto const seconds = t.fraction(value, 2).value_or(0);
    if (!d)
        return std::nullopt;
    auto const all = *d + minutes / 60 + seconds / 3600;
    if (!(all >= 0 && all <= most))
        return std::nullopt;
    return t.text(reference).starts_with(negative) ? -all : all;
}

void read_place(tags const& t, exif_facts& e) {
    e.has_location = t.has(2) || t.has(4);
    auto const latitude = degrees(t, 2, 1, 'S', 90);
    auto const longitude = degrees(t, 4, 3, 'W', 180);
    if (latitude && longitude)
        e.location = position{*latitude, *longitude};
}

void read_shot(tags const& t, tags const& main, exif_facts& e) {
    auto const taken = t.text(0x9003);
    e.taken = taken.empty() ? time_of(main.text(0x0132), t.text(0x9010)) : time_of(taken, t.text(0x9011));
    e.lens = t.text(0xA434);
    e.exposure_s = t.fraction(0x829A).value_or(0);
    e.f_number = t.fraction(0x829D).value_or(0);
    e.focal_length_mm = t.fraction(0x920A).value_or(0);
    e.iso = t.number(0x8827).value_or(0);
}

}  // namespace

tags::tags(byte_view all, bool big, std::size_t at) : all_(all), big_(big), at_(at), count_(u16(at)) {
    if (at_ < 8 || !all_.has(at_ + 2, 12 * std::size_t{count_}))
        count_ = 0;
}

std::optional<tags> tags::first(std::string_view block) {
    byte_view const b(block);
    bool const big = b.says(0, {"MM\0*", 4});
    if (!big && !b.says(0, {"II*\0", 4}))
        return std::nullopt;
    return tags(b, big, big ? b.be32(4) : b.le32(4));
}

tags tags::at(std::size_t offset) const {
    return {all_, big_, offset};
}

std::uint32_t tags::next() const {
    return count_ == 0 ? 0 : u32(at_ + 2 + 12 * std::size_t{count_});
}

std::size_t tags::find(unsigned tag) const {
    for (std::size_t i = 0; i < count_; ++i)
        if (u16(at_ + 2 + 12 * i) == tag)
            return at_ + 2 + 12 * i;
    return 0;
}

// Where value `index` of an entry lies: in the entry where all of them fit into four bytes.
std::optional<std::size_t> tags::value(std::size_t entry, std::size_t size, std::size_t index) const {
    auto const count = u32(entry + 4);
    if (index >= count)
        return std::nullopt;
    auto const begin = size * std::uint64_t{count} <= 4 ? entry + 8 : u32(entry + 8);
    auto const at = begin + size * index;
    return all_.has(at, size) ? std::optional(at) : std::nullopt;
}

std::optional<std::uint32_t> tags::number(unsigned tag, std::size_t index) const {
    auto const entry = find(tag);
    if (entry == 0)
        return std::nullopt;
    auto const type = u16(entry + 2);
    auto const size = type == 3 ? 2U : type == 4 ? 4U : type == 1 ? 1U : 0U;  // SHORT, LONG, BYTE
    auto const at = size == 0 ? std::nullopt : value(entry, size, index);
    if (!at)
        return std::nullopt;
    return size == 2 ? u16(*at) : size == 4 ? u32(*at) : all_.u8(*at);
}

std::optional<double> tags::fraction(unsigned tag, std::size_t index) const {
    auto const entry = find(tag);
    if (entry == 0 || u16(entry + 2) != 5)  // RATIONAL
        return std::nullopt;
    auto const at = value(entry, 8, index);
    if (!at || u32(*at + 4) == 0)
        return std::nullopt;
    return double{static_cast<double>(u32(*at))} / u32(*at + 4);
}

std::string tags::text(unsigned tag) const {
    auto const entry = find(tag);
    if (entry == 0 || u16(entry + 2) != 2)  // ASCII, by its name only
        return {};
    auto const begin = value(entry, 1, 0);
    if (!begin)
        return {};
    auto raw = all_.part(*begin, std::min<std::size_t>(u32(entry + 4), 4 * max_text));
    raw = raw.substr(0, raw.find('\0'));
    std::string valid;
    utf8::append_valid(valid, raw);
    for (auto& c : valid)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    return std::string(utf8::prefix(utf8::trimmed(valid), max_text));
}

void read_resolution(tags const& t, facts& f) {
    auto const unit = t.number(0x0128).value_or(2);  // 2: inch, 3: centimetre
    if (unit != 2 && unit != 3)
        return;
    f.dpi_x = t.fraction(0x011A).value_or(0) * (unit == 3 ? 2.54 : 1);
    f.dpi_y = t.fraction(0x011B).value_or(0) * (unit == 3 ? 2.54 : 1);
}

void read_camera(tags const& t, facts& f) {
    exif_facts e;
    e.make = t.text(0x010F);
    e.model = t.text(0x0110);
    e.software = t.text(0x0131);
    e.description = t.text(0x010E);
    e.artist = t.text(0x013B);
    e.copyright = t.text(0x8298);
    read_shot(t.at(t.number(0x8769).value_or(0)), t, e);
    if (auto const place = t.number(0x8825))
        read_place(t.at(*place), e);
    if (auto const o = t.number(0x0112); o && *o >= 1 && *o <= 8)
        f.orientation = *o;
    f.exif = std::move(e);
}

void read_exif(std::string_view block, facts& f) {
    auto const t = tags::first(block);
    if (!t || t->empty())
        return;
    read_camera(*t, f);
    if (f.dpi_x == 0)
        read_resolution(*t, f);
}

}  // namespace fetchd::tasks::image
