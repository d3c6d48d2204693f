// JSON Feed 1.0 and 1.1, made into a feed.
#pragma once

#include "worker/tasks/feed.hpp"

namespace fetchd::tasks {

// As read_feed(), of JSON that is UTF-8.
result<feed> read_json_feed(std::string_view utf8, std::string_view address, feed_limits const&);

}  // namespace fetchd::tasks
