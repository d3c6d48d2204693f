#include "worker/tasks/markdown_table.hpp"

#include <algorithm>
#include <charconv>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_columns = 200;

bool stands_in_no_cell(tag t) {
    switch (t) {
        case tag::table:
        case tag::ul:
        case tag::ol:
        case tag::dl:
        case tag::menu:
        case tag::dir:
        case tag::pre:
        case tag::listing:
        case tag::xmp:
        case tag::blockquote:
        case tag::h1:
        case tag::h2:
        case tag::h3:
        case tag::h4:
        case tag::h5:
        case tag::h6:
        case tag::hr:
            return true;
        default:
            return false;
    }
}

char alignment_of(node cell) {
    auto value = html::collapsed(cell.attribute("align").value_or("").substr(0, 20));
    if (value.empty()) {
        auto const style = cell.attribute("style").value_or("").substr(0, 500);
        auto const at = style.find("text-align:");
        if (at != std::string_view::npos)
            value = html::collapsed(style.substr(at + 11, 10));
    }
    auto const is = [&](std::string_view word) { return value.starts_with(word); };
    return is("left") ? 'l' : is("center") ? 'c' : is("right") ? 'r' : ' ';
}

}  // namespace

std::size_t span_of(node cell, std::string_view attribute) {
    auto const text = cell.attribute(attribute).value_or("");
    std::size_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() ? std::clamp<std::size_t>(value, 1, 1000) : 1;
}

std::optional<table_shape> shape_of(node table) {
    table_shape shape;
    std::size_t rows = 0;
    std::size_t columns = 0;  // of the row in hand
    bool fits = true;
    html::walk(table, [&](node n) {
        auto const t = n.tag();
        if (n == table)
            return step::into;
        if (t != tag::text && html::is_hidden(n))
            return step::past;
        if (stands_in_no_cell(t) || columns > max_columns) {
            fits = false;
            return step::stop;
        }
        if (t == tag::tr) {
            ++rows;
            columns = 0;
        } else if (t == tag::td || t == tag::th) {
            auto const width = span_of(n, "colspan");
            columns += width;
            shape.columns = std::max(shape.columns, columns);
            if (rows == 1) {
                shape.has_header =
                    shape.has_header || t == tag::th || n.parent().parent().tag() == tag::thead;
                shape.alignments.resize(std::min(columns, max_columns + 1), ' ');
                shape.alignments.back() = alignment_of(n);
            }
        }
        return step::into;
    });
    bool const headed_column = shape.columns == 1 && shape.has_header && rows > 1;
    if (!fits || (shape.columns < 2 && !headed_column) || shape.columns > max_columns)
        return std::nullopt;
    shape.alignments.resize(shape.columns, ' ');
    return shape;
}

std::size_t table_row::skip_hanging() {
    std::size_t passed = 0;
    for (; column_ < hanging_.size() && hanging_[column_] > 0; ++column_, ++passed)
        --hanging_[column_];
    return passed;
}

std::size_t table_row::take(std::size_t width, std::size_t height) {
    auto const end = std::min(column_ + width, hanging_.size());
    auto const taken = end - std::min(column_, end);
    for (; column_ < end; ++column_)
        hanging_[column_] = height - 1;
    return taken > 0 ? taken - 1 : 0;
}

std::size_t table_row::finish() {
    auto const left = hanging_.size() - column_;
    for (; column_ < hanging_.size(); ++column_)
        hanging_[column_] -= static_cast<std::size_t>(hanging_[column_] > 0);
    return left;
}

}  // namespace fetchd::tasks
