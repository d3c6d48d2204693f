// Writing a picture as a file, without any metadata.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "worker/tasks/image_pixels.hpp"

namespace fetchd::tasks::image {

// Append to `out`. `quality`: 1 to 100. process.failed where the library will not.
result<void> encode_webp(pixels const&, int quality, std::string& out);
result<void> encode_jpeg(pixels const&, int quality, std::string& out);  // on white where it is transparent
result<void> encode_png(pixels const&, std::string& out);                // without loss

}  // namespace fetchd::tasks::image
