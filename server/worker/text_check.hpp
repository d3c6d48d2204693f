// Is what a worker says valid UTF-8, and one JSON value? In slices, so a large text never holds up the loop.
//
// Pure. A check is fed the text in order and asked at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

// Exactly one JSON value (RFC 8259) in valid UTF-8, at most `max_depth` deep. Builds nothing.
class json_check {
  public:
    static constexpr std::size_t max_depth = 64;

    json_check();
    ~json_check();
    bool feed(std::string_view slice);
    bool finish();

  private:
    struct parser;
    std::unique_ptr<parser> parser_;
};

}  // namespace fetchd::worker
