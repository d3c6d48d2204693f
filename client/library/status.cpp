#include "library/status.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "library/fields.hpp"

namespace fetchd {
inline namespace client_v1 {
namespace json = boost::json;
namespace {

constexpr std::size_t max_samples = 100'000;

// name{labels} value [timestamp]; a quoted label value may hold braces and escaped quotes.
std::optional<service_status::metric> sample(std::string_view line) {
    auto name_end = line.find_first_of("{ \t");
    if (line.empty() || line.front() == '#' || name_end == 0 || name_end == std::string_view::npos)
        return std::nullopt;
    service_status::metric m{std::string(line.substr(0, name_end)), {}, 0};
    auto rest = line.substr(name_end);
    if (rest.front() == '{') {
        bool quoted = false;
        std::size_t at = 1;
        for (; at < rest.size() && (quoted || rest[at] != '}'); ++at) {
            if (quoted && rest[at] == '\\')
                ++at;
            else if (rest[at] == '"')
                quoted = !quoted;
        }
        if (at >= rest.size())
            return std::nullopt;
        m.labels = rest.substr(1, at - 1);
        rest.remove_prefix(at + 1);
    }
    auto begin = rest.find_first_not_of(" \t");
    if (begin == std::string_view::npos)
        return std::nullopt;
    rest = rest.substr(begin);
    rest = rest.substr(0, rest.find_first_of(" \t\r"));
    auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), m.value);
    if (failed != std::errc() || end != rest.data() + rest.size())
        return std::nullopt;
    return m;
}

std::string words(json::object const& check) {
    std::string all;
    for (auto const& member : check) {
        if (member.key() == "ok")
            continue;
        auto const* s = member.value().if_string();
        all += all.empty() ? "" : " ";
        all += std::string(member.key()) + "=" +
               (s ? std::string(std::string_view(*s)) : json::serialize(member.value()));
    }
    return all;
}

}  // namespace

std::vector<service_status::metric> parse_metrics(std::string_view text) {
    std::vector<service_status::metric> all;
    while (!text.empty() && all.size() < max_samples) {
        auto end = text.find('\n');
        if (auto m = sample(text.substr(0, end)))
            all.push_back(std::move(*m));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return all;
}

std::vector<service_status::check> parse_checks(std::string_view text, std::string& problem) {
    std::vector<service_status::check> all;
    auto const value = parse_json(text, problem);
    if (!problem.empty())
        return all;
    auto const* o = value.if_object();
    if (!o) {
        problem = "it is not a JSON object";
        return all;
    }
    fields top(*o, "", problem);
    std::string status;
    top.take("status", status);
    if (problem.empty() && status.empty())
        problem = "the field \"status\" is missing";
    auto const* checks = top.object("checks");
    if (!checks)
        return all;
    for (auto const& member : *checks) {
        auto const* c = member.value().if_object();
        if (!c) {
            top.complain("checks." + std::string(member.key()), "an object");
            continue;
        }
        service_status::check one{std::string(member.key()), false, words(*c)};
        fields f(*c, "checks." + one.name, problem);
        f.take("ok", one.ok);
        all.push_back(std::move(one));
    }
    return all;
}

std::optional<double> service_status::total(std::string_view metric_name) const {
    std::optional<double> sum;
    for (auto const& m : metrics)
        if (m.name == metric_name)
            sum = sum.value_or(0) + m.value;
    return sum;
}

}  // namespace client_v1
}  // namespace fetchd
