// An HTML document as a tree that can only be walked: the project's one door to its HTML parser.
//
// Behind it stands MyHTML (libmodest), a complete HTML5 parser that is no longer developed. No type of it
// leaves html_document.cpp, so another parser can take its place there.
// The input is hostile. Nesting and the number of pieces (nodes, tags, attributes) are limited while parsing,
// because both the parser's own scope searches and its repairs (a formatting element opened once is reopened
// in every later paragraph) would otherwise cost far more than the document is long. Every walk is iterative.
// Nodes are views: valid as long as the document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd::html {

// The elements anyone here cares about, in the order of the table in html_document.cpp. Everything else in
// HTML is `other`; elements of SVG and MathML are `foreign`, but for their roots.
// clang-format off
enum class tag : std::uint8_t {
    document, text, comment, doctype, other, foreign,
    a, address, area, article, aside, audio, b, base, blockquote, body, br, button, canvas, caption, center, code,
    col, colgroup, datalist, dd, del, details, dialog, dir, div, dl, dt, em, embed, fieldset, figcaption, figure,
    footer, form, frame, frameset, h1, h2, h3, h4, h5, h6, head, header, hgroup, hr, html, i, iframe, img, input, ins,
    kbd, legend, li, link, main, math, menu, meta, nav, noembed, noframes, noscript, object, ol, optgroup, option, p,
    param, pre, q, s, samp, script, section, select, source, span, strike, strong, style, sub, summary, sup, svg,
    table, tbody, td, template_, textarea, tfoot, th, thead, title, tr, track, tt, u, ul, var, video, wbr, xmp,
    listing, plaintext,
    count
};
// clang-format on

struct limits {
    std::size_t depth = 1000;           // open elements at any moment
    std::size_t pieces = 4U << 20U;     // nodes, tags and attributes together; about 250 bytes each
    std::size_t effort = 200'000'000U;  // open elements at each tag, summed up: what the scope searches cost
};

// One attribute of an element, in the order written.
class attribute {
  public:
    attribute() = default;
    explicit operator bool() const { return at_ != nullptr; }
    std::string_view name() const;  // lower case in HTML
    std::string_view value() const;
    attribute next() const;

  private:
    friend class node;
    explicit attribute(void* at) : at_(at) {}
    void* at_ = nullptr;
};

class node {
  public:
    node() = default;
    explicit operator bool() const { return at_ != nullptr; }
    bool operator==(node const&) const = default;

    html::tag tag() const;
    std::string_view name() const;  // as written in HTML, lower case: "td", "my-element"
    std::string_view text() const;  // of a text node; entities are decoded, UTF-8
    std::optional<std::string_view> attribute(std::string_view name) const;  // lower-case name
    html::attribute first_attribute() const;                                 // may be none

    // Which attributes of structured data the element has; found in one pass, for all elements are asked.
    enum annotation : unsigned { itemscope = 1, itemprop = 2, rdfa = 4, rdfa_property = 8 };
    unsigned annotations() const;  // rdfa: one of about, datatype, resource, typeof, vocab

    node parent() const;
    node first_child() const;
    node last_child() const;
    node next() const;
    node previous() const;

    // Any number, kept with the node until it is set again; 0 before. context::look() sets it to the node's
    // place in document order.
    std::uint32_t number() const;
    void set_number(std::uint32_t) const;

  private:
    friend class document;
    explicit node(void* at) : at_(at) {}
    void* at_ = nullptr;
};

class document {
  public:
    // `utf8` must be valid UTF-8 and outlive the document. Fails with process.too_large past a limit and
    // process.failed where the parser itself gives up.
    static result<document> parse(std::string_view utf8, limits const& = {});

    document(document&& other) noexcept;
    document& operator=(document&& other) noexcept;
    ~document();

    node root() const;  // tag::document
    node head() const;  // may be none
    node body() const;  // may be none

  private:
    struct tree;
    explicit document(tree* t) : tree_(t) {}
    tree* tree_;
};

// What to do after looking at a node: go into its children, pass them by, or end the walk.
enum class step : std::uint8_t { into, past, stop };

// Walks `top` and everything below it in document order, without recursion. `enter(node)` says how to go on;
// `leave(node)` follows for every node gone into, unless the walk is stopped.
template <class Enter, class Leave>
void walk(node top, Enter&& enter, Leave&& leave) {
    auto at = top;
    while (at) {
        auto const go = enter(at);
        if (go == step::stop)
            return;
        if (go == step::into) {
            if (auto child = at.first_child()) {
                at = child;
                continue;
            }
            leave(at);
        }
        auto next = at == top ? node() : at.next();
        while (at != top && !next) {
            at = at.parent();
            leave(at);
            next = at == top ? node() : at.next();
        }
        at = next;
    }
}

// The same, only to look.
template <class Enter>
void walk(node top, Enter&& enter) {
    walk(top, enter, [](node) {});
}

}  // namespace fetchd::html
