// The path of a URL while it is being written (URL standard §4.4, path state and opaque path state).
//
// `href` is the serialisation so far, whose path begins at `begin` and reaches to its end.
#pragma once

#include <string>
#include <string_view>

#include "http/url.hpp"

namespace fetchd {

// "C:" or "C|"
bool is_drive_letter(std::string_view segment);

// ... as the whole first segment of `text`, which ends before any '?' and '#'.
bool starts_with_drive_letter(std::string_view text);

// Appends `text`, which begins after the slash of its first segment and always has at least one.
void append_path_segments(std::string& href, std::size_t begin, std::string_view text, scheme_kind scheme);

// Takes off the last segment; the first drive letter of a file URL stays.
void shorten_path(std::string& href, std::size_t begin, scheme_kind scheme);

// `marks_follow`: a query or a fragment comes after it.
void append_opaque_path(std::string& href, std::string_view text, bool marks_follow);

}  // namespace fetchd
