#include "worker/tasks/select_html.hpp"

namespace fetchd::select {
namespace {

using html::node;
using html::step;
using html::tag;

// HTML §13.1.2, and those that are parsed like them.
bool is_void(tag t) {
    switch (t) {
        case tag::area:
        case tag::base:
        case tag::br:
        case tag::col:
        case tag::embed:
        case tag::frame:
        case tag::hr:
        case tag::img:
        case tag::input:
        case tag::link:
        case tag::meta:
        case tag::param:
        case tag::source:
        case tag::track:
        case tag::wbr:
            return true;
        default:
            return false;
    }
}

// Whose text is no markup to the parser, and so stands unescaped.
bool is_raw(tag t) {
    switch (t) {
        case tag::script:
        case tag::style:
        case tag::xmp:
        case tag::iframe:
        case tag::noembed:
        case tag::noframes:
        case tag::noscript:
        case tag::plaintext:
            return true;
        default:
            return false;
    }
}

// HTML §13.3, "escaping a string".
void append_escaped(std::string& out, std::string_view s, bool in_attribute) {
    for (;;) {
        auto const at = s.find_first_of(in_attribute ? "&\"\xC2" : "&<>\xC2");
        out.append(s.substr(0, at));
        if (at == std::string_view::npos)
            return;
        s.remove_prefix(at);
        std::size_t length = 1;
        if (s.starts_with("\u00A0")) {
            out += "&nbsp;";
            length = 2;
        } else if (s[0] == '&') {
            out += "&amp;";
        } else if (s[0] == '<') {
            out += "&lt;";
        } else if (s[0] == '>') {
            out += "&gt;";
        } else if (s[0] == '"') {
            out += "&quot;";
        } else {
            out += s[0];
        }
        s.remove_prefix(length);
    }
}

void open_tag(node n, css::effort& left, std::string& out) {
    out += '<';
    out += n.name();
    for (auto a = n.first_attribute(); a; a = a.next()) {
        left.spend(1 + a.value().size() / 32);
        out += ' ';
        out += a.name();
        out += "=\"";
        append_escaped(out, a.value(), true);
        out += '"';
    }
    out += '>';
}

void close_tag(node n, std::string& out) {
    if (is_void(n.tag()))
        return;
    out += "</";
    out += n.name();
    out += '>';
}

void append_text(node n, std::string& out) {
    auto const up = n.parent();
    if (up && is_raw(up.tag()))
        out += n.text();
    else
        append_escaped(out, n.text(), false);
}

}  // namespace

void append_html(node top, bool inner, std::size_t room, css::effort& left, std::string& out) {
    auto const tagged = [&](node n) { return css::is_element(n) && !(inner && n == top); };
    html::walk(
        top,
        [&](node n) {
            if (out.size() > room || !left.spend(1 + n.text().size() / 32))
                return step::stop;
            if (n.tag() == tag::text) {
                append_text(n, out);
            } else if (n.tag() == tag::doctype) {
                out += "<!DOCTYPE html>";
            } else if (tagged(n)) {
                open_tag(n, left, out);
            } else if (n.tag() == tag::comment) {
                return step::past;
            }
            return step::into;
        },
        [&](node n) {
            if (tagged(n))
                close_tag(n, out);
        });
}

}  // namespace fetchd::select
