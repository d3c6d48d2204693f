#include "http/percent.hpp"

#include <algorithm>

#include <array>

namespace fetchd {
namespace {

constexpr std::uint8_t bit(percent_set set) {
    return static_cast<std::uint8_t>(set);
}

constexpr void add(std::array<std::uint8_t, 256>& table, std::string_view bytes, int sets) {
    for (char c : bytes)
        table[static_cast<unsigned char>(c)] |= static_cast<std::uint8_t>(sets);
}

constexpr std::array<std::uint8_t, 256> make_sets() {
    using enum percent_set;
    constexpr int in_component = bit(component);
    constexpr int in_userinfo = bit(userinfo) | in_component;
    constexpr int in_path = bit(path) | in_userinfo;
    constexpr int in_query = bit(query) | bit(special_query) | in_path;
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        if (c < 0x20 || c > 0x7e)
            table[c] = 0x7f;
    add(table, " \"<>", in_query | bit(fragment));
    add(table, "#", in_query);
    add(table, "'", bit(special_query));
    add(table, "`", in_path | bit(fragment));
    add(table, "?^{}", in_path);
    add(table, "/:;=@[\\]|", in_userinfo);
    add(table, "$%&+,", in_component);
    return table;
}

constexpr auto sets = make_sets();

constexpr std::array<signed char, 256> make_hex() {
    std::array<signed char, 256> table{};
    table.fill(-1);
    for (signed char i = 0; i < 10; ++i)
        table[static_cast<std::size_t>('0' + i)] = i;
    for (signed char i = 0; i < 6; ++i) {
        table[static_cast<std::size_t>('a' + i)] = static_cast<signed char>(10 + i);
        table[static_cast<std::size_t>('A' + i)] = static_cast<signed char>(10 + i);
    }
    return table;
}

constexpr auto hex = make_hex();

}  // namespace

bool needs_percent(unsigned char byte, percent_set set) {
    return (sets[byte] & bit(set)) != 0;
}

void append_percent_encoded(std::string& out, std::string_view text, percent_set set) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::size_t run = 0;  // begin of the bytes that go out as they are
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto c = static_cast<unsigned char>(text[i]);
        if (!needs_percent(c, set))
            continue;
        out.append(text, run, i - run);
        char const escaped[] = {'%', digits[c >> 4], digits[c & 15]};
        out.append(escaped, 3);
        run = i + 1;
    }
    out.append(text, run);
}

std::string percent_encode_component(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    append_percent_encoded(out, text, percent_set::component);
    return out;
}

std::string percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const plain = std::min(text.find('%', i), text.size());
        out.append(text, i, plain - i);
        if ((i = plain) == text.size())
            break;
        int high = -1, low = -1;
        if (text.size() - i > 2) {
            high = hex_value(text[i + 1]);
            low = hex_value(text[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += '%';
        }
    }
    return out;
}

int hex_value(char c) {
    return hex[static_cast<unsigned char>(c)];
}

}  // namespace fetchd
