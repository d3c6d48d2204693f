// What can be done with a document of a MIME type.
#pragma once

#include <string_view>

#include "http/mime_sniff.hpp"

namespace fetchd::tasks {

enum class media_kind : unsigned char {
    html,  // can be parsed
    text,  // is given as it is: text, JSON, XML, scripts
    pdf,
    image,  // of pixels; SVG is `other`
    other
};

media_kind kind_of(std::string_view essence);

// The type by header and bytes. Goes past the standard, which lets a header that names a type keep it: what
// begins like a PDF or an image is one, and what is called one, or just bytes, and begins like something
// else is that. With no_sniff the header is right as it is.
computed_mime_type type_of(std::optional<mime_type> const& supplied, std::string_view body, sniff_conditions);

}  // namespace fetchd::tasks
