#include "random_page.hpp"

#include <random>
#include <string_view>
#include <utility>

namespace fetchd::tests {
namespace {

constexpr std::string_view words[] = {
    "tide",
    "harbour",
    "a",
    "b",
    "x_y_z",
    "_low",
    "high_",
    "*",
    "**",
    "*star*",
    "`",
    "``",
    "~",
    "~~",
    "~~~",
    "#",
    "##",
    "#tag",
    "-",
    "--",
    "---",
    "+",
    "=",
    "===",
    "1.",
    "2)",
    "12",
    "1.5",
    "&gt;",
    "&lt;b&gt;",
    "&lt;!--",
    "|",
    "||",
    "a|b",
    ":--",
    "|-|",
    "[",
    "]",
    "[x]",
    "[ ]",
    "[a](b)",
    "![",
    "!",
    "\\",
    "\\\\",
    "\\*",
    "&amp;",
    "&amp;amp;",
    "&amp;#35;",
    "&amp;am",
    "p;",
    ".",
    ",",
    "(",
    ")",
    "&quot;q&quot;",
    "'",
    "$",
    "%",
    "@",
    "日本",
    "語。",
    "「",
    "」",
    "\u00A0",
    "\u3000",
    "\u2009",
    "\u2014",
    "\u00E9t\u00E9",
    "\u20AC",
    "[^1]",
    "[1]:",
    "http",
    "://h",
    "x",
    "y",
    "\U0001F600",
    "&lt;",
    "&amp;lt;",
    "{",
};

constexpr std::string_view urls[] = {"http://h/",     "/a(b)c",         "x y",   "http://h/?a=1&amp;copy=2",
                                     "&lt;x&gt;",     "http://h/*_`[]", "#part", "a|b",
                                     "http://h/\\\\", "?q=%20"};

class chance {
  public:
    explicit chance(std::uint64_t seed) : from_(seed) {}

    std::string page() {
        blocks(3 + below(4), 0);
        return std::move(out_);
    }

  private:
    std::size_t below(std::size_t n) { return from_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class Row>
    std::string_view any(Row const& row) {
        return row[below(std::size(row))];
    }

    void text() {
        for (auto n = 1 + below(4); n > 0; --n) {
            out_ += any(words);
            if (!one_in(3))
                out_ += one_in(8) ? "\n " : " ";
        }
    }

    void around(std::string_view name, std::size_t depth) {
        (out_ += '<') += name;
        out_ += '>';
        bool const linked = std::exchange(linked_, linked_ || name.starts_with("su"));
        inlines(depth + 1);
        linked_ = linked;
        (out_ += "</") += name;
        out_ += '>';
    }

    void link(std::size_t depth) {
        (out_ += "<a href='") += any(urls);
        out_ += '\'';
        if (one_in(3))
            ((out_ += " title='") += any(words)) += one_in(20) ? " it&#39;s'" : "'";
        out_ += '>';
        linked_ = true;
        inlines(depth + 1);
        linked_ = false;
        out_ += "</a>";
    }

    void inlines(std::size_t depth) {
        constexpr std::string_view marks[] = {"em", "strong", "del", "b", "i", "sub", "sup", "span"};
        for (auto n = 1 + below(4); n > 0; --n) {
            auto const kind = depth > 3 ? 0 : below(12);
            if (kind < 6)
                text();
            else if (kind < 9)
                around(any(marks), depth);
            else if (kind == 9 && !linked_)
                link(depth);
            else if (kind == 10)
                ((out_ += "<code>") += any(words)) += one_in(3) ? " b</code>" : "</code>";
            else if (one_in(2) && !linked_)
                out_ += "<br>";
            else
                (((out_ += "<img src='") += any(urls)) += "' alt='") += std::string(any(words)) + "'>";
        }
    }

    void list(std::size_t depth) {
        bool const ordered = one_in(2);
        auto const start = below(12);
        out_ += !ordered ? "<ul>" : start == 0 ? "<ol>" : "<ol start=" + std::to_string(start) + ">";
        for (auto n = 1 + below(3); n > 0; --n) {
            out_ += "<li>";
            if (one_in(3))
                blocks(1 + below(2), depth + 1);
            else
                inlines(0);
            if (one_in(4) && depth < 3)
                list(depth + 1);
            out_ += "</li>\n";
        }
        out_ += ordered ? "</ol>" : "</ul>";
    }

    void table() {
        constexpr std::string_view alignments[] = {"", "", " align=left", " align=center", " align=right"};
        auto const columns = 2 + below(3);
        std::string_view aligned[4];
        for (auto& a : aligned)
            a = any(alignments);
        out_ += "<table>";
        for (auto row = 1 + below(3); row > 0; --row) {
            out_ += "<tr>";
            for (std::size_t c = 0; c < columns; ++c) {
                (((out_ += "<td") += aligned[c]) += '>') += "z";
                inlines(1);
            }
        }
        out_ += "</table>";
    }

    void code() {
        bool const named = one_in(2);
        out_ += named ? "<pre><code class=language-c++>" : "<pre>";
        for (auto n = 1 + below(5); n > 0; --n)
            (out_ += any(words)) += one_in(2) ? "\n" : "  ";
        out_ += named ? "</code></pre>" : "</pre>";
    }

    void block(std::size_t depth) {
        constexpr std::string_view plain[] = {"p", "p", "p", "div", "h1", "h2", "h4", "h6", "section"};
        auto const kind = below(depth > 3 ? 6 : 12);
        if (kind < 4)
            around(any(plain), 0);
        else if (kind == 4)
            inlines(0);
        else if (kind == 5)
            code();
        else if (kind == 6)
            out_ += "<hr>";
        else if (kind == 7)
            table();
        else if (kind < 10)
            list(depth + 1);
        else {
            out_ += "<blockquote>";
            blocks(1 + below(3), depth + 1);
            out_ += "</blockquote>";
        }
    }

    void blocks(std::size_t count, std::size_t depth) {
        for (; count > 0; --count)
            block(depth);
    }

    std::mt19937_64 from_;
    std::string out_;
    bool linked_ = false;
};

}  // namespace

std::string random_page(std::uint64_t seed) {
    return chance(seed).page();
}

}  // namespace fetchd::tests
