#include "worker/tasks/utf8.hpp"

#include <cstring>

namespace fetchd::utf8 {
namespace {

// What the bytes at the start are: a good sequence of `length` bytes, or a bad piece of that length, which is
// the part that could still have begun a good one (Unicode §3.9, maximal subparts).
struct piece {
    std::size_t length;
    bool good;
};

piece next_piece(std::string_view s) {
    auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
    auto within = [&](std::size_t i, unsigned low, unsigned high) { return at(i) >= low && at(i) <= high; };
    auto const lead = at(0);
    if (lead < 0x80)
        return {1, true};
    if (lead < 0xC2 || lead > 0xF4)
        return {1, false};
    if (lead < 0xE0)
        return within(1, 0x80, 0xBF) ? piece{2, true} : piece{1, false};
    // The second byte's range is what shuts out overlong forms, surrogates and what is past the end.
    unsigned const low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned const high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (!within(1, low, high))
        return {1, false};
    if (!within(2, 0x80, 0xBF))
        return {2, false};
    if (lead < 0xF0)
        return {3, true};
    return within(3, 0x80, 0xBF) ? piece{4, true} : piece{3, false};
}

// The length of a good sequence of two or three bytes of the kinds that need no range of their own: nearly
// all there are. 0: next_piece() has to look.
inline std::size_t common_length(std::string_view s) {
    if (s.size() < 3)
        return 0;
    auto const lead = static_cast<unsigned char>(s[0]);
    auto const follows = [&](std::size_t i) { return (static_cast<unsigned char>(s[i]) & 0xC0U) == 0x80; };
    if (lead >= 0xC2 && lead < 0xE0)
        return follows(1) ? 2 : 0;
    if (lead > 0xE0 && lead < 0xF0 && lead != 0xED)
        return follows(1) && follows(2) ? 3 : 0;
    return 0;
}

}  // namespace

std::size_t valid_prefix(std::string_view bytes) {
    std::size_t i = 0;
    while (i < bytes.size()) {
        std::uint64_t word = 0;
        while (i + sizeof word <= bytes.size()) {
            std::memcpy(&word, bytes.data() + i, sizeof word);
            if ((word & 0x8080808080808080U) != 0)
                break;
            i += sizeof word;
        }
        while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) < 0x80)
            ++i;
        while (i < bytes.size() && static_cast<unsigned char>(bytes[i]) >= 0x80) {
            if (auto const quick = common_length(bytes.substr(i)); quick != 0) {
                i += quick;
                continue;
            }
            auto const p = next_piece(bytes.substr(i));
            if (!p.good)
                return i;
            i += p.length;
        }
    }
    return i;
}

std::size_t bad_prefix(std::string_view bytes) {
    return bytes.empty() ? 0 : next_piece(bytes).length;
}

void append_valid(std::string& out, std::string_view bytes) {
    while (!bytes.empty()) {
        auto const good = valid_prefix(bytes);
        out.append(bytes.substr(0, good));
        bytes.remove_prefix(good);
        if (bytes.empty())
            return;
        out += "\xEF\xBF\xBD";
        bytes.remove_prefix(bad_prefix(bytes));
    }
}

void append(std::string& out, std::uint32_t c) {
    auto byte = [&](std::uint32_t b) { out += static_cast<char>(b); };
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    if (c < 0x80)
        return byte(c);
    if (c < 0x800) {
        byte(0xC0U | c >> 6U);
    } else {
        if (c < 0x10000) {
            byte(0xE0U | c >> 12U);
        } else {
            byte(0xF0U | c >> 18U);
            byte(0x80U | (c >> 12U & 0x3FU));
        }
        byte(0x80U | (c >> 6U & 0x3FU));
    }
    byte(0x80U | (c & 0x3FU));
}

std::string_view prefix(std::string_view s, std::size_t bytes) {
    if (s.size() <= bytes)
        return s;
    while (bytes > 0 && (static_cast<unsigned char>(s[bytes]) & 0xC0U) == 0x80)
        --bytes;
    return s.substr(0, bytes);
}

}  // namespace fetchd::utf8
