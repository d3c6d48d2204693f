// What single HTML elements say about their Markdown.
#pragma once

#include <string>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

// "language-x" or "lang-x" in the class of the <pre>, of an element straight inside, or of the one around it.
std::string language_of(html::node pre);

long start_of(html::node list);  // the first number of an ordered list

unsigned heading_level(html::tag);

}  // namespace fetchd::tasks
