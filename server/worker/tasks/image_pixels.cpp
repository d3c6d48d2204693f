#include "worker/tasks/image_pixels.hpp"

#include <algorithm>
#include <cstring>

namespace fetchd::tasks::image {

bool pixels::opaque() const {
    for (std::size_t i = 3; i < rgba.size(); i += 4)
        if (rgba[i] != 255)
            return false;
    return true;
}

size fit(size picture, size box) {
    if (picture.width <= box.width && picture.height <= box.height)
        return picture;
    std::uint64_t const w = picture.width, h = picture.height;
    auto const rounded = [](std::uint64_t a, std::uint64_t b) {
        return static_cast<std::uint32_t>(std::max<std::uint64_t>((2 * a + b) / (2 * b), 1));
    };
    if (w * box.height >= h * box.width)
        return {box.width, rounded(h * box.width, w)};
    return {rounded(w * box.height, h), box.height};
}

pixels oriented(pixels from, std::uint32_t orientation) {
    if (orientation < 2 || orientation > 8)
        return from;
    bool const turned = orientation >= 5;
    pixels to;
    to.width = turned ? from.height : from.width;
    to.height = turned ? from.width : from.height;
    to.rgba.resize(from.rgba.size());
    for (std::uint32_t y = 0; y < from.height; ++y)
        for (std::uint32_t x = 0; x < from.width; ++x) {
            auto const right = from.width - 1 - x, below = from.height - 1 - y;
            // 2: mirrored; 3: both ends changed; 4: top and bottom changed; 5 to 8: with rows and columns
            // exchanged, as they are, turned to the right, both ends changed, turned to the left.
            auto const across =
                turned ? (orientation == 5 || orientation == 8 ? y : below) : (orientation == 4 ? x : right);
            auto const down =
                turned ? (orientation == 5 || orientation == 6 ? x : right) : (orientation == 2 ? y : below);
            std::memcpy(&to.rgba[4 * (std::size_t{down} * to.width + across)],
                        &from.rgba[4 * (std::size_t{y} * from.width + x)], 4);
        }
    return to;
}

void shrinker::begin(size source) {
    source_ = source;
    wanted_.width = std::min(wanted_.width, source.width);
    wanted_.height = std::min(wanted_.height, source.height);
    out_.width = wanted_.width;
    out_.height = wanted_.height;
    out_.rgba.assign(std::size_t{4} * out_.width * out_.height, 0);
    across_.assign(std::size_t{4} * out_.width, 0);
    sums_.assign(across_.size(), 0);
    empty_.assign(std::size_t{4} * source.width, 0);
    row_ = 0;
    left_ = source.height;
}

// A source pixel is wanted_.width parts wide, one of the result source_.width: every length is a whole
// number. A pixel of the source touches two of the result at most, since the result is not larger.
void shrinker::row(std::uint8_t const* rgba) {
    if (row_ == out_.height)
        return;
    std::fill(across_.begin(), across_.end(), 0);
    auto* to = across_.data();
    std::uint64_t const part = wanted_.width;
    std::uint64_t left = source_.width;
    auto const add = [&](std::uint8_t const* p, std::uint64_t weight) {
        auto const alpha = weight * p[3];
        to[0] += alpha * p[0];
        to[1] += alpha * p[1];
        to[2] += alpha * p[2];
        to[3] += alpha;
    };
    for (std::uint32_t x = 0; x < source_.width; ++x, rgba += 4) {
        auto const first = std::min(part, left);
        add(rgba, first);
        left -= first;
        if (left != 0)
            continue;
        to += 4;
        left = source_.width - (part - first);
        if (first != part)
            add(rgba, part - first);
    }
    // The same downwards.
    std::uint64_t const tall = wanted_.height;
    auto const first = std::min(tall, left_);
    for (std::size_t i = 0; i < sums_.size(); ++i)
        sums_[i] += first * across_[i];
    left_ -= first;
    if (left_ != 0)
        return;
    finish_row();
    left_ = source_.height - (tall - first);
    for (std::size_t i = 0; i < sums_.size(); ++i)
        sums_[i] = (tall - first) * across_[i];
}

void shrinker::empty_row() {
    row(empty_.data());
}

void shrinker::finish_row() {
    auto const area = std::uint64_t{source_.width} * source_.height;
    auto* to = &out_.rgba[std::size_t{4} * out_.width * row_];
    for (std::size_t i = 0; i < sums_.size(); i += 4, to += 4) {
        auto const alpha = sums_[i + 3];
        for (std::size_t c = 0; c < 3; ++c)
            to[c] =
                alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>((sums_[i + c] + alpha / 2) / alpha);
        to[3] = static_cast<std::uint8_t>((alpha + area / 2) / area);
    }
    ++row_;
}

}  // namespace fetchd::tasks::image
