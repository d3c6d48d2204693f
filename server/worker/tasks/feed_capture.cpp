#include "worker/tasks/feed_capture.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

// HTML §13.1.2: elements without an end tag.
constexpr std::array<std::string_view, 14> voids = {"area",  "base",   "br",    "col",  "embed",
                                                    "hr",    "img",    "input", "link", "meta",
                                                    "param", "source", "track", "wbr"};

void escape(std::string& out, std::string_view text, bool quoted) {
    for (auto const c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"' && quoted)
            out += "&quot;";
        else
            out += c;
    }
}

}  // namespace

text_form form_of(xml::attributes const& with) {
    auto const type = ascii_lowered(utf8::trimmed(with.get("type").value_or("")).substr(0, 100));
    auto const mode = with.get("mode").value_or("");
    if (mode == "escaped")
        return text_form::html;
    if (mode == "base64")
        return text_form::ignored;
    if (type == "html" || (type == "text/html" && mode.empty()))
        return text_form::html;
    if (type == "xhtml" || type == "application/xhtml+xml" || type == "text/html")
        return text_form::xhtml;
    if (type.empty() || type == "text" || type.starts_with("text/"))
        return mode == "xml" ? text_form::xhtml : text_form::plain;
    return text_form::ignored;
}

void capture::start(xml::element_name name, xml::attributes const& with) {
    auto const outermost = depth_++ == 0;
    if (!welcome_)
        return;
    if (!as_markup_ && form_ != text_form::html) {
        std::string escaped;
        escape(escaped, value_, false);
        value_ = std::move(escaped);
        as_markup_ = true;
    }
    if (outermost && form_ == text_form::xhtml && name.local == "div")
        return;  // not part of the text (RFC 4287 §3.1.1.3)
    value_ += '<';
    value_ += name.local;
    for (std::size_t i = 0; i < with.size(); ++i) {
        if (with.prefixed(i))
            continue;
        value_ += ' ';
        value_ += with.name(i);
        value_ += "=\"";
        escape(value_, with.value(i), true);
        value_ += '"';
    }
    value_ += '>';
}

void capture::text(std::string_view piece) {
    if (as_markup_)
        escape(value_, piece, false);
    else
        value_ += piece;
}

void capture::end(xml::element_name name) {
    --depth_;
    if (!welcome_ || (depth_ == 0 && form_ == text_form::xhtml && name.local == "div"))
        return;
    if (std::ranges::find(voids, name.local) != voids.end())
        return;
    value_ += "</";
    value_ += name.local;
    value_ += '>';
}

}  // namespace fetchd::tasks
