// A document as plain text: what a reader sees.
#pragma once

#include <string>

#include "worker/tasks/article.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

struct text_source {
    html::node top;                 // what is written: it and all below it
    std::size_t room;               // bytes; writing stops soon after so many
    article const* main = nullptr;  // then only this, under its title, instead of all below `top`
};

// Appends to `out`, which must be empty. Past `room` bytes the output is not whole.
void write_text(text_source const&, std::string& out);

}  // namespace fetchd::tasks
