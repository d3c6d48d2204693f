// The beginning of an SVG document.
#pragma once

#include <optional>
#include <string_view>

namespace fetchd::tasks::image {

// The attributes of the root element, where that is `svg`: what stands between its name and its end. Looks no
// further than 64 KiB.
std::optional<std::string_view> svg_root(std::string_view document);

}  // namespace fetchd::tasks::image
