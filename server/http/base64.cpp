#include "http/base64.hpp"

#include <array>
#include <cstdint>

namespace fetchd {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t no_digit = 0x80;

constexpr auto digits = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
}

std::uint32_t digit_at(std::string_view text, std::size_t i) {
    return digits[static_cast<unsigned char>(text[i])];
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const group = byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
        for (int shift = 18; shift >= 0; shift -= 6)
            text += alphabet[group >> shift & 63];
    }
    auto const missing = (3 - bytes.size() % 3) % 3;
    return text.replace(text.size() - missing, missing, missing, '=');
}

std::optional<std::string> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0)
        return {};
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t group = 0;
    std::uint32_t wrong = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        wrong |= digit_at(text, i);
        group = group << 6 | digit_at(text, i);
        if (i % 4 != 3)
            continue;
        bytes += {static_cast<char>(group >> 16), static_cast<char>(group >> 8), static_cast<char>(group)};
        group = 0;
    }
    if (padding == 1)
        bytes += {static_cast<char>(group >> 10), static_cast<char>(group >> 2)};
    if (padding == 2)
        bytes += static_cast<char>(group >> 4);
    auto const unused = padding == 1 ? group & 3 : padding == 2 ? group & 15 : 0;
    if (wrong >= no_digit || unused != 0)
        return {};
    return bytes;
}

}  // namespace fetchd
