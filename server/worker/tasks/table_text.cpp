// Delimited text (RFC 4180), and which delimiter it has.
#include <algorithm>
#include <array>
#include <set>

#include "base/ascii.hpp"
#include "worker/tasks/table_rows.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t sample_records = 50;
constexpr std::size_t sample_bytes = std::size_t{64} << 10U;
constexpr std::array all_delimiters = {delimiter::comma, delimiter::semicolon, delimiter::tab,
                                       delimiter::pipe};

bool ends_line(char c) {
    return c == '\n' || c == '\r';
}

// Reads field after field.
class record_reader {
  public:
    record_reader(std::string_view text, delimiter by) : rest_(text), by_(static_cast<char>(by)) {}

    bool done() const { return rest_.empty(); }

    // Appends to `field`; false where it was the last one of its record.
    bool read(std::string& field) {
        if (rest_.starts_with('"'))
            quoted(field);
        auto end = std::size_t{0};
        while (end < rest_.size() && rest_[end] != by_ && !ends_line(rest_[end]))
            ++end;
        field.append(rest_, 0, end);
        bool const more = end < rest_.size() && rest_[end] == by_;
        if (end < rest_.size())
            end += !more && rest_.substr(end).starts_with("\r\n") ? 2 : 1;
        rest_.remove_prefix(end);
        return more;
    }

  private:
    // What follows the closing quote belongs to the field, too. Without one the rest of the text does.
    void quoted(std::string& field) {
        rest_.remove_prefix(1);
        for (;;) {
            auto const quote = rest_.find('"');
            field.append(rest_, 0, quote);
            rest_.remove_prefix(std::min(quote, rest_.size()));
            if (rest_.empty())
                return;
            rest_.remove_prefix(1);
            if (!rest_.starts_with('"'))
                return;
            field += '"';
            rest_.remove_prefix(1);
        }
    }

    std::string_view rest_;
    char by_;
};

// How well a delimiter makes columns: how many there are between the fields of most records, far less where
// other records have another number of them.
double fit(std::string_view sample, delimiter by) {
    record_reader reader(sample, by);
    std::vector<std::size_t> widths;
    std::string field;
    while (!reader.done() && widths.size() < sample_records) {
        std::size_t fields = 1;
        for (field.clear(); reader.read(field); field.clear())
            ++fields;
        if (fields > 1 || !field.empty())
            widths.push_back(fields);
    }
    std::sort(widths.begin(), widths.end());
    double best = 0;
    for (auto from = widths.begin(); from != widths.end();) {
        auto const end = std::upper_bound(from, widths.end(), *from);
        auto const share = static_cast<double>(end - from) / static_cast<double>(widths.size());
        if (share >= 0.5)
            best = std::max(best, share * share * share * share * static_cast<double>(*from - 1));
        from = end;
    }
    return best;
}

delimiter delimiter_of(std::string_view text) {
    auto best = delimiter::found;
    double best_fit = 0;
    for (auto by : all_delimiters)
        if (auto const found = fit(text.substr(0, sample_bytes), by); found > best_fit) {
            best = by;
            best_fit = found;
        }
    return best;
}

// "sep=;" on a line of its own.
delimiter named_delimiter(std::string_view& text) {
    if (!text.starts_with("sep=") || text.size() < 6 || !ends_line(text[5]))
        return delimiter::found;
    auto const by = static_cast<delimiter>(text[4]);
    if (std::find(all_delimiters.begin(), all_delimiters.end(), by) == all_delimiters.end())
        return delimiter::found;
    text.remove_prefix(text.substr(5).starts_with("\r\n") ? 7 : 6);
    return by;
}

// A number, amount or date has no letters but in a currency, a unit or a month.
bool looks_like_value(std::string_view s) {
    s = utf8::trimmed(s);
    if (s.empty())
        return true;
    bool const digit = is_digit(s[0]) || (s.size() > 1 && is_digit(s[1]) && !(s[0] >= 'A' && s[0] <= 'z'));
    std::size_t letters = 0;
    for (char c : s)
        letters += static_cast<std::size_t>((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    return digit && letters <= 3;
}

}  // namespace

bool looks_like_header(std::vector<std::vector<std::string>> const& rows) {
    if (rows.size() < 2)
        return false;
    // The column of the rows' own names often has none itself.
    auto const& first = rows[0];
    std::set<std::string_view> names;
    for (std::size_t c = first[0].empty() && first.size() > 1 ? 1 : 0; c < first.size(); ++c)
        if (looks_like_value(first[c]) || !names.insert(first[c]).second)
            return false;
    return true;
}

table_set table_of_text(std::string_view text, delimiter by, bool surely, table_limits const& most) {
    table_set set;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    auto const named = named_delimiter(text);
    if (by == delimiter::found)
        by = named != delimiter::found ? named : delimiter_of(text);
    if (by == delimiter::found) {
        if (!surely)
            return set;
        by = delimiter::comma;
    }
    data_table table;
    record_reader reader(text, by);
    std::size_t cells = 0;
    std::size_t bytes = 0;
    while (!reader.done() && !set.cut) {
        std::vector<std::string> row;
        for (bool more = true; more && !set.cut;) {
            more = reader.read(row.emplace_back());
            bytes += row.back().size();
            set.cut = ++cells > most.cells || bytes > most.bytes;
        }
        if (!set.cut && (row.size() > 1 || !row[0].empty()))
            table.rows.push_back(std::move(row));
    }
    table.header_rows = static_cast<std::size_t>(looks_like_header(table.rows));
    if (!table.rows.empty())
        set.tables.push_back(std::move(table));
    return set;
}

}  // namespace fetchd::tasks
