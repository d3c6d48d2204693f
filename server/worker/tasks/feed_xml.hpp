// RSS and Atom, made into a feed element by element.
#pragma once

#include "worker/tasks/feed.hpp"

namespace fetchd::tasks {

// As read_feed(), of XML that is UTF-8.
result<feed> read_xml_feed(std::string_view utf8, std::string_view address, feed_limits const&);

}  // namespace fetchd::tasks
