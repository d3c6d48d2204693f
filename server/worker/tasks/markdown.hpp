// A document as GitHub-flavoured Markdown (docs/markdown.md says which HTML becomes what).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "worker/tasks/article.hpp"
#include "worker/tasks/html_document.hpp"
#include "worker/tasks/markdown_writer.hpp"

namespace fetchd::tasks {

struct markdown_source {
    html::node top;  // what is written: it and all below it
    std::function<std::string(std::string_view)>
        destination;                         // of a link or image, from the reference as written
    std::size_t room;                        // bytes; writing stops soon after so many
    article const* main = nullptr;           // then only this, instead of all below `top`
    std::span<html::node const> links = {};  // all of the document, where footnotes are to be found
};

// Appends to `out`, which must be empty. Past `room` bytes the output is not whole.
void write_markdown(markdown_source const&, markdown_style const&, std::string& out);

}  // namespace fetchd::tasks
