// The microdata of a page as JSON (HTML §5.5.2): an array of items, {"type": [...], "id": "...",
// "properties": {"name": [values]}}, where a value is a text, an absolute URL or an item.
//
// Two liberties, both widely used: an attribute `content` gives the value of any element, and an item without
// properties has its text as "value". Texts are visible text on one line.
// Pure functions. Bounded: nodes looked at, values, bytes of text, nesting; what is beyond is left out.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/links_resolve.hpp"

namespace fetchd::tasks {

struct microdata_limits {
    std::size_t nodes = 2'000'000;             // looked at; itemref lets items share theirs
    std::size_t values = 5000;                 // items included
    std::size_t text = std::size_t{2} << 20U;  // bytes of all values
    std::size_t depth = 50;                    // of items in items
};

// Appends the array of the top-level items among `scopes`, the elements with an itemscope in document order;
// nothing where there is none. The nodes of the document are numbered in document order.
void append_microdata(std::string& out, html::node root, std::span<html::node const> scopes, resolver&,
                      microdata_limits const& = {});

// The value of an element with an itemprop that is no item: of at most 16 KiB.
std::string microdata_value(html::node, resolver&);

}  // namespace fetchd::tasks
