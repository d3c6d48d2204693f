// HTML with nothing in it but what can be read: known elements and attributes, no scripts, styles, forms or
// foreign markup. Pure functions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "worker/tasks/article.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

struct html_source {
    std::span<html::node const> parts;  // what is written: they and all below them
    article const* main = nullptr;      // what of it is left out
    std::function<std::string(std::string_view)>
        absolute;      // of a reference as written; empty where it is none
    std::size_t room;  // bytes; writing stops soon after so many
};

// Appends the parts by HTML §13.3 ("serialising HTML fragments"), elements without their tags that are not
// known, and nothing of those that must not stay. Read again it can be a different tree, where tags are left
// out that kept others apart: write until nothing changes.
void append_clean(html_source const&, std::string& out);

// Text by the same section, for between tags or, with `quotes`, for inside of an attribute.
void append_html_text(std::string& out, std::string_view text, bool quotes = false);

}  // namespace fetchd::tasks
