// A picture in memory, and making a large one small while its rows come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fetchd::tasks::image {

struct size {
    std::uint32_t width;
    std::uint32_t height;
};

struct pixels {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::vector<std::uint8_t> rgba;  // rows from the top, four bytes a pixel, colours not multiplied by alpha

    bool opaque() const;
};

// What of a width and height fits into `box` with its proportions kept, at least 1 by 1, never larger than it
// is.
size fit(size picture, size box);

// The picture as it is to be shown, by its orientation (1..8, TIFF 6.0 p. 36).
pixels oriented(pixels, std::uint32_t orientation);

// Takes a picture row by row and averages it down to the size wanted: each pixel of the result is the mean of
// the area it covers, weighted by alpha. Holds the result and two rows, never the source.
class shrinker {
  public:
    explicit shrinker(size wanted) : wanted_(wanted) {}

    size wanted() const { return wanted_; }

    // Before the first row: what comes. The result is never larger than that.
    void begin(size source);
    void row(
        std::uint8_t const* rgba);  // source.width pixels; rows past source.height are ignored. Never throws.
    void empty_row();               // a transparent one

    // The result; what has not come is transparent.
    pixels take() { return std::move(out_); }

  private:
    void finish_row();

    size wanted_;
    size source_{};
    pixels out_;
    std::vector<std::uint64_t> across_;  // sums over the row that came last
    std::vector<std::uint64_t> sums_;    // sums over the rows of the result's next row
    std::vector<std::uint8_t> empty_;
    std::uint32_t row_ = 0;   // of the result
    std::uint64_t left_ = 0;  // of it, in parts of a source row
};

}  // namespace fetchd::tasks::image
