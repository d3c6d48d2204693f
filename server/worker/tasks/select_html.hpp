// An element as HTML again.
#pragma once

#include <string>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::select {

// Appends the element (or, `inner`, what is in it), a text or a whole document as HTML, by the standard's way
// to write it (HTML §13.3): parsed again in the same place it gives the same tree, but for what no HTML can
// say. References stay as written. Stops soon after `room` bytes or where the effort is spent; what is
// written then is not whole.
void append_html(html::node, bool inner, std::size_t room, css::effort&, std::string& out);

}  // namespace fetchd::select
