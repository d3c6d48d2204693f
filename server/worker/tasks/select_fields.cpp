#include "worker/tasks/select_fields.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <optional>

#include "base/ascii.hpp"
#include "worker/tasks/css_cursor.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::select {
namespace {

namespace json = boost::json;

std::string_view view(json::string const& s) {
    return {s.data(), s.size()};
}

failure wrong(std::string_view path, std::string_view what) {
    return {stage::process, code::bad_option, std::string(path) + ": " + std::string(what)};
}

result<json::value> parse(std::string_view text) {
    json::parse_options limits;
    limits.max_depth = 2 * max_levels + 2;
    json::stream_parser parser({}, limits);
    json::error_code error;
    auto const read = parser.write_some(text.data(), text.size(), error);
    if (!error && read == text.size())
        parser.finish(error);
    else if (!error)
        error = json::make_error_code(json::error::extra_data);
    if (!error)
        return parser.release();
    auto const position = css::cursor(text).position(std::min(read, text.size()));
    return wrong("select.fields",
                 "position " + std::to_string(position) + ": expected JSON (" + error.message() + ")");
}

struct part_row {
    std::string_view name;
    part what;
};

constexpr part_row parts[] = {
    {"text", part::text},         {"raw_text", part::raw_text},
    {"html", part::html},         {"inner_html", part::inner_html},
    {"markdown", part::markdown}, {"number", part::number},
    {"exists", part::exists},
};

class field_reader {
  public:
    result<void> object(json::value const&, std::string const& path, std::size_t level,
                        std::vector<field>& into);

  private:
    result<void> one(json::value const&, std::size_t level, field& into);
    result<void> member(std::string_view key, json::value const&, std::size_t level, field& into);
    result<void> selector(std::string_view text, bool relative, field& into);
    result<void> expression(std::string_view text, field& into);
    result<void> taken(std::string_view what, field& into);
    static result<void> fits(json::object const&, field const&);

    std::uint32_t count_ = 0;
};

bool is_plain(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c == '-';
    });
}

// `path` names the object: "select.fields".
result<void> field_reader::object(json::value const& value, std::string const& path, std::size_t level,
                                  std::vector<field>& into) {
    auto const* const members = value.if_object();
    if (members == nullptr || members->empty())
        return wrong(path, "expected an object of names and selectors");
    if (level > max_levels)
        return wrong(path, "expected at most " + std::to_string(max_levels) + " levels of records");
    into.reserve(members->size());
    for (auto const& [key, given] : *members) {
        auto& made = into.emplace_back();
        made.name = std::string_view(key.data(), key.size());
        if (made.name.empty() || made.name.size() > max_name_bytes)
            return wrong(path, "expected names of 1 to " + std::to_string(max_name_bytes) + " bytes");
        made.path = path + "." + (is_plain(made.name) ? made.name : json::serialize(json::string(made.name)));
        if (count_ == max_fields)
            return wrong(made.path, "expected at most " + std::to_string(max_fields) + " fields in all");
        made.id = count_++;
        if (auto read = one(given, level, made); !read)
            return read.error();
    }
    return {};
}

result<void> field_reader::one(json::value const& value, std::size_t level, field& into) {
    if (auto const* const text = value.if_string())
        return selector(view(*text), level > 1, into);
    auto const* const members = value.if_object();
    if (members == nullptr)
        return wrong(into.path, "expected a selector or an object with \"css\" or \"xpath\"");
    for (auto const& [key, given] : *members)
        if (auto read = member({key.data(), key.size()}, given, level, into); !read)
            return read.error();
    return fits(*members, into);
}

result<void> field_reader::member(std::string_view key, json::value const& value, std::size_t level,
                                  field& into) {
    auto const* const text = value.if_string();
    auto const* const flag = value.if_bool();
    auto const expected = [&](std::string_view what) {
        return wrong(into.path + "." + std::string(key), "expected " + std::string(what));
    };
    if (key == "css")
        return text != nullptr ? selector(view(*text), level > 1, into) : expected("a selector");
    if (key == "xpath")
        return text != nullptr ? expression(view(*text), into) : expected("an XPath expression");
    if (key == "get")
        return text != nullptr ? taken(view(*text), into) : expected("a text");
    if (key == "fields") {
        into.take = part::record;
        return object(value, into.path + ".fields", level + 1, into.fields);
    }
    if (key == "all" || key == "required") {
        if (flag == nullptr)
            return expected("true or false");
        (key == "all" ? into.all : into.required) = *flag;
        return {};
    }
    if (key == "limit") {
        auto const* const number = value.if_int64();
        if (number == nullptr || *number < 1 || *number > max_matches)
            return expected("a whole number, 1 to " + std::to_string(max_matches));
        into.limit = static_cast<std::uint32_t>(*number);
        return {};
    }
    if (key == "default") {
        if (value.is_structured())
            return expected("a text, a number, true, false or null");
        into.otherwise = json::serialize(value);
        return {};
    }
    return wrong(into.path, "expected css, xpath, get, all, limit, fields, default or required, not " +
                                json::serialize(json::string(key)));
}

result<void> field_reader::selector(std::string_view text, bool relative, field& into) {
    auto compiled = css::compile(text, relative);
    if (!compiled)
        return wrong(into.path, compiled.error().detail);
    into.by = field::way::css;
    into.css = std::move(*compiled);
    return {};
}

result<void> field_reader::expression(std::string_view text, field& into) {
    auto compiled = xpath::compile(text);
    if (!compiled)
        return wrong(into.path, compiled.error().detail);
    into.by = field::way::xpath;
    into.xpath = std::move(*compiled);
    return {};
}

result<void> field_reader::taken(std::string_view what, field& into) {
    for (auto const& row : parts)
        if (row.name == what) {
            into.take = row.what;
            return {};
        }
    for (auto const& [prefix, take] :
         {part_row{"attr:", part::attribute}, part_row{"attr_raw:", part::raw_attribute}})
        if (what.starts_with(prefix)) {
            into.take = take;
            into.attribute = ascii_lowered(what.substr(prefix.size()));
            if (into.attribute.empty() ||
                std::any_of(into.attribute.begin(), into.attribute.end(), utf8::is_space))
                return wrong(into.path + ".get",
                             "expected the name of an attribute after '" + std::string(prefix) + "'");
            return {};
        }
    return wrong(
        into.path + ".get",
        "expected text, raw_text, html, inner_html, markdown, number, exists, attr:NAME or attr_raw:NAME");
}

// What the members of a field's object say together.
result<void> field_reader::fits(json::object const& members, field const& made) {
    auto const has = [&](std::string_view key) {
        return members.contains(json::string_view(key.data(), key.size()));
    };
    if (has("css") && has("xpath"))
        return wrong(made.path, "expected \"css\" or \"xpath\", not both");
    auto const takes_value = made.take == part::text || made.take == part::raw_text ||
                             made.take == part::number || made.take == part::exists;
    if (made.by == field::way::xpath && made.xpath.all[made.xpath.top].result != xpath::type::nodes &&
        !takes_value)
        return wrong(made.path,
                     "expected an expression that gives nodes, or \"get\" text, raw_text, number or exists");
    if (has("get") && has("fields"))
        return wrong(made.path, "expected \"get\" or \"fields\", not both");
    if (has("limit") && !made.all)
        return wrong(made.path, "expected \"all\": true beside \"limit\"");
    if (has("default") && made.all)
        return wrong(made.path, "expected no \"default\" for a list, which is empty where nothing is found");
    if (made.take == part::exists && (made.all || made.required || has("default")))
        return wrong(made.path, "expected \"get\": \"exists\" without \"all\", \"default\" or \"required\"");
    return {};
}

}  // namespace

result<std::vector<field>> read_fields(std::string_view text) {
    auto const value = parse(text);
    if (!value)
        return value.error();
    std::vector<field> made;
    if (auto read = field_reader().object(*value, "select.fields", 1, made); !read)
        return read.error();
    return made;
}

}  // namespace fetchd::select
