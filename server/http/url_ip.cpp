#include "http/url_ip.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "http/percent.hpp"

namespace fetchd {
namespace {

// One part of an IPv4 address: decimal, octal after "0", hexadecimal after "0x". Values that cannot fit are
// all the same to the caller, so the number stops growing at 2^32.
std::optional<std::uint64_t> parse_ipv4_number(std::string_view part) {
    if (part.empty())
        return std::nullopt;
    unsigned radix = 10;
    if (part.size() >= 2 && part[0] == '0') {
        bool hexadecimal = part[1] == 'x' || part[1] == 'X';
        part.remove_prefix(hexadecimal ? 2 : 1);
        radix = hexadecimal ? 16 : 8;
    }
    constexpr std::uint64_t too_large = std::uint64_t{1} << 32;
    std::uint64_t value = 0;
    for (char c : part) {
        int digit = hex_value(c);
        if (digit < 0 || static_cast<unsigned>(digit) >= radix)
            return std::nullopt;
        value = std::min(value * radix + static_cast<unsigned>(digit), too_large);
    }
    return value;
}

// Up to eight 16-bit pieces, and where "::" stood among them.
struct ipv6_pieces {
    std::array<std::uint16_t, 8> value{};
    std::uint8_t count = 0;
    std::optional<std::uint8_t> compress;

    void add(unsigned piece) { value[count++ & 7U] = static_cast<std::uint16_t>(piece); }
};

// The last 32 bits spelt as strict dotted decimal: four parts, no leading zeros.
bool append_embedded_ipv4(ipv6_pieces& pieces, std::string_view text) {
    if (pieces.count > 6)
        return false;
    std::array<unsigned, 4> parts{};
    std::size_t at = 0;
    for (std::size_t part = 0; part < 4; ++part) {
        if (part > 0 && (at >= text.size() || text[at++] != '.'))
            return false;
        std::size_t begin = at;
        while (at < text.size() && is_digit(text[at]) && parts[part] <= 255)
            parts[part] = parts[part] * 10 + static_cast<unsigned>(text[at++] - '0');
        bool leading_zero = at - begin > 1 && text[begin] == '0';
        if (at == begin || leading_zero || parts[part] > 255)
            return false;
    }
    pieces.add(parts[0] << 8 | parts[1]);
    pieces.add(parts[2] << 8 | parts[3]);
    return at == text.size();
}

bool read_pieces(ipv6_pieces& pieces, std::string_view text) {
    std::size_t at = 0;
    if (text.starts_with(':')) {
        if (!text.starts_with("::"))
            return false;
        at = 2;
        pieces.compress = 0;
    }
    while (at < text.size()) {
        if (pieces.count == 8)
            return false;
        if (text[at] == ':') {
            if (pieces.compress)
                return false;
            ++at;
            pieces.compress = pieces.count;
            continue;
        }
        std::size_t begin = at;
        unsigned value = 0;
        while (at < text.size() && at - begin < 4 && hex_value(text[at]) >= 0)
            value = value * 16 + static_cast<unsigned>(hex_value(text[at++]));
        if (at < text.size() && text[at] == '.')
            return at > begin && append_embedded_ipv4(pieces, text.substr(begin));
        if (at < text.size()) {
            // A single ':' has to be followed by a piece or by the second ':' of a "::".
            if (text[at] != ':' || ++at == text.size())
                return false;
        }
        pieces.add(value);
    }
    return true;
}

// The longest run of at least two zero pieces, the first of equals: {begin, length}, length 0 where none.
std::pair<int, int> zero_run(std::array<std::uint16_t, 8> const& pieces) {
    std::pair<int, int> best{-1, 0};
    for (int i = 0; i < 8; ++i) {
        int end = i;
        while (end < 8 && pieces[static_cast<std::size_t>(end)] == 0)
            ++end;
        if (end - i > std::max(best.second, 1))
            best = {i, end - i};
        i = std::max(i, end - 1);
    }
    return best;
}

void append_number(std::string& out, unsigned value, int base) {
    char digits[8];
    auto end = std::to_chars(digits, digits + sizeof digits, value, base).ptr;
    out.append(digits, end);
}

}  // namespace

bool ends_in_number(std::string_view domain) {
    if (domain.ends_with('.'))
        domain.remove_suffix(1);
    auto last = domain.substr(domain.rfind('.') + 1);
    if (last.empty() || !is_digit(last[0]))
        return false;
    if (last.find_first_not_of("0123456789") == last.npos)
        return true;
    return parse_ipv4_number(last).has_value();
}

std::optional<ipv4_bytes> parse_url_ipv4(std::string_view text) {
    if (text.ends_with('.'))
        text.remove_suffix(1);
    std::array<std::uint64_t, 4> parts{};
    std::size_t count = 0;
    for (;;) {
        auto dot = text.find('.');
        auto number = parse_ipv4_number(text.substr(0, dot));
        if (!number || count == 4)
            return std::nullopt;
        parts[count++] = *number;
        if (dot == text.npos)
            break;
        text.remove_prefix(dot + 1);
    }
    // The last part fills all bytes the others leave.
    std::uint64_t value = parts[count - 1];
    if (value >= std::uint64_t{1} << (8 * (5 - count)))
        return std::nullopt;
    for (std::size_t i = 0; i + 1 < count; ++i) {
        if (parts[i] > 255)
            return std::nullopt;
        value |= parts[i] << (8 * (3 - i));
    }
    return ipv4_bytes{static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
                      static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

std::optional<ipv6_bytes> parse_url_ipv6(std::string_view text) {
    ipv6_pieces pieces;
    if (!read_pieces(pieces, text))
        return std::nullopt;
    if (pieces.compress ? pieces.count > 7 : pieces.count != 8)
        return std::nullopt;
    if (pieces.compress) {
        // What stood after "::" moves to the end; the pieces never set are zero.
        auto begin = pieces.value.begin();
        std::rotate(begin + *pieces.compress, begin + pieces.count, pieces.value.end());
    }
    ipv6_bytes bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[2 * i] = static_cast<std::uint8_t>(pieces.value[i] >> 8);
        bytes[2 * i + 1] = static_cast<std::uint8_t>(pieces.value[i]);
    }
    return bytes;
}

void append_ipv4(std::string& out, ipv4_bytes const& address) {
    for (std::size_t i = 0; i < address.size(); ++i) {
        if (i > 0)
            out += '.';
        append_number(out, address[i], 10);
    }
}

void append_ipv6(std::string& out, ipv6_bytes const& address) {
    std::array<std::uint16_t, 8> pieces{};
    for (std::size_t i = 0; i < 8; ++i)
        pieces[i] = static_cast<std::uint16_t>(address[2 * i] << 8 | address[2 * i + 1]);
    auto [begin, length] = zero_run(pieces);
    for (int i = 0; i < 8; ++i) {
        if (length > 0 && i == begin) {
            out += i == 0 ? "::" : ":";
            i += length - 1;
            continue;
        }
        append_number(out, pieces[static_cast<std::size_t>(i)], 16);
        if (i != 7)
            out += ':';
    }
}

}  // namespace fetchd
