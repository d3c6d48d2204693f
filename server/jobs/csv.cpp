#include "jobs/csv.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <iterator>
#include <utility>
#include <vector>

#include "jobs/json_members.hpp"

namespace fetchd::jobs {
namespace {

// The wide forms of the signs are taken for the signs by some.
bool may_be_formula(std::string_view text) {
    constexpr std::string_view signs[] = {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};
    return std::any_of(std::begin(signs), std::end(signs), [&](auto s) { return text.starts_with(s); });
}

std::string unescaped(std::string_view json_string) {
    boost::json::error_code ec;
    auto const value = boost::json::parse({json_string.data(), json_string.size()}, ec);
    auto const* const text = ec ? nullptr : value.if_string();
    return text ? std::string(text->data(), text->size()) : std::string();
}

std::string_view value_at(std::vector<json_members::member> const& all, std::string_view path) {
    auto const dot = path.find('.');
    for (auto const& m : all)
        if (m.name == path.substr(0, dot))
            return dot == path.npos ? m.value
                                    : find_member(m.value, path.substr(dot + 1)).value_or(std::string_view());
    return {};
}

bool is_number(std::string_view value) {
    return !value.empty() && value.find_first_not_of("0123456789+-.eE") == value.npos;
}

}  // namespace

void csv_text(std::string_view text, csv_formulas formulas, std::string& out) {
    bool const defuse = formulas == csv_formulas::defused && may_be_formula(text);
    bool const quote = text.find_first_of("\",\r\n") != text.npos;
    if (quote)
        out += '"';
    if (defuse)
        out += '\'';
    for (char const c : text)
        out.append(c == '"' ? 2 : 1, c);
    if (quote)
        out += '"';
}

std::string csv_header(result_fields const& fields) {
    std::string row;
    for (auto const& path : fields.paths()) {
        if (!row.empty())
            row += ',';
        csv_text(path, csv_formulas::defused, row);
    }
    return row += "\r\n";
}

std::string csv_row(std::string_view line, result_fields const& fields, csv_formulas formulas) {
    std::vector<json_members::member> all;  // the line is walked once, however many fields are wanted
    for (json_members members(line); auto const m = members.next();)
        all.push_back(*m);
    std::string row;
    bool first = true;
    for (auto const& path : fields.paths()) {
        if (!std::exchange(first, false))
            row += ',';
        auto const value = value_at(all, path);
        if (value.starts_with('"'))
            csv_text(unescaped(value), formulas, row);
        else if (value != "null")
            csv_text(value, is_number(value) ? csv_formulas::as_it_is : formulas, row);
    }
    return row += "\r\n";
}

}  // namespace fetchd::jobs
