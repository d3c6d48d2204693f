// Which picture an <img> shows. Pages that load images late keep the address in other attributes, or in a
// <noscript> beside.
#pragma once

#include <optional>
#include <string_view>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

struct image_facts {
    std::string_view address;  // as written; empty where there is none but the bytes in the page
    std::string_view alt;
    std::string_view title;
    bool counts_visits = false;  // one pixel: nothing to see
};

image_facts facts_of_image(html::node img);

// The <img> inside of a <noscript>, which the parser leaves as text. The document must outlive the node.
std::optional<html::document> image_without_script(html::node noscript);

}  // namespace fetchd::tasks
