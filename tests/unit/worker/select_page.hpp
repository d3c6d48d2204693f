// A document with numbered nodes, to run selectors over.
#pragma once

#include <string>
#include <utility>

#include "worker/tasks/css_page.hpp"
#include "worker/tasks/html_document.hpp"

namespace fetchd {

struct sample {
    explicit sample(std::string text_) : text(std::move(text_)), document(html::document::parse(text)) {
        html::walk(document->root(), [&](html::node n) {
            n.set_number(++nodes);
            if (n.tag() == html::tag::html && !html)
                html = n;
            return html::step::into;
        });
    }

    html::node element(std::string_view id) const {
        html::node found;
        html::walk(document->root(), [&](html::node n) {
            if (css::is_element(n) && n.attribute("id") == id)
                found = n;
            return found ? html::step::stop : html::step::into;
        });
        return found;
    }

    std::string text;
    result<html::document> document;
    std::uint32_t nodes = 0;
    html::node html;
};

inline std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += piece;
    return out;
}

}  // namespace fetchd
