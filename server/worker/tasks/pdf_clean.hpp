// What a PDF's characters need to become readable text, and its dates. Pure, knows nothing of poppler.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchd::tasks::pdf {

// Makes a page's text readable: valid UTF-8; ligatures spelt out (U+FB00..FB06); no soft hyphens (one at the
// end of a line joins it with the next), no marks of direction, no control characters; no spaces before a
// line's end, no blank lines at either end. `keep_blank`: as many blank lines in between as there are,
// otherwise one.
std::string clean_page(std::string_view raw, bool keep_blank);

// The same on one line, whitespace collapsed, at most `bytes` bytes.
std::string clean_line(std::string_view raw, std::size_t bytes);

// "D:20240131235959+02'00'" (ISO 32000-2 §7.9.4) as RFC 3339. Parts that are left out are the earliest
// possible; it ends without a zone where that one does. Nothing where it is no date.
std::optional<std::string> rfc3339(std::string_view date);

}  // namespace fetchd::tasks::pdf
