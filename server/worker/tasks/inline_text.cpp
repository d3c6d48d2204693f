#include "worker/tasks/inline_text.hpp"

#include <algorithm>

namespace fetchd::html {
namespace {

// Appends with whitespace collapsed; `out` never starts with a space.
void append_collapsed(std::string& out, std::string_view s) {
    for (std::size_t i = 0; i < s.size();) {
        if (is_space(s[i])) {
            if (!out.empty() && out.back() != ' ')
                out += ' ';
            ++i;
            continue;
        }
        auto const end = std::find_if(s.begin() + static_cast<std::ptrdiff_t>(i), s.end(), is_space);
        auto const stop = static_cast<std::size_t>(end - s.begin());
        out.append(s, i, stop - i);
        i = stop;
    }
}

void trim_end(std::string& out) {
    if (!out.empty() && out.back() == ' ')
        out.pop_back();
}

bool same_letters(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); });
}

bool equal_letters(std::string_view text, std::string_view lower) {
    return text.size() == lower.size() && same_letters(text, lower);
}

// Finds "display:none" and "visibility:hidden" in a style attribute.
bool styled_away(std::string_view style) {
    style = style.substr(0, 1024);
    while (!style.empty()) {
        auto const end = std::min(style.find(';'), style.size());
        auto const declaration = style.substr(0, end);
        style.remove_prefix(std::min(end + 1, style.size()));
        auto const colon = declaration.find(':');
        if (colon == std::string_view::npos)
            continue;
        auto const name = utf8::trimmed(declaration.substr(0, colon));
        auto const value = utf8::trimmed(declaration.substr(colon + 1));
        auto const begins = [&](std::string_view word) {
            return same_letters(value.substr(0, word.size()), word);
        };
        if ((equal_letters(name, "display") && begins("none")) ||
            (equal_letters(name, "visibility") && begins("hidden")))
            return true;
    }
    return false;
}

}  // namespace

bool is_hidden(node n) {
    return is_hidden(n, n.tag());
}

bool is_hidden(node n, tag t) {
    switch (t) {
        case tag::document:
        case tag::text:
            return false;
        case tag::comment:
        case tag::doctype:
        case tag::head:
        case tag::title:
        case tag::script:
        case tag::style:
        case tag::template_:
        case tag::noscript:
        case tag::noembed:
        case tag::noframes:
        case tag::iframe:
        case tag::svg:
        case tag::audio:
        case tag::video:
        case tag::canvas:
        case tag::select:
        case tag::datalist:
        case tag::textarea:
            return true;
        case tag::dialog:
            return !n.attribute("open");
        default:
            break;
    }
    for (auto a = n.first_attribute(); a; a = a.next()) {
        // Told apart by their lengths first: nearly every attribute there is is asked.
        auto const name = a.name();
        if (name.size() == 5   ? name == "style" && styled_away(a.value())
            : name.size() == 6 ? name == "hidden" && a.value() != "until-found"
                               : name.size() == 11 && name == "aria-hidden" && a.value() == "true" &&
                                     !is_block(t) && t != tag::img)
            return true;
    }
    return false;
}

bool is_block(tag t) {
    switch (t) {
        case tag::address:
        case tag::article:
        case tag::aside:
        case tag::blockquote:
        case tag::body:
        case tag::caption:
        case tag::center:
        case tag::dd:
        case tag::details:
        case tag::dialog:
        case tag::dir:
        case tag::div:
        case tag::dl:
        case tag::dt:
        case tag::fieldset:
        case tag::figcaption:
        case tag::figure:
        case tag::footer:
        case tag::form:
        case tag::h1:
        case tag::h2:
        case tag::h3:
        case tag::h4:
        case tag::h5:
        case tag::h6:
        case tag::header:
        case tag::hgroup:
        case tag::hr:
        case tag::html:
        case tag::legend:
        case tag::li:
        case tag::listing:
        case tag::main:
        case tag::menu:
        case tag::nav:
        case tag::ol:
        case tag::p:
        case tag::plaintext:
        case tag::pre:
        case tag::section:
        case tag::summary:
        case tag::table:
        case tag::tbody:
        case tag::td:
        case tag::tfoot:
        case tag::th:
        case tag::thead:
        case tag::tr:
        case tag::ul:
        case tag::xmp:
            return true;
        default:
            return false;
    }
}

std::string inline_text(node top, std::size_t bytes, std::size_t nodes) {
    std::string out;
    auto const enter = [&](node n) {
        if (nodes == 0 || out.size() >= bytes)
            return step::stop;
        --nodes;
        auto const t = n.tag();
        if (t == tag::text) {
            append_collapsed(out, utf8::prefix(n.text(), bytes * 2));
            return step::past;
        }
        if (n != top && is_hidden(n, t))
            return step::past;
        if (t == tag::img)
            append_collapsed(out, utf8::prefix(n.attribute("alt").value_or(""), bytes));
        else if (t == tag::br || is_block(t))
            append_collapsed(out, " ");
        return step::into;
    };
    auto const leave = [&](node n) {
        if (is_block(n.tag()))
            append_collapsed(out, " ");
    };
    walk(top, enter, leave);
    out.resize(utf8::prefix(out, bytes).size());
    trim_end(out);
    return out;
}

std::string collapsed(std::string_view s) {
    std::string out;
    append_collapsed(out, s);
    trim_end(out);
    return out;
}

}  // namespace fetchd::html
