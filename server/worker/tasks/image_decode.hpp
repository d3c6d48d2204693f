// Decoding images, a file's first picture, into a shrinker. One function a format, none of which lets a type
// of its library out. The caller has read the headers and judged the size: a decoder that finds another one
// fails. Nothing is written to any stream; damage that the library can live with is lived with.
#pragma once

#include <string_view>

#include "base/failure.hpp"
#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/image_pixels.hpp"

namespace fetchd::tasks::image {

// process.bad_document where it cannot be decoded, process.unsupported_type where that is for its format.
result<void> decode(facts const&, std::string_view bytes, shrinker& to);

result<void> decode_bmp(facts const&, std::string_view bytes, shrinker& to);
result<void> decode_gif(facts const&, std::string_view bytes, shrinker& to);
result<void> decode_ico(facts const&, std::string_view bytes, shrinker& to);
result<void> decode_jpeg(facts const&, std::string_view bytes, shrinker& to);
result<void> decode_png(facts const&, std::string_view bytes, shrinker& to);
result<void> decode_webp(facts const&, std::string_view bytes, shrinker& to);

inline failure undecodable(std::string_view why) {
    return {stage::process, code::bad_document, std::string(why)};
}

}  // namespace fetchd::tasks::image
