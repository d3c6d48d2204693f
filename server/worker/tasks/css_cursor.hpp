// Reading a selector's text piece by piece: names, texts in quotes, An+B (CSS Syntax Module Level 3 §4).
//
// A view of the text, which must be valid UTF-8 and outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetchd::css {

struct nth {
    std::int32_t step = 0;
    std::int32_t offset = 0;
};

class cursor {
  public:
    explicit cursor(std::string_view text) : text_(text) {}

    bool done() const { return at_ == text_.size(); }
    std::size_t offset() const { return at_; }
    std::size_t position(std::size_t offset) const;  // in characters, from 1
    std::string_view since(std::size_t offset) const { return text_.substr(offset, at_ - offset); }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool take(char c);                    // where it is the next
    std::string_view until(char c);       // all before it, or all there is
    bool skip_space();                    // whitespace and comments; false where there was none
    bool at_name() const;                 // a name begins here
    std::string name();                   // at_name() must hold; escapes are undone
    std::optional<std::string> quoted();  // at a quotation mark; nothing where the text does not end
    std::optional<nth> an_plus_b();       // nothing where there is none; then the cursor is anywhere

  private:
    bool begins_name(std::size_t at) const;
    bool is_escape(std::size_t at) const;
    void unescape(std::string& into);
    std::optional<std::int32_t> whole_number();

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace fetchd::css
