#include <algorithm>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/markdown_table.hpp"
#include "worker/tasks/table_rows.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_columns = 1000;

// A table that has begun and not ended.
struct open_table {
    struct covered {
        std::size_t rows = 0;  // still to come
        std::string text;
    };

    std::size_t place = 0;  // among the tables of the document
    data_table made;
    std::vector<covered> hanging;  // by column
    std::vector<std::string> row;
    std::string cell;
    std::size_t width = 1;
    std::size_t height = 1;
    bool in_row = false;
    bool in_cell = false;
    bool in_caption = false;
    bool in_head = false;
    bool has_header = false;   // a <th> or <thead> anywhere
    bool all_th = true;        // so far in this row
    bool only_headers = true;  // so far in this table
    bool holds_table = false;
    bool is_layout = false;
};

class table_walk {
  public:
    explicit table_walk(table_limits const& most) : most_(most) {}

    table_set run(node top) {
        html::walk(
            top, [this](node n) { return enter(n); }, [this](node n) { leave(n); });
        while (!open_.empty())
            close_table();
        std::erase_if(set_.tables, [](data_table const& t) { return t.rows.empty(); });
        return std::move(set_);
    }

  private:
    step enter(node);
    void leave(node);
    void open_table_at(node);
    void close_table();
    void end_row();
    void begin_cell(node, bool header);
    void end_cell();
    void fill_hanging();
    void place_cell(std::string);
    void add_text(std::string_view);

    table_limits const& most_;
    table_set set_;
    std::vector<open_table> open_;
    std::size_t cells_ = 0;
    std::size_t bytes_ = 0;
};

step table_walk::enter(node n) {
    if (set_.cut)
        return step::stop;
    auto const t = n.tag();
    if (t == tag::text) {
        add_text(n.text());
        return step::past;
    }
    if (html::is_hidden(n, t))
        return step::past;
    if (t == tag::table) {
        open_table_at(n);
        return step::into;
    }
    if (open_.empty())
        return step::into;
    auto& table = open_.back();
    switch (t) {
        case tag::caption:
            table.in_caption = true;
            break;
        case tag::thead:
            table.in_head = table.has_header = true;
            break;
        case tag::tr:
            table.in_row = true;
            table.all_th = true;
            break;
        case tag::td:
        case tag::th:
            if (table.in_row)
                begin_cell(n, t == tag::th);
            break;
        case tag::img:
            add_text(n.attribute("alt").value_or(""));
            break;
        default:
            if (t == tag::br || html::is_block(t))
                add_text(" ");
    }
    return step::into;
}

void table_walk::leave(node n) {
    if (open_.empty())
        return;
    auto& table = open_.back();
    switch (n.tag()) {
        case tag::table:
            return close_table();
        case tag::caption:
            table.in_caption = false;
            return;
        case tag::thead:
            table.in_head = false;
            [[fallthrough]];
        case tag::tbody:
        case tag::tfoot:
            table.hanging.clear();  // a cell reaches no further down than its group (HTML §4.9.12)
            return;
        case tag::tr:
            return end_row();
        case tag::td:
        case tag::th:
            return end_cell();
        default:
            if (html::is_block(n.tag()))
                add_text(" ");
    }
}

void table_walk::open_table_at(node n) {
    if (!open_.empty())
        open_.back().holds_table = true;
    open_table made;
    made.place = set_.tables.size();
    auto const role = n.attribute("role").value_or("");
    made.is_layout = role == "presentation" || role == "none";
    open_.push_back(std::move(made));
    set_.tables.emplace_back();
}

void table_walk::close_table() {
    auto table = std::move(open_.back());
    open_.pop_back();
    std::size_t columns = 0;
    for (auto const& row : table.made.rows)
        columns = std::max(columns, row.size());
    table.made.caption = html::collapsed(table.made.caption);
    bool const says_so = table.has_header || !table.made.caption.empty();
    bool const looks_so = columns >= 2 && table.made.rows.size() >= 2 && !table.holds_table;
    if (!table.is_layout && (says_so || looks_so))
        set_.tables[table.place] = std::move(table.made);
}

// ---- rows

void table_walk::end_row() {
    auto& table = open_.back();
    if (!table.in_row)
        return;
    fill_hanging();
    table.in_row = false;
    bool const header = !table.row.empty() && (table.in_head || table.all_th);
    table.only_headers = table.only_headers && header;
    table.made.header_rows += static_cast<std::size_t>(table.only_headers);
    if (!table.row.empty())
        table.made.rows.push_back(std::move(table.row));
    table.row.clear();
}

void table_walk::begin_cell(node n, bool header) {
    auto& table = open_.back();
    table.in_cell = true;
    table.has_header = table.has_header || header;
    table.all_th = table.all_th && header;
    table.width = span_of(n, "colspan");
    table.height = span_of(n, "rowspan");
    table.cell.clear();
}

void table_walk::end_cell() {
    auto& table = open_.back();
    if (!table.in_cell)
        return;
    table.in_cell = false;
    fill_hanging();
    auto const text = html::collapsed(table.cell);
    for (std::size_t i = 0; i < table.width && table.row.size() < max_columns && !set_.cut; ++i) {
        auto const column = table.row.size();
        if (table.height > 1) {
            table.hanging.resize(std::max(table.hanging.size(), column + 1));
            table.hanging[column] = {table.height - 1, text};
        }
        place_cell(text);
    }
}

// What hangs down into the row from above, up to the first place that is free.
void table_walk::fill_hanging() {
    auto& table = open_.back();
    while (table.row.size() < table.hanging.size() && table.hanging[table.row.size()].rows > 0 && !set_.cut) {
        auto& above = table.hanging[table.row.size()];
        --above.rows;
        place_cell(above.text);
    }
}

void table_walk::place_cell(std::string text) {
    bytes_ += text.size();
    if (++cells_ > most_.cells || bytes_ > most_.bytes) {
        set_.cut = true;
        return;
    }
    open_.back().row.push_back(std::move(text));
}

void table_walk::add_text(std::string_view text) {
    if (open_.empty())
        return;
    auto& table = open_.back();
    if (table.in_cell)
        table.cell += text;
    else if (table.in_caption)
        table.made.caption += text;
}

}  // namespace

table_set tables_of_html(node top, table_limits const& most) {
    return table_walk(most).run(top);
}

}  // namespace fetchd::tasks
