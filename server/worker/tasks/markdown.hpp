// A document as GitHub-flavoured Markdown (docs/markdown.md says which HTML becomes what).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/markdown_writer.hpp"

namespace fetchd::tasks {

struct markdown_source {
    html::node top;  // what is written: it and all below it
    std::function<std::string(std::string_view)>
        destination;   // of a link or image, from the reference as written
    std::size_t room;  // bytes; writing stops soon after so many
};

// Appends to `out`, which must be empty. Past `room` bytes the output is not whole.
void write_markdown(markdown_source const&, markdown_style const&, std::string& out);

}  // namespace fetchd::tasks
