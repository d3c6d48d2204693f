#include "api/schema.hpp"

#include <boost/json/parse.hpp>
#include <charconv>

#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

constexpr std::size_t max_outputs = 16;
constexpr std::size_t max_request_fields = 64;
constexpr std::size_t max_field_bytes = 8 * 1024;
constexpr std::uint64_t most_redirects = 20;

std::string quoted(std::string_view name) {
    return "\"" + std::string(name.substr(0, 64)) + "\"";
}

reply bad(std::string const& why) {
    return problem(400, why);
}

// One value to its place; the names are the same in queries and in JSON.
class reader {
  public:
    reader(schema_limits const& limits, asked& out) : limits_(limits), out_(out) {
        out_.timeout = limits.fetch.total_timeout;
    }

    std::optional<reply> take_url(std::string_view text) {
        auto parsed = url::parse(text);
        if (!parsed)
            return problem(parsed.error());
        if (!parsed->is_http())
            return problem(
                failure(stage::admission, code::unsupported_scheme, std::string(parsed->scheme())));
        out_.fetch.emplace(
            fetch_request{parsed->has_fragment() ? parsed->without_fragment() : std::move(*parsed)});
        return {};
    }

    std::optional<reply> take_output(std::string_view name) {
        if (outputs_.size() == max_outputs)
            return bad("output: at most " + std::to_string(max_outputs));
        if (!tasks::find(limits_.tasks, name))
            return bad("output: unknown " + quoted(name) + "; known are " + known());
        if (std::find(outputs_.begin(), outputs_.end(), name) == outputs_.end())
            outputs_.emplace_back(name);
        return {};
    }

    std::optional<reply> take_output_list(std::string_view list) {
        while (!list.empty()) {
            auto const comma = list.find(',');
            if (auto refused = take_output(list.substr(0, comma)))
                return refused;
            list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
        }
        return {};
    }

    // A number under this name; nothing when the name is not one of a number.
    std::optional<reply> take_number(std::string_view name, std::uint64_t value, bool& known_name) {
        known_name = true;
        if (name == "timeout_ms")
            return within(name, value, 1, static_cast<std::uint64_t>(limits_.fetch.max_timeout.count()),
                          [&] { out_.timeout = milliseconds(value); });
        if (name == "max_redirects")
            return within(name, value, 0, most_redirects, [&] { redirects_ = value; });
        if (name == "max_bytes")
            return within(name, value, 1, INT64_MAX, [&] { bytes_ = value; });
        known_name = false;
        return {};
    }

    headers fields;

    std::optional<reply> finish() {
        if (!out_.fetch)
            return bad("url: is missing; give the address to fetch");
        auto& request = *out_.fetch;
        request.max_redirects = redirects_.value_or(limits_.fetch.max_redirects);
        request.max_bytes = bytes_.value_or(limits_.fetch.max_bytes);
        out_.max_bytes_named = bytes_.has_value();
        request.retry = limits_.fetch.retry;
        request.out.limits = limits_.phases;
        request.output = std::move(outputs_);
        request.out.fields = std::move(fields);
        return {};
    }

    std::vector<std::string>& outputs() { return outputs_; }

  private:
    template <class Store>
    std::optional<reply> within(std::string_view name, std::uint64_t value, std::uint64_t min,
                                std::uint64_t max, Store store) {
        if (value < min || value > max)
            return bad(std::string(name) + ": want " + std::to_string(min) + ".." + std::to_string(max));
        store();
        return {};
    }

    std::string known() const {
        std::string all;
        for (auto const& t : limits_.tasks)
            all += (all.empty() ? "" : ", ") + std::string(t.name);
        return all;
    }

    schema_limits const& limits_;
    asked& out_;
    std::vector<std::string> outputs_;
    std::optional<std::uint64_t> redirects_;
    std::optional<std::uint64_t> bytes_;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size())
        return {};
    return value;
}

// Walks the pairs of a query; each name at most once.
template <class Take>
std::optional<reply> each_pair(std::string_view query, Take take) {
    auto const pairs = parse_query(query);
    if (!pairs)
        return problem(pairs.error());
    for (auto at = pairs->begin(); at != pairs->end(); ++at) {
        for (auto before = pairs->begin(); before != at; ++before)
            if (before->name == at->name)
                return bad("parameter " + quoted(at->name) + " is given twice");
        if (auto refused = take(at->name, at->value))
            return refused;
    }
    return {};
}

// Fields that fetchd decides itself, or that are about a connection.
bool forbidden_field(std::string_view name) {
    constexpr std::string_view names[] = {
        "host", "content-length", "accept-encoding", "expect", "content-encoding", "via", "date"};
    return hop_by_hop(name) ||
           std::any_of(std::begin(names), std::end(names), [&](auto n) { return same_name(n, name); });
}

std::optional<reply> take_fields(json::value const& value, headers& into) {
    auto const* const object = value.if_object();
    if (!object)
        return bad("headers: want an object of names and texts");
    if (object->size() > max_request_fields)
        return bad("headers: at most " + std::to_string(max_request_fields));
    for (auto const& [key, text] : *object) {
        std::string_view const name(key.data(), key.size());
        if (!text.is_string())
            return bad("headers." + quoted(name) + ": want a text");
        std::string_view const content(text.get_string().data(), text.get_string().size());
        if (!valid_name(name) || !valid_value(content) || name.size() + content.size() > max_field_bytes)
            return bad("headers: " + quoted(name) + " is not a valid header field");
        if (forbidden_field(name))
            return bad("headers: " + quoted(name) + " cannot be set: fetchd sets it itself");
        into.add(name, content);
    }
    return {};
}

std::optional<reply> take_output_value(json::value const& value, reader& read) {
    if (auto const* const one = value.if_string())
        return read.take_output({one->data(), one->size()});
    auto const* const list = value.if_array();
    if (!list || list->empty())
        return bad("output: want a list of names");
    for (auto const& item : *list) {
        auto const* const name = item.if_string();
        if (!name)
            return bad("output: want a list of names");
        if (auto refused = read.take_output({name->data(), name->size()}))
            return refused;
    }
    return {};
}

std::optional<reply> take_member(std::string_view name, json::value const& value, reader& read) {
    if (name == "url") {
        auto const* const text = value.if_string();
        return text ? read.take_url({text->data(), text->size()}) : bad("url: want a text");
    }
    if (name == "output")
        return take_output_value(value, read);
    if (name == "headers")
        return take_fields(value, read.fields);
    bool known = false;
    auto const count =
        value.is_int64() && value.get_int64() >= 0 ? static_cast<std::uint64_t>(value.get_int64()) : 0;
    auto refused = read.take_number(name, count, known);
    if (!known)
        return bad("unknown field " + quoted(name));
    if (!value.is_int64() || value.get_int64() < 0)
        return bad(std::string(name) + ": want a whole number");
    return refused;
}

}  // namespace

std::optional<reply> read_query(std::string_view query, bool with_output, schema_limits const& limits,
                                asked& out) {
    reader read(limits, out);
    auto refused =
        each_pair(query, [&](std::string const& name, std::string const& value) -> std::optional<reply> {
            if (name == "url")
                return read.take_url(value);
            if (name == "output" && with_output)
                return read.take_output_list(value);
            bool known = false;
            auto const count = number(value);
            auto wrong = read.take_number(name, count.value_or(0), known);
            if (!known)
                return bad("unknown parameter " + quoted(name) +
                           (out.fetch ? "; is the url percent-encoded?" : ""));
            if (!count)
                return bad(name + ": want a whole number");
            return wrong;
        });
    return refused ? refused : read.finish();
}

std::optional<reply> read_fetch_body(std::string_view body, schema_limits const& limits, asked& out) {
    json::error_code ec;
    auto const document = json::parse({body.data(), body.size()}, ec);
    if (ec)
        return bad("the body is not JSON: " + ec.message());
    auto const* const object = document.if_object();
    if (!object)
        return bad("the body must be a JSON object");
    reader read(limits, out);
    for (auto const& [key, value] : *object)
        if (auto refused = take_member({key.data(), key.size()}, value, read))
            return refused;
    return read.finish();
}

std::optional<reply> read_process_query(std::string_view query, schema_limits const& limits,
                                        process_asked& out) {
    asked dummy;
    reader read(limits, dummy);
    auto refused =
        each_pair(query, [&](std::string const& name, std::string const& value) -> std::optional<reply> {
            if (name == "output")
                return read.take_output_list(value);
            if (name == "url") {
                auto wrong = read.take_url(value);
                if (!wrong)
                    out.base_url = std::string(dummy.fetch->target.href());
                return wrong;
            }
            if (name != "timeout_ms")
                return bad("unknown parameter " + quoted(name));
            bool known = false;
            auto const count = number(value);
            if (!count)
                return bad(name + ": want a whole number");
            return read.take_number(name, *count, known);
        });
    if (refused)
        return refused;
    out.timeout = dummy.timeout;
    if (!read.outputs().empty())
        out.output = std::move(read.outputs());
    return {};
}

void pass_request_fields(headers const& from, headers& to) {
    constexpr std::string_view passed[] = {"Accept",   "Accept-Encoding", "Accept-Language",  "Range",
                                           "If-Range", "If-None-Match",   "If-Modified-Since"};
    for (std::size_t i = 0; i < from.size(); ++i)
        if (std::any_of(std::begin(passed), std::end(passed),
                        [&](auto n) { return same_name(n, from[i].name); }))
            to.add(from[i].name, from[i].value);
}

}  // namespace fetchd::api
