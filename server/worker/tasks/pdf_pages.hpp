// Which pages are wanted: "1-10", "3", "1-2,5,9-". Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace fetchd::tasks::pdf {

struct page_range {
    unsigned first;
    unsigned last;
};

constexpr unsigned highest_page = 1'000'000;
constexpr std::size_t max_ranges = 100;

// The ranges in ascending order, apart from each other; "" is every page. Nothing where it cannot be read:
// pages count from 1 to highest_page, no range ends before it begins, at most max_ranges of them.
std::optional<std::vector<page_range>> parse_pages(std::string_view);

}  // namespace fetchd::tasks::pdf
