// Tells documents apart by 128 bits: what was asked and the body, hashed piece by piece.
//
// XXH3 with a secret drawn when the program starts: nobody outside can make two documents that look alike.
// For memory that dies with the program; never to be written down or compared across starts.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct XXH3_state_s;

namespace fetchd::worker {

struct fingerprint {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(fingerprint const&) const = default;
};

struct fingerprint_hash {
    std::size_t operator()(fingerprint const& f) const { return static_cast<std::size_t>(f.low); }
};

class fingerprint_secret {
  public:
    fingerprint_secret();  // drawn from the system

  private:
    friend class fingerprinter;
    std::array<unsigned char, 192> bytes_;
};

// One document. The secret must outlive it. Throws bad_alloc only.
class fingerprinter {
  public:
    explicit fingerprinter(fingerprint_secret const&);

    // A part with its length, so that parts cannot be moved against each other: feed(size, first piece),
    // then the other pieces.
    void begin_part(std::size_t bytes);
    void feed(std::string_view piece);
    fingerprint value() const;

  private:
    struct free_state {
        void operator()(XXH3_state_s*) const;
    };
    std::unique_ptr<XXH3_state_s, free_state> state_;
};

}  // namespace fetchd::worker
