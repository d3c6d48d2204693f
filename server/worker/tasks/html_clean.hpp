// HTML with nothing in it but what can be read: known elements and attributes, no scripts, styles, forms or
// foreign markup. Pure functions.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"
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

// Reads what append_clean() wrote and writes it again until nothing changes. Tags that are left out may have
// kept others apart, and a tree that was put together out of wrong markup need not have a source of its own.
result<std::string> settled_html(std::string body, std::size_t room);

// Text by the same section, for between tags or, with `quotes`, for inside of an attribute.
void append_html_text(std::string& out, std::string_view text, bool quotes = false);

}  // namespace fetchd::tasks
