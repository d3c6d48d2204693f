// The candidates of a srcset attribute (HTML §4.8.4.2, "parse a srcset attribute"). Pure functions.
#pragma once

#include <string_view>
#include <vector>

namespace fetchd::tasks {

// Views of the attribute.
struct image_candidate {
    std::string_view url;
    std::string_view descriptor;  // "2x", "640w"; empty where there is none
};

// More candidates than these are left out.
constexpr std::size_t max_candidates = 1000;

// Into `found`, which is emptied first. Candidates with a descriptor the standard calls an error are left
// out.
void parse_srcset(std::string_view attribute, std::vector<image_candidate>& found);

}  // namespace fetchd::tasks
