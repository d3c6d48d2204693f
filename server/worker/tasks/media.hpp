// What can be done with a document of a MIME type.
#pragma once

#include <string_view>

namespace fetchd::tasks {

enum class media_kind : unsigned char {
    html,  // can be parsed
    text,  // is given as it is: text, JSON, XML, scripts
    other
};

media_kind kind_of(std::string_view essence);

}  // namespace fetchd::tasks
