// What single HTML elements say about their Markdown.
#pragma once

#include <optional>
#include <string>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/markdown_writer.hpp"

namespace fetchd::tasks {

// "language-x" or "lang-x" in the class of the <pre>, of an element straight inside, or of the one around it.
std::string language_of(html::node pre);

long start_of(html::node list);  // the first number of an ordered list

unsigned heading_level(html::tag);

// The mark an element stands for; mark::none where it is no mark.
mark mark_of(html::tag);

bool is_list(html::tag);
bool is_code(html::tag);

// How far an element that only groups others keeps from what is around it.
gap gap_around(html::tag);

// The text of <pre> or <code>, all markup in it left out. Nothing where an element of a line of its own is in
// it and `inline_only`: then it is code by mistake, left open or around a part of the page.
std::optional<std::string> code_text(html::node, bool inline_only);

// The TeX a <math> was made from, on one line; empty where it does not say.
std::string tex_of(html::node math);

// The sign beside a heading that links to it.
bool is_permalink(html::node link);

// Is anything in it a link? Looks at a few nodes only.
bool holds_link(html::node);

}  // namespace fetchd::tasks
