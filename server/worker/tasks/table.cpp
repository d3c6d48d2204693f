// The task `table`: {"tables": [{"caption"?, "headers", "rows"}], "truncated"?} (docs/table.md).
#include <unordered_set>

#include "base/json_object.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/table_rows.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"header", option::type::choice, "auto|first|none", "auto",
     "whether the first row names the columns: as the document says, always, or never"},
    {"objects", option::type::flag, "", "false", "rows as objects with the columns' names instead of lists"},
    {"delimiter", option::type::choice, "auto|comma|semicolon|tab|pipe", "auto",
     "what stands between the fields of delimited text"},
};

delimiter delimiter_option(context const& visit) {
    auto const name = visit.option("delimiter");
    return name == "comma"       ? delimiter::comma
           : name == "semicolon" ? delimiter::semicolon
           : name == "tab"       ? delimiter::tab
           : name == "pipe"      ? delimiter::pipe
                                 : delimiter::found;
}

result<table_set> tables_in(context& visit) {
    table_limits most;
    most.bytes = visit.room();
    if (visit.kind() == media_kind::html) {
        auto const page = visit.document();
        if (!page)
            return page.error();
        return tables_of_html((*page)->root(), most);
    }
    auto const text = visit.text();
    if (!text)
        return text.error();
    auto by = delimiter_option(visit);
    bool const tabs = visit.essence() == "text/tab-separated-values";
    if (tabs && by == delimiter::found)
        by = delimiter::tab;
    bool const surely = tabs || visit.essence() == "text/csv" || visit.essence() == "application/csv";
    return table_of_text(*text, by, surely, most);
}

std::size_t header_rows(data_table const& table, std::string_view wanted) {
    return wanted == "none" ? 0 : wanted == "first" ? 1 : table.header_rows;
}

// The names of the columns: what stands in the rows of the header, one below the other, each word once.
std::vector<std::string> headers_of(data_table const& table, std::size_t rows) {
    std::vector<std::string> names;
    for (std::size_t r = 0; r < rows; ++r) {
        auto const& row = table.rows[r];
        names.resize(std::max(names.size(), row.size()));
        for (std::size_t c = 0; c < row.size(); ++c) {
            if (row[c].empty() || (r > 0 && c < table.rows[r - 1].size() && row[c] == table.rows[r - 1][c]))
                continue;
            if (!names[c].empty())
                names[c] += ' ';
            names[c] += row[c];
        }
    }
    return names;
}

// A name for each column that no other has, as far as the widest row reaches.
std::vector<std::string> keys_of(data_table const& table, std::vector<std::string> const& headers) {
    std::size_t columns = 0;
    for (auto const& row : table.rows)
        columns = std::max(columns, row.size());
    std::unordered_set<std::string> taken;
    std::vector<std::string> keys;
    for (std::size_t c = 0; c < columns; ++c) {
        auto key = c < headers.size() && !headers[c].empty() ? headers[c] : "column_" + std::to_string(c + 1);
        if (taken.contains(key))
            key += "_" + std::to_string(c + 1);
        while (!taken.insert(key).second)
            key += '_';
        keys.push_back(std::move(key));
    }
    return keys;
}

void append_list(std::string& out, std::vector<std::string> const& texts) {
    out += '[';
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (i > 0)
            out += ',';
        json_text::append_string(out, texts[i]);
    }
    out += ']';
}

// False past the room.
bool append_rows(std::string& out, data_table const& table, std::size_t from,
                 std::vector<std::string> const& keys, std::size_t room) {
    out += '[';
    for (auto r = from; r < table.rows.size(); ++r) {
        if (r > from)
            out += ',';
        auto const& row = table.rows[r];
        if (keys.empty()) {
            append_list(out, row);
        } else {
            json_text::object object(out);
            for (std::size_t c = 0; c < row.size(); ++c)
                object.text(keys[c], row[c]);
            object.close();
        }
        if (out.size() > room)
            return false;
    }
    out += ']';
    return true;
}

result<void> run(context& visit, std::string& out) {
    auto const found = tables_in(visit);
    if (!found)
        return found.error();
    json_text::object answer(out);
    answer.name("tables") += '[';
    bool first = true;
    for (auto const& table : found->tables) {
        if (!std::exchange(first, false))
            out += ',';
        auto const rows = header_rows(table, visit.option("header"));
        auto const headers = headers_of(table, rows);
        json_text::object object(out);
        object.text_unless_empty("caption", table.caption);
        append_list(object.name("headers"), headers);
        auto const keys = visit.flag("objects") ? keys_of(table, headers) : std::vector<std::string>();
        if (!append_rows(object.name("rows"), table, rows, keys, visit.room()))
            return too_much_output(visit);
        object.close();
    }
    out += ']';
    if (found->cut)
        answer.flag("truncated", true);
    answer.close();
    return {};
}

}  // namespace

extern entry const table_task;  // registry.cpp
entry const table_task{"table",
                       output_kind::json,
                       run,
                       "application/json",
                       options,
                       nullptr,
                       "The tables of a page, or delimited text, as rows.",
                       "table.md"};

}  // namespace fetchd::tasks
