// The first number in a text, as people write numbers: prices, counts, measures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchd::select {

// As JSON: "1299.5" of "EUR 1.299,50 incl. VAT". Points, commas, apostrophes and spaces between groups of
// three digits (or, as in India, of two and last of three) are no part of the number; a lone point or comma
// is decimal unless exactly three digits follow it and at most three, not "0", stand before. Nothing where
// there is none, or one of more than 40 digits.
std::optional<std::string> first_number(std::string_view utf8);

}  // namespace fetchd::select
