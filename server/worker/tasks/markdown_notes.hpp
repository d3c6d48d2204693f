// Footnotes: which links are marks of one, and which elements are the notes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>

#include "worker/tasks/html_document.hpp"

namespace fetchd::tasks {

class footnotes {
  public:
    footnotes() = default;
    // `links`: all of the document `top` belongs to, in document order.
    footnotes(html::node top, std::span<html::node const> links);

    bool empty() const { return by_id_.empty(); }

    std::size_t marked_by(html::node link) const;  // the number of the note a link is the mark of, or 0
    std::size_t is_note(html::node) const;         // the number of the note an element is, or 0

  private:
    std::unordered_map<std::string_view, std::size_t> by_id_;
};

// Is this, inside of a note, the link back to its mark?
bool leads_back(html::node link);

}  // namespace fetchd::tasks
