// Reads an XPath expression: only for xpath_compile.cpp and xpath_compile_path.cpp, where its two halves
// stand. Recursive descent, as deep as the expression may nest.
//
// A name or "*" is an operator where an operand has ended, and else not (XPath §3.7): nothing else is needed
// to tell them apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "worker/tasks/xpath.hpp"

namespace fetchd::xpath {

class compiler {
  public:
    compiler(std::string_view text, expression& out) : text_(text), out_(out) {}

    bool whole();
    std::string const& problem() const { return problem_; }

  private:
    bool wrong_at(std::size_t offset, std::string_view what);
    bool wrong(std::string_view what) { return wrong_at(at_, what); }

    // What is read.
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool take(std::string_view mark);  // with the white space before it
    void skip_space();
    bool at_name() const;
    std::string_view name();                        // may be two with a colon between
    std::string_view name_ahead();                  // the next name, not taken
    bool ahead_behind_name(std::string_view mark);  // what stands behind the next name

    // Expressions; each sets `into` to the place of what it has read.
    bool nested(place& into);
    bool chain(unsigned level, place& into);
    std::optional<sign> sign_here(unsigned level);
    bool unary(place& into);
    bool union_expression(place& into);
    bool primary(place& into);
    bool literal(place& into);
    bool number(place& into);
    bool call(place& into);
    place add(expression_node&&);

    // Paths.
    bool path(place& into);
    bool starts_primary();
    bool starts_step();
    bool steps(expression_node& into, std::string_view lead);
    bool one_step(step& into);
    bool test_of(step& into);
    bool predicates(std::vector<predicate>& into);

    std::string_view text_;
    expression& out_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool positional_ = false;  // position() or last() has been read in this predicate
    std::string problem_;
};

}  // namespace fetchd::xpath
