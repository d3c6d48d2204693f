// The visible text of a piece of a document on one line, and what in a document is not to be seen at all.
#pragma once

#include <string>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::html {

// Whether a node and all below it is left out of what a reader sees: scripts, styles, templates, noscript,
// embedded documents, form controls' inner workings, what is hidden by attribute or inline style, and inline
// elements with aria-hidden="true", which are for the eye alone.
bool is_hidden(node);
bool is_hidden(node, tag);  // the same, of a node whose tag is known already

// Whether the element starts and ends a line of its own.
bool is_block(tag);

// Whitespace collapsed to single spaces and trimmed, images by their alt text, at most `bytes` bytes and
// `nodes` nodes: so that asking for every link's text stays linear however they are nested.
std::string inline_text(node, std::size_t bytes = 4096, std::size_t nodes = 2000);

// ASCII whitespace (HTML §2.3.5) collapsed and trimmed.
std::string collapsed(std::string_view);

using utf8::is_space;

}  // namespace fetchd::html
