// What an element is by itself, as selectors ask: its name, its attributes, the state of a form's control,
// its language. Nothing here knows selectors beyond one test.
#pragma once

#include <string_view>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/css_selector.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::css {

bool is_named(html::node, std::string_view lower_case);

// One of the tests from op::id to op::substring.
bool has_attribute(test const&, html::node, effort&);

// One of the tests from op::link to op::lang.
bool in_state(test const&, html::node, effort&);

}  // namespace fetchd::css
