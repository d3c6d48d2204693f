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

// Finds "display:none" and "visibility:hidden" in a style attribute, spaces ignored.
bool styled_away(std::string_view style) {
    std::string dense;
    for (char c : style.substr(0, 1024))
        if (!is_space(c))
            dense += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return dense.find("display:none") != std::string::npos ||
           dense.find("visibility:hidden") != std::string::npos;
}

}  // namespace

bool is_hidden(node n) {
    switch (n.tag()) {
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
    if (auto const hidden = n.attribute("hidden"); hidden && *hidden != "until-found")
        return true;
    auto const style = n.attribute("style");
    return style && styled_away(*style);
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
        if (n != top && is_hidden(n))
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
