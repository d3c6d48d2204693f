#include <bit>
#include <cstring>

#include "worker/text_check.hpp"

namespace fetchd::worker {
namespace {

bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

bool is_space(unsigned char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

constexpr std::uint64_t each(std::uint64_t byte) {
    return byte * 0x0101010101010101U;
}

// The high bit of each of the eight bytes that is below `limit` (at most 0x80), bytes from 0x80 on are not.
// Above the lowest bit that is set, others may be set wrongly.
std::uint64_t below(std::uint64_t word, unsigned limit) {
    return (word - each(limit)) & ~word & each(0x80);
}

// Passes over what needs no look: anything but a quote, a backslash and controls.
unsigned char const* past_plain(unsigned char const* p, unsigned char const* end) {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
    for (std::uint64_t word = 0; end - p >= 8; p += 8) {
        std::memcpy(&word, p, sizeof word);
        auto const found = below(word, 0x20) | below(word ^ each('"'), 1) | below(word ^ each('\\'), 1);
        if (found != 0)
            return p + std::countr_zero(found) / 8;
    }
    while (p != end && *p >= 0x20 && *p != '"' && *p != '\\')
        ++p;
    return p;
}

}  // namespace

bool json_check::feed(std::string_view slice) {
    if (!utf8_.feed(slice))
        return false;
    auto const* p = reinterpret_cast<unsigned char const*>(slice.data());
    auto const* const end = p + slice.size();
    while (p != end) {
        if (state_ == state::in_string) {
            p = past_plain(p, end);
            if (p == end)
                break;
            if (*p == '"')
                state_ = in_name_ ? state::colon : state::value_ended;
            else if (*p == '\\')
                state_ = state::escape;
            else
                return false;
            ++p;
        } else if (!structure(*p++)) {
            return false;
        }
    }
    return true;
}

bool json_check::finish() const {
    bool const number_ended = state_ == state::zero || state_ == state::integer ||
                              state_ == state::fraction || state_ == state::exponent_digits;
    return depth_ == 0 && (state_ == state::value_ended || number_ended) && utf8_.finish();
}

bool json_check::structure(unsigned char c) {
    switch (state_) {
        case state::value:
        case state::first_item:
            return is_space(c) || (c == ']' && state_ == state::first_item ? close(false) : begin_value(c));
        case state::first_name:
        case state::name:
            if (c != '"')
                return is_space(c) || (c == '}' && state_ == state::first_name && close(true));
            in_name_ = true;
            state_ = state::in_string;
            return true;
        case state::colon:
            if (c == ':')
                state_ = state::value;
            return c == ':' || is_space(c);
        case state::value_ended:
            if (c == ',' && depth_ > 0) {
                state_ = in_object() ? state::name : state::value;
                return true;
            }
            return is_space(c) || (c == ']' && close(false)) || (c == '}' && close(true));
        case state::escape:
        case state::hex:
        case state::half_pair:
        case state::half_pair_u:
            return escaped(c);
        case state::literal:
            if (c != static_cast<unsigned char>(*rest_))
                return false;
            if (*++rest_ == '\0')
                state_ = state::value_ended;
            return true;
        default:
            return number(c);
    }
}

bool json_check::begin_value(unsigned char c) {
    auto const rest_is = [this](char const* rest) {
        rest_ = rest;
        state_ = state::literal;
        return true;
    };
    switch (c) {
        case '{':
            return open(true);
        case '[':
            return open(false);
        case '"':
            in_name_ = false;
            state_ = state::in_string;
            return true;
        case 't':
            return rest_is("rue");
        case 'f':
            return rest_is("alse");
        case 'n':
            return rest_is("ull");
        case '-':
            state_ = state::minus;
            return true;
        default:
            state_ = c == '0' ? state::zero : state::integer;
            return is_digit(c);
    }
}

bool json_check::open(bool object) {
    static_assert(max_depth <= 64, "a bit for each level");
    if (depth_ == max_depth)
        return false;
    ++depth_;
    objects_ = objects_ << 1U | (object ? 1U : 0U);
    state_ = object ? state::first_name : state::first_item;
    return true;
}

bool json_check::close(bool object) {
    if (depth_ == 0 || in_object() != object)
        return false;
    --depth_;
    objects_ >>= 1U;
    state_ = state::value_ended;
    return true;
}

bool json_check::escaped(unsigned char c) {
    switch (state_) {
        case state::half_pair:
            state_ = state::half_pair_u;
            return c == '\\';
        case state::hex:
            return hex_digit(c);
        default:
            break;
    }
    if (c == 'u') {
        wants_low_ = state_ == state::half_pair_u;
        digits_ = unit_ = 0;
        state_ = state::hex;
        return true;
    }
    bool const known = state_ == state::escape && c != '\0' && std::strchr("\"\\/bfnrt", c) != nullptr;
    state_ = state::in_string;
    return known;
}

bool json_check::hex_digit(unsigned char c) {
    unsigned const lower = c | 0x20U;
    if (is_digit(c))
        unit_ = unit_ << 4U | (c - '0');
    else if (lower >= 'a' && lower <= 'f')
        unit_ = unit_ << 4U | (lower - 'a' + 10);
    else
        return false;
    if (++digits_ < 4)
        return true;
    bool const low = unit_ >= 0xdc00 && unit_ <= 0xdfff;
    bool const high = unit_ >= 0xd800 && unit_ <= 0xdbff;
    state_ = high ? state::half_pair : state::in_string;
    return low == wants_low_;
}

// RFC 8259, section 6.
bool json_check::number(unsigned char c) {
    bool const digit = is_digit(c);
    switch (state_) {
        case state::minus:
            state_ = c == '0' ? state::zero : state::integer;
            return digit;
        case state::point:
            state_ = state::fraction;
            return digit;
        case state::exponent:
            state_ = digit ? state::exponent_digits : state::exponent_sign;
            return digit || c == '+' || c == '-';
        case state::exponent_sign:
            state_ = state::exponent_digits;
            return digit;
        default:
            break;
    }
    if (digit && state_ != state::zero)
        return true;
    if (c == '.' && (state_ == state::zero || state_ == state::integer))
        state_ = state::point;
    else if ((c | 0x20U) == 'e' && state_ != state::exponent_digits)
        state_ = state::exponent;
    else {
        state_ = state::value_ended;
        return structure(c);
    }
    return true;
}

}  // namespace fetchd::worker
