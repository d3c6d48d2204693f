// Options in a query: GET /v1/raw, GET /v1/read, POST /v1/process.
#include <charconv>

#include "api/schema_fields.hpp"
#include "http/url_query.hpp"

namespace fetchd::api {
namespace {

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
                return bad_request("parameter " + quoted(at->name) + " is given twice");
        if (auto refused = take(at->name, at->value))
            return refused;
    }
    return {};
}

std::optional<reply> take_outputs(std::string_view list, option_reader& read) {
    while (true) {
        auto const comma = list.find(',');
        if (auto refused = read.output().add(list.substr(0, comma)))
            return refused;
        if (comma == list.npos)
            return {};
        list.remove_prefix(comma + 1);
    }
}

std::optional<reply> take_option(std::string const& name, std::string const& value, option_reader& read) {
    switch (option_reader::kind_of(name)) {
        case option_reader::kind::text:
            return read.take_text(name, value);
        case option_reader::kind::flag:
            if (value != "true" && value != "false")
                return bad_request(name + ": want true or false");
            return read.take_flag(name, value == "true");
        case option_reader::kind::number:
            if (auto const count = number(value))
                return read.take_number(name, *count);
            return bad_request(name + ": want a whole number");
        default:
            return bad_request("unknown parameter " + quoted(name) +
                               (read.target() ? "; is the url percent-encoded?" : ""));
    }
}

// "markdown.links": no other parameter has a dot.
std::optional<reply> take_setting(std::string_view name, std::string_view value, option_reader& read) {
    auto const dot = name.find('.');
    return read.output().set(name.substr(0, dot), name.substr(dot + 1), value);
}

bool is_about_output(std::string_view name) {
    return name == "output" || name.find('.') != name.npos;
}

std::optional<reply> take_about_output(std::string_view name, std::string_view value, option_reader& read) {
    return name == "output" ? take_outputs(value, read) : take_setting(name, value, read);
}

}  // namespace

std::optional<reply> read_query(std::string_view query, bool with_output, schema_limits const& limits,
                                asked& out) {
    option_reader read(limits);
    if (!with_output)
        read.output().name_none();
    auto refused = each_pair(query, [&](std::string const& name, std::string const& value) {
        return with_output && is_about_output(name) ? take_about_output(name, value, read)
                                                    : take_option(name, value, read);
    });
    return refused ? refused : read.finish(out);
}

std::optional<reply> read_process_query(std::string_view query, schema_limits const& limits,
                                        process_asked& out) {
    option_reader read(limits);
    auto refused =
        each_pair(query, [&](std::string const& name, std::string const& value) -> std::optional<reply> {
            if (is_about_output(name))
                return take_about_output(name, value, read);
            if (name != "url" && name != "timeout_ms")
                return bad_request("unknown parameter " + quoted(name));
            return take_option(name, value, read);
        });
    if (refused)
        return refused;
    if (read.target())
        out.base_url = std::string(read.target()->href());
    out.timeout = read.timeout();
    if (auto wrong = read.output().finish())
        return wrong;
    out.output = read.output().take();
    return {};
}

}  // namespace fetchd::api
