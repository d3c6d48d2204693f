// The elements of a document in a row, each with a sketch of its name, id, classes and attributes: so that
// most elements are passed by without a look at the tree, whose nodes lie far apart in memory.
//
// A sketch may say "perhaps" of what is not there, never "no" of what is. Worth its price from the third
// search of the whole document on; until then below() gives nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "worker/tasks/css_effort.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::css {

struct sketch {
    std::uint64_t marks = 0;  // a bit for each id, class and attribute's name
    std::uint16_t name = 0;   // 0: of any name

    // Whether an element with the sketch `of` may have all that is in this one.
    bool fits(sketch const& of) const { return (name == 0 || name == of.name) && (marks & ~of.marks) == 0; }

    void add_name(std::string_view lower_case);
    void add_id(std::string_view);
    void add_class(std::string_view);
    void add_attribute(std::string_view lower_case);
};

class index {
  public:
    struct entry {
        html::node node;
        sketch what;
        std::uint32_t number;
    };

    // The elements below a node in document order. Nothing as long as there is no index.
    std::optional<std::span<entry const>> below(html::node top, html::node document, effort&);

  private:
    void build(html::node document, effort&);

    std::vector<entry> all_;
    std::uint32_t asked_ = 0;
    bool built_ = false;
};

}  // namespace fetchd::css
