// The text of an element as :contains() and "get": "text" know it: all words below it on one line, whatever
// is shown or hidden, but not what scripts, styles and templates below it say.
#pragma once

#include <optional>
#include <string_view>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd::css {

// Hands out the text in pieces, words and single spaces, neither at the start nor at the end a space.
// Elements that stand on lines of their own are spaces apart. Ends early where the effort is spent.
class text_reader {
  public:
    text_reader(html::node top, effort& left);

    std::optional<std::string_view> next();

  private:
    void enter(html::node);
    bool advance();

    html::node top_;
    html::node at_;
    effort& left_;
    std::string_view rest_;  // of the text node at_
    bool into_ = false;      // at_ may have children to go into
    bool started_ = false;
    bool space_ = false;
};

}  // namespace fetchd::css
