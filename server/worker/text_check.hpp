// Is what a worker says valid UTF-8, and one JSON value? In slices, so a large text never holds up the loop.
//
// Pure. A check is fed the text in order and asked at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fetchd::worker {

// The Unicode Standard, table 3-7: no overlong form, no surrogate, nothing past U+10FFFF.
class utf8_check {
  public:
    bool feed(std::string_view slice);  // false: not UTF-8, whatever follows
    bool finish() const { return missing_ == 0; }

  private:
    unsigned missing_ = 0;  // continuation bytes to come
    unsigned char low_ = 0x80;
    unsigned char high_ = 0xbf;  // what the next of them may be
};

bool valid_utf8(std::string_view text);

// Exactly one JSON value (RFC 8259, section 2) in valid UTF-8, at most `max_depth` deep, no half of a
// surrogate pair among its escapes (section 8.2). Builds nothing and allocates nothing.
class json_check {
  public:
    static constexpr std::size_t max_depth = 64;

    bool feed(std::string_view slice);  // false: not JSON, whatever follows
    bool finish() const;

  private:
    enum class state : std::uint8_t {
        value,        // a value must come
        first_item,   // a value, or the end of the array just begun
        first_name,   // a name, or the end of the object just begun
        name,         // a name must come
        colon,        // after a name
        value_ended,  // a comma, the end of what is open, or of everything
        in_string,
        escape,     // after a backslash
        hex,        // in the four digits of \\u
        half_pair,  // after a high surrogate: a backslash must come
        half_pair_u,
        minus,
        zero,
        integer,
        point,
        fraction,
        exponent,
        exponent_sign,
        exponent_digits,
        literal,
    };
    using bytes = unsigned char const*;

    bool structure(unsigned char c);
    bool begin_value(unsigned char c);
    bool open(bool object);
    bool close(bool object);
    bool escaped(unsigned char c);
    bool hex_digit(unsigned char c);
    bool number(unsigned char c);
    bool in_object() const { return (objects_ & 1U) != 0; }

    utf8_check utf8_;
    state state_ = state::value;
    unsigned depth_ = 0;
    std::uint64_t objects_ = 0;   // a bit for each level, the innermost lowest: is it an object?
    bool in_name_ = false;        // the string is a name
    bool wants_low_ = false;      // a high surrogate came before
    unsigned digits_ = 0;         // of \\u so far
    unsigned unit_ = 0;           // what they say
    char const* rest_ = nullptr;  // of the literal
};

}  // namespace fetchd::worker
