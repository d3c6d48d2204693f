// A result document as text for people. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fetchd/document.hpp"

namespace fetchctl {

// How emphasis is written: escape sequences on a terminal, nothing elsewhere.
struct palette {
    bool colour = false;
    std::string strong(std::string_view text) const;
    std::string faint(std::string_view text) const;
    std::string good(std::string_view text) const;
    std::string bad(std::string_view text) const;
};

// The facts of a fetch: addresses, status, sizes, redirects, attempts, timing, metadata. Every hostile string
// in it is on one line and escaped, so the text may go to a terminal.
std::string details(fetchd::document const&, palette);

// The outputs asked for, in that order; a heading before each when there are several. Links are lines of URL,
// tab and text; metadata are lines of name, tab and value. Ends with a line end. Empty where there is
// nothing.
std::string output_text(fetchd::document const&, std::vector<std::string> const& names);

// The first of `names` that the document does not hold; empty where it holds all.
std::string_view missing_output(fetchd::document const&, std::vector<std::string> const& names);

// One line of JSON in the shape of a result document, for a URL that never became one.
std::string failed_document(std::string_view url, fetchd::client_error const&);

}  // namespace fetchctl
