#include "base/setting.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>

namespace fetchd {
namespace {

constexpr std::size_t max_list = 1024;

struct unit {
    std::string_view name;
    std::uint64_t factor;  // largest first
};
constexpr unit byte_units[] = {{"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"", 1}};
constexpr unit time_units[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

// "64KiB" -> 65536; nothing for anything else, overflow included.
std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<unit const> units) {
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{})
        return {};
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    while (rest.starts_with(' '))
        rest.remove_prefix(1);
    for (auto const& u : units)
        if (u.name == rest) {
            if (number > UINT64_MAX / u.factor)
                return {};
            return number * u.factor;
        }
    return {};
}

std::string print_quantity(std::uint64_t number, std::span<unit const> units) {
    for (auto const& u : units)
        if (number >= u.factor && number % u.factor == 0)
            return std::to_string(number / u.factor) + std::string(u.name);
    return std::to_string(number) + std::string(units.back().name);
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    return out += '"';
}

// A byte quantity that is a plain number is a TOML integer; one with a unit is a string.
std::string print_bytes(std::uint64_t number) {
    auto const text = print_quantity(number, byte_units);
    return std::isdigit(static_cast<unsigned char>(text.back())) ? text : quoted(text);
}

std::string wanted(std::string_view value, std::string const& want) {
    return " = " + std::string(value) + ": want " + want;
}

std::string shown(raw_value const& raw) {
    return raw.type == raw_value::kind::list ? "a list" : raw.text;
}

bool scalar(raw_value const& raw) {
    using kind = raw_value::kind;
    return raw.type == kind::untyped || raw.type == kind::integer || raw.type == kind::text;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto part = text.substr(0, comma);
        while (part.starts_with(' '))
            part.remove_prefix(1);
        while (part.ends_with(' '))
            part.remove_suffix(1);
        if (!part.empty())
            parts.emplace_back(part);
        text.remove_prefix(comma == text.npos ? text.size() : comma + 1);
    }
    return parts;
}

std::optional<std::vector<std::string>> as_list(raw_value const& raw) {
    if (raw.type == raw_value::kind::list)
        return raw.list;
    if (raw.type == raw_value::kind::untyped)
        return split(raw.text);
    return {};
}

template <class Items, class Print>
std::string print_list(Items const& items, Print print) {
    std::string out = "[";
    for (auto const& item : items)
        out += (out.size() > 1 ? ", " : "") + print(item);
    return out += ']';
}

}  // namespace

void setting_list::section(std::string name, std::string help) {
    section_ = std::move(name);
    section_help_ = std::move(help);
}

template <class Field>
setting& setting_list::add(std::string key, Field& field, std::string help) {
    setting s;
    s.section = section_;
    s.section_help = section_help_;
    s.name = section_ + "." + key;
    s.help = std::move(help);
    s.field = &field;
    s.copy = [&field](setting const& other) { field = *static_cast<Field const*>(other.field); };
    return all.emplace_back(std::move(s));
}

setting_list& setting_list::count(std::string key, std::size_t& field, std::size_t min, std::size_t max,
                                  std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    auto const range = std::to_string(min) + ".." + std::to_string(max);
    s.print = [&field] { return std::to_string(field); };
    s.check = [&field, min, max, range] {
        return field < min || field > max ? wanted(std::to_string(field), range) : std::string();
    };
    s.assign = [&field, range](raw_value const& raw) -> std::string {
        auto const number = parse_quantity(raw.text, std::span(byte_units).last(1));
        if (raw.type == raw_value::kind::text || !scalar(raw) || !number)
            return wanted(shown(raw), "a whole number, " + range);
        field = *number;
        return {};
    };
    return *this;
}

setting_list& setting_list::bytes(std::string key, std::size_t& field, std::size_t min, std::size_t max,
                                  std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    auto const range = print_quantity(min, byte_units) + ".." + print_quantity(max, byte_units);
    s.print = [&field] { return print_bytes(field); };
    s.check = [&field, min, max, range] {
        return field < min || field > max ? wanted(print_quantity(field, byte_units), range) : std::string();
    };
    s.assign = [&field, range](raw_value const& raw) -> std::string {
        auto const number = parse_quantity(raw.text, byte_units);
        if (!scalar(raw) || !number)
            return wanted(shown(raw), "a size as 65536 or \"64KiB\", " + range);
        field = *number;
        return {};
    };
    return *this;
}

setting_list& setting_list::duration(std::string key, milliseconds& field, milliseconds min, milliseconds max,
                                     std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    auto const print = [](milliseconds d) {
        return print_quantity(static_cast<std::uint64_t>(d.count()), time_units);
    };
    auto const range = print(min) + ".." + print(max);
    s.print = [&field, print] { return quoted(print(field)); };
    s.check = [&field, min, max, range, print] {
        return field < min || field > max ? wanted(print(field), range) : std::string();
    };
    s.assign = [&field, range](raw_value const& raw) -> std::string {
        auto const number = parse_quantity(raw.text, time_units);
        if (!scalar(raw) || !number || *number > INT64_MAX)
            return wanted(shown(raw), "a duration as \"500ms\" or \"30s\", " + range);
        field = milliseconds(static_cast<std::int64_t>(*number));
        return {};
    };
    return *this;
}

setting_list& setting_list::text(std::string key, std::string& field, std::size_t min, std::size_t max,
                                 std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    s.print = [&field] { return quoted(field); };
    s.check = [&field, min, max]() -> std::string {
        bool const control = std::any_of(field.begin(), field.end(), [](char c) {
            return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
        });
        if (control || field.size() < min || field.size() > max)
            return ": want " + std::to_string(min) + ".." + std::to_string(max) +
                   " characters, no control characters";
        return {};
    };
    s.assign = [&field](raw_value const& raw) -> std::string {
        if (raw.type == raw_value::kind::integer || !scalar(raw))
            return wanted(shown(raw), "a text");
        field = raw.text;
        return {};
    };
    return *this;
}

setting_list& setting_list::flag(std::string key, bool& field, std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    s.print = [&field] { return std::string(field ? "true" : "false"); };
    s.check = [] { return std::string(); };
    s.assign = [&field](raw_value const& raw) -> std::string {
        using kind = raw_value::kind;
        if ((raw.type != kind::boolean && raw.type != kind::untyped) ||
            (raw.text != "true" && raw.text != "false"))
            return wanted(shown(raw), "true or false");
        field = raw.text == "true";
        return {};
    };
    return *this;
}

setting_list& setting_list::choice(std::string key, std::string& field, std::vector<std::string> words,
                                   std::string help) {
    std::string listed;
    for (auto const& w : words)
        listed += (listed.empty() ? "" : ", ") + w;
    text(std::move(key), field, 1, 64, std::move(help));
    all.back().help += " One of: " + listed + ".";
    all.back().check = [&field, words = std::move(words), listed] {
        return std::find(words.begin(), words.end(), field) == words.end() ? wanted(field, "one of " + listed)
                                                                           : std::string();
    };
    return *this;
}

setting_list& setting_list::texts(std::string key, std::vector<std::string>& field, std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    s.print = [&field] { return print_list(field, [](auto const& t) { return quoted(t); }); };
    s.check = [&field] {
        return field.size() > max_list ? ": want at most " + std::to_string(max_list) + " entries"
                                       : std::string();
    };
    s.assign = [&field](raw_value const& raw) -> std::string {
        auto items = as_list(raw);
        if (!items)
            return wanted(shown(raw), "a list of texts");
        field = std::move(*items);
        return {};
    };
    return *this;
}

setting_list& setting_list::ports(std::string key, std::vector<std::uint16_t>& field, std::string help) {
    auto& s = add(std::move(key), field, std::move(help));
    s.print = [&field] { return print_list(field, [](auto port) { return std::to_string(port); }); };
    s.check = [] { return std::string(); };
    s.assign = [&field](raw_value const& raw) -> std::string {
        auto const items = as_list(raw);
        std::vector<std::uint16_t> ports;
        for (auto const& item : items.value_or(std::vector<std::string>{"?"})) {
            auto const number = parse_quantity(item, std::span(byte_units).last(1));
            if (!number || *number > 65535 || ports.size() == max_list)
                return wanted(items ? item : shown(raw), "a list of ports, 0..65535");
            ports.push_back(static_cast<std::uint16_t>(*number));
        }
        field = std::move(ports);
        return {};
    };
    return *this;
}

}  // namespace fetchd
