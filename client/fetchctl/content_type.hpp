// What a file is, guessed from its name, and from its first bytes where the name says nothing. Pure.
#pragma once

#include <string>
#include <string_view>

namespace fetchctl {

struct content_kind {
    std::string type;      // never empty
    std::string encoding;  // "gzip", "br", "zstd" or empty
};

content_kind guess_content(std::string_view file_name, std::string_view bytes);

}  // namespace fetchctl
