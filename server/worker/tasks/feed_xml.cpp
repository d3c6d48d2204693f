#include "worker/tasks/feed_xml.hpp"

#include "worker/tasks/feed_builder.hpp"

namespace fetchd::tasks {

result<feed> read_xml_feed(std::string_view utf8, std::string_view address, feed_limits const& limits) {
    feed_builder made(address, limits);
    if (auto const done = xml::read(utf8, made); !done)
        return done.error();
    if (!made.is_feed())
        return failure{stage::process, code::unsupported_type,
                       made.root().empty() ? "no XML" : "the root element is " + made.root()};
    return made.take();
}

}  // namespace fetchd::tasks
