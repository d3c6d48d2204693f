// Numbers and hostile text in a form for people. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fetchctl {

// Control characters (C0, DEL, C1) and what is not UTF-8 become \x1b and the like, so that a page cannot
// drive a terminal. Tabs stay, and line ends where `lines` says so.
enum class line_ends { keep, escape };
std::string printable(std::string_view text, line_ends lines = line_ends::escape);

std::string bytes_in_words(std::uint64_t n);                 // "812 B", "12.3 KiB"
std::string time_in_words(std::chrono::microseconds t);      // "85 us", "12.3 ms", "4.20 s"
std::string counted(std::size_t n, std::string_view thing);  // "1 redirect", "2 redirects"
std::string number_in_words(double n);                       // 12345 -> "12,345"; 0.25 -> "0.25"

}  // namespace fetchctl
