// The text of one element of a feed, with the markup in it where there is some.
//
// A feed's texts come as plain text, as HTML in escaped form, or as elements. Elements are written out again
// as HTML here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "worker/tasks/xml_events.hpp"

namespace fetchd::tasks {

enum class text_form : unsigned char {
    plain,    // says the feed
    html,     // says the feed: markup, escaped
    xhtml,    // says the feed: elements, in one <div>
    unsaid,   // RSS
    ignored,  // nothing anyone can read: base64 of something
};

// RFC 4287 §3.1.1 and §4.1.3; Atom 0.3's "mode" and media types.
text_form form_of(xml::attributes const&);

class capture {
  public:
    capture(text_form form, bool markup_welcome) : form_(form), welcome_(markup_welcome) {
        as_markup_ = welcome_ && form == text_form::xhtml;
    }

    void start(xml::element_name, xml::attributes const&);  // of an element inside
    void text(std::string_view);
    void end(xml::element_name);

    text_form form() const { return as_markup_ ? text_form::html : form_; }
    std::string const& value() const { return value_; }

  private:
    text_form form_;
    bool welcome_;            // false: only the text counts
    bool as_markup_ = false;  // value_ is HTML, made here
    std::size_t depth_ = 0;   // of elements inside
    std::string value_;
};

}  // namespace fetchd::tasks
