// Reads the chunked transfer coding (RFC 9112 §7.1), without any I/O.
//
// Strict: sizes are hexadecimal digits, lines end in CRLF, extensions and trailers are skipped and bounded.
// Anything else is malformed, and the connection is worth nothing afterwards.
#pragma once

#include <cstdint>
#include <string_view>

namespace fetchd {

class chunked_reader {
  public:
    static constexpr std::size_t max_extensions = 16 * 1024;  // all chunks of a body together
    static constexpr std::size_t max_trailers = 8 * 1024;

    enum class state { more, done, malformed };
    struct step {
        std::size_t consumed;   // bytes of the input that are used up, payload included
        std::string_view data;  // payload: a part of the input, may be empty
    };

    // Reads up to the end of one piece of payload. Call again with the rest of the input until it consumes
    // nothing and gives nothing: then it needs more bytes, or status() is no longer `more`.
    step read(std::string_view input);

    state status() const { return status_; }
    char const* problem() const { return problem_; }

    // Something stood behind a chunk size: an extension, or what passes for one. Nobody sends them in
    // earnest, readers differ over where they end, and so the connection should not be used again.
    bool sloppy() const { return sloppy_; }

  private:
    enum class at {
        size_start,
        size,
        size_space,
        extension,
        size_lf,
        data,
        data_lf,
        trailer_start,
        trailer,
        trailer_lf,
        last_lf
    };

    void take(char c);
    void refuse(char const* why);

    at at_ = at::size_start;
    state status_ = state::more;
    char const* problem_ = "";
    std::uint64_t left_ = 0;  // of the chunk at hand
    unsigned digits_ = 0;
    bool sloppy_ = false;
    std::size_t extensions_ = 0;
    std::size_t trailers_ = 0;
};

}  // namespace fetchd
