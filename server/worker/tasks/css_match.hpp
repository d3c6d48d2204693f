// Runs compiled selectors over a document.
//
// An element is matched from the last compound to the first. Going back is never tried where it cannot help,
// so that a row of descendant combinators costs at most the depth of the tree and not its powers. Answers of
// :has() and of :nth-child(... of S) are remembered. All the same a selector can ask for more than is
// sensible: every look is counted, and when page.left is spent all answers become "no"; whoever asks must
// look at page.left.spent() before believing them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/css_selector.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::css {

class matcher {
  public:
    // Both must outlive it.
    matcher(selector const& what, page& where) : s_(what), page_(where), memory_(what.slots) {}
    matcher(matcher const&) = delete;
    matcher& operator=(matcher const&) = delete;

    selector const& what() const { return s_; }
    page& where() const { return page_; }

    // False only where matches() is, whatever the scope.
    bool may_match(sketch const& of) const;

    // `scope` is what :scope means and where relative selectors start. `within`: n is below it.
    bool matches(html::node n, html::node scope, bool within);

  private:
    enum class outcome : std::uint8_t {
        matched,
        failed,           // here
        failed_siblings,  // and for every earlier sibling
        failed_entirely,  // and for every ancestor
    };
    using answers = std::vector<std::uint8_t>;  // by the node's number: 0 not known, 1 no, 2 yes

    outcome match(complex const&, std::uint32_t last, html::node n, html::node anchor);
    bool any(range list, html::node n);
    bool all(range tests, html::node n, html::node anchor);
    bool passes(test const&, html::node n, html::node anchor);
    bool attribute(test const&, html::node n);
    bool contains(test const&, html::node n);
    bool nth(test const&, html::node n);
    std::uint32_t place_among(test const&, html::node n);

    bool has(complex const&, html::node n);
    bool has_unremembered(complex const&, html::node n, answers*);
    bool has_below(complex const&, html::node top, html::node anchor, bool children_only);
    bool has_beside(complex const&, html::node n, bool below_too);
    bool has_simply_below(range tests, html::node n, answers&);
    bool has_simply_beside(range tests, html::node n, answers&);

    template <class T>
    std::vector<T>* remembered(std::vector<std::vector<T>>&, std::uint32_t slot);

    selector const& s_;
    page& page_;
    html::node scope_;
    std::vector<answers> memory_;
    std::vector<std::vector<std::uint32_t>> counted_;
    std::vector<std::vector<std::uint16_t>> tables_;  // of :contains()
};

// What a selector finds, one after the other in document order.
class search {
  public:
    // Below `top`, which is the document or the element that is also the scope. The matcher must outlive it.
    search(matcher& with, html::node top, html::node scope);

    html::node next();  // none: there are no more

  private:
    html::node step();
    html::node next_of_index();

    matcher& with_;
    html::node top_;
    html::node scope_;
    html::node at_;
    html::node end_;  // the walk stays below it
    bool itself_;     // the scope may be found too, and has not been looked at
    bool within_ = true;
    std::optional<std::span<index::entry const>>
        rest_;  // of the elements to look at, where there is an index
};

}  // namespace fetchd::css
