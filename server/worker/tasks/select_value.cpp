#include "worker/tasks/select_value.hpp"

#include <algorithm>

#include "worker/tasks/css_text.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/json_text.hpp"
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

bool value_writer::append(field const& f, node n, std::string& out) {
    made_.clear();
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
        case part::number: {
            text(n);
            auto const number = first_number(made_);
            out += number.value_or("");
            return number.has_value();
        }
        default:
            if (!attribute(f, n))
                return false;
    }
    json_text::append_string(out, made_);
    return true;
}

}  // namespace fetchd::select
