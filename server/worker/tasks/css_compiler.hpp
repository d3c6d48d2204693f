// Reads a selector and compiles it: only for css_compile.cpp and css_compile_pseudo.cpp, where its two halves
// stand. Recursive descent, as deep as parentheses may nest.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/css_cursor.hpp"
#include "worker/tasks/css_selector.hpp"

namespace fetchd::css {

class compiler {
  public:
    compiler(std::string_view text, selector& out) : in_(text), out_(out) {}

    bool whole(bool relative) {
        return list(out_.list, relative ? start::either : start::plain, false) &&
               (in_.done() || wrong("expected a combinator, ',' or the end"));
    }
    std::string const& problem() const { return problem_; }

  private:
    // How each selector of a list may begin: as any does, with a combinator or without, or (in :has())
    // always with one, be it unwritten.
    enum class start { plain, either, anchor };

    bool wrong_at(std::size_t offset, std::string_view what) {
        problem_ = "position " + std::to_string(in_.position(offset)) + ": " + std::string(what);
        return false;
    }
    bool wrong(std::string_view what) { return wrong_at(in_.offset(), what); }

    bool list(range& into, start, bool inside);
    bool complex_selector(complex& into, start);
    std::optional<combinator> combinator_here();
    void anchor(std::vector<compound>& into);
    void finish(compound, std::vector<test>& tests, std::vector<compound>& into);
    sketch sketch_of(compound const&) const;
    bool compound_selector(std::vector<test>& into);
    bool type_selector(std::vector<test>& into);
    bool name_after(char mark, op what, std::vector<test>& into);
    bool attribute(std::vector<test>& into);
    bool attribute_value(test& t);
    bool case_flag(test& t, char closing);
    bool pseudo(std::vector<test>& into);
    void plain_pseudo(std::string_view name, op what, std::vector<test>& into);
    bool function(test& t);
    bool arguments(test& t);
    bool nth_arguments(test& t);
    bool languages(test& t);
    bool text_argument(test& t);

    cursor in_;
    selector& out_;
    std::string problem_;
    std::size_t depth_ = 0;
};

}  // namespace fetchd::css
