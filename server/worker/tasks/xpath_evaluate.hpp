// Runs compiled XPath expressions over a document.
//
// Steps look at each node once where the predicates allow it, and sets are kept in document order by the
// nodes' numbers. All the same an expression can ask for more than is sensible: every look is counted, and
// when page.left is spent what comes out means nothing; whoever asks must look at page.left.spent() before
// believing it. Recursion is as deep as expressions may nest, not as documents are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/xpath.hpp"
#include "worker/tasks/xpath_value.hpp"

namespace fetchd::xpath {

class evaluator {
  public:
    // Must outlive it.
    explicit evaluator(css::page& where) : page_(where), left_(where.left) {}

    value evaluate(expression const&, html::node context);

  private:
    struct context {
        item at;
        std::size_t position = 1;
        std::size_t size = 1;
    };
    using items = std::vector<item>;
    enum class want : std::uint8_t { all, first, some };  // of a path: its nodes, its first, any one

    value any(place, context const&);
    bool truth(place, context const&);
    double number(place, context const&);
    std::string text(place, context const&);
    value chain(expression_node const&, context const&);
    value call(expression_node const&, context const&);

    // xpath_path.cpp
    items path(expression_node const&, context const&, want);
    items union_of(expression_node const&, context const&);
    items steps_all(step const&, items const& from, bool some);
    items steps_each(step const&, items const& from, bool some);
    items filtered(step const&, items found, bool some);
    void filter(std::vector<predicate> const&, items&);
    bool keeps(predicate const&, context const&);

    // xpath_functions.cpp
    bool call_truth(expression_node const&, context const&);
    double call_number(expression_node const&, context const&);
    std::string call_text(expression_node const&, context const&);
    items with_ids(value const&);
    item subject(expression_node const&, context const&, bool& there);
    std::string own_text(expression_node const&, context const&);
    bool has_class(expression_node const&, context const&);
    bool speaks(context const&, std::string const& language);
    std::string substring(expression_node const&, context const&);
    std::string translated(expression_node const&, context const&);

    css::page& page_;
    css::effort& left_;
    expression const* what_ = nullptr;
    std::vector<std::uint32_t> seen_;  // by the node's number: the last step that came by
    std::uint32_t turn_ = 0;
    std::unordered_map<std::string_view, html::node> ids_;
    bool ids_known_ = false;
};

}  // namespace fetchd::xpath
