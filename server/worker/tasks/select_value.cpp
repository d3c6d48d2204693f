#include "worker/tasks/select_value.hpp"

#include <cmath>

#include "base/json_text.hpp"
#include "worker/tasks/css_text.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown.hpp"
#include "worker/tasks/select_html.hpp"
#include "worker/tasks/select_number.hpp"

namespace fetchd::select {
namespace {

using html::node;

// Attributes that are one reference (HTML, "Attributes" index: valid URL).
bool is_reference(std::string_view attribute, node n) {
    for (std::string_view name :
         {"href", "src", "action", "formaction", "poster", "cite", "background", "longdesc"})
        if (attribute == name)
            return true;
    return attribute == "data" && n.tag() == html::tag::object;
}

}  // namespace

void value_writer::text(node n) {
    css::text_reader text(n, left_);
    while (auto const piece = text.next())
        made_ += *piece;
}

void value_writer::raw_text(node top) {
    html::walk(top, [&](node n) {
        auto const text = n.text();
        if (made_.size() > visit_.room() || !left_.spend(1 + text.size() / 32))
            return html::step::stop;
        made_ += text;
        return html::step::into;
    });
}

void value_writer::markdown(node top) {
    // What the writer walks is paid for before, for it knows no limit but the room.
    html::walk(top, [&](node n) {
        return left_.spend(4 + n.text().size() / 8) ? html::step::into : html::step::stop;
    });
    if (left_.spent())
        return;
    auto const absolute = [&](std::string_view reference) {
        return visit_.absolute(reference).value_or(html::collapsed(reference));
    };
    tasks::write_markdown({top, absolute, visit_.room()}, {}, made_);
}

bool value_writer::attribute(field const& f, node n) {
    auto const value = n.attribute(f.attribute);
    if (!value)
        return false;
    left_.spend(1 + value->size() / 32);
    made_ = *value;
    if (f.take == part::attribute && is_reference(f.attribute, n))
        if (auto absolute = visit_.absolute(*value))
            made_ = std::move(*absolute);
    return true;
}

bool value_writer::number(std::string& out) {
    auto const number = first_number(made_);
    out += number.value_or("");
    return number.has_value();
}

// What an expression has found as an attribute: its value, or another attribute of its element.
bool value_writer::of_attribute(field const& f, xpath::item const& found, std::string& out) {
    auto const value = found.attribute.value();
    left_.spend(1 + value.size() / 32);
    switch (f.take) {
        case part::text:
            made_ = html::collapsed(value);
            break;
        case part::raw_text:
            made_ = value;
            break;
        case part::number:
            made_ = value;
            return number(out);
        case part::attribute:
        case part::raw_attribute:
            if (!attribute(f, found.node))
                return false;
            break;
        default:
            return false;
    }
    json_text::append_string(out, made_);
    return true;
}

bool value_writer::append(field const& f, xpath::item const& found, std::string& out) {
    made_.clear();
    if (found.attribute)
        return of_attribute(f, found, out);
    auto const n = found.node;
    switch (f.take) {
        case part::text:
            text(n);
            break;
        case part::raw_text:
            raw_text(n);
            break;
        case part::html:
        case part::inner_html:
            append_html(n, f.take == part::inner_html, visit_.room(), left_, made_);
            break;
        case part::markdown:
            markdown(n);
            break;
        case part::number:
            text(n);
            return number(out);
        default:
            if (!attribute(f, n))
                return false;
    }
    json_text::append_string(out, made_);
    return true;
}

bool value_writer::append(field const& f, xpath::value const& given, std::string& out) {
    if (given.kind == xpath::type::truth) {
        out += given.truth ? "true" : "false";
        return true;
    }
    if (given.kind == xpath::type::number) {
        if (!std::isfinite(given.number))
            return false;
        out += xpath::text_of_number(given.number);
        return true;
    }
    made_ = f.take == part::raw_text ? given.text : html::collapsed(given.text);
    if (f.take == part::number)
        return number(out);
    json_text::append_string(out, made_);
    return true;
}

}  // namespace fetchd::select
