// HTML pages made by chance, the same ones for the same seed: everything Markdown has, nested in every way
// HTML allows, out of words that look like markup.
#pragma once

#include <cstdint>
#include <string>

namespace fetchd::tests {

std::string random_page(std::uint64_t seed);

}  // namespace fetchd::tests
