// What a page asks of robots: <meta name=robots>, the same by the name of one robot, and X-Robots-Tag.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/tasks/context.hpp"

namespace fetchd::tasks {

constexpr std::size_t max_robots_directives = 100;

struct robots_rules {
    using directives = std::vector<std::string>;  // "noindex", "max-snippet: 20"; each once, in lower case

    directives all;
    std::vector<std::pair<std::string, directives>> agents;  // for one robot each: "googlebot"

    bool nofollow() const;  // for all robots: "nofollow" or "none"

    // A list of directives for `agent`, or for all robots where it is empty. In a field each may begin with
    // the name of the robot it and those after it are for.
    void add(std::string_view list, std::string_view agent, bool is_field);

  private:
    directives* of(std::string_view agent);  // null where there is no room
};

robots_rules read_robots(context&, survey const&);

}  // namespace fetchd::tasks
