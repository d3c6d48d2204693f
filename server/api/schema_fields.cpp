#include "api/schema_fields.hpp"

#include <algorithm>
#include <iterator>

#include "fetch/sessions.hpp"

namespace fetchd::api {
namespace {

constexpr std::uint64_t max_timeout = 0;  // in the table: what fetch.max_timeout says

}  // namespace

std::string quoted(std::string_view name) {
    return "\"" + std::string(name.substr(0, 64)) + "\"";
}

reply bad_request(std::string const& why) {
    return problem(400, why);
}

struct option_reader::number_option {
    std::string_view name;
    std::uint64_t least;
    std::uint64_t most;
    void (*store)(option_reader&, std::uint64_t);
};

// The limits of the phases have the names of their settings.
option_reader::number_option const option_reader::numbers[] = {
    {"timeout_ms", 1, max_timeout, [](auto& o, auto n) { o.timeout_ = milliseconds(n); }},
    {"dns_timeout_ms", 1, max_timeout, [](auto& o, auto n) { o.out_.limits.dns = milliseconds(n); }},
    {"connect_timeout_ms", 1, max_timeout, [](auto& o, auto n) { o.out_.limits.connect = milliseconds(n); }},
    {"tls_timeout_ms", 1, max_timeout, [](auto& o, auto n) { o.out_.limits.tls = milliseconds(n); }},
    {"first_byte_timeout_ms", 1, max_timeout,
     [](auto& o, auto n) { o.out_.limits.first_byte = milliseconds(n); }},
    {"body_idle_timeout_ms", 1, max_timeout, [](auto& o, auto n) { o.out_.limits.idle = milliseconds(n); }},
    {"min_speed", 0, 1024 * 1024 * 1024, [](auto& o, auto n) { o.out_.limits.min_speed = n; }},
    {"max_redirects", 0, 20, [](auto& o, auto n) { o.max_redirects_ = n; }},
    {"max_bytes", 1, INT64_MAX,
     [](auto& o, auto n) {
         o.max_bytes_ = n;
         o.max_bytes_named_ = true;
     }},
    {"retries", 0, 10,
     [](auto& o, auto n) {
         o.retry_.most = n;
         o.retries_named_ = true;
     }},
};

option_reader::option_reader(schema_limits const& limits)
    : limits_(limits),
      retry_(limits.fetch.retry),
      output_(limits.tasks),
      max_redirects_(limits.fetch.max_redirects),
      max_bytes_(limits.fetch.max_bytes),
      timeout_(limits.fetch.total_timeout) {
    out_.limits = limits.phases;
}

option_reader::number_option const* option_reader::find_number(std::string_view name) {
    auto const* const found =
        std::find_if(std::begin(numbers), std::end(numbers), [&](auto const& n) { return n.name == name; });
    return found == std::end(numbers) ? nullptr : found;
}

option_reader::kind option_reader::kind_of(std::string_view name) {
    if (name == "url" || name == "proxy" || name == "session")
        return kind::text;
    if (name == "allow_downgrade")
        return kind::flag;
    return find_number(name) ? kind::number : kind::unknown;
}

std::optional<reply> option_reader::take_number(std::string_view name, std::uint64_t value) {
    auto const& option = *find_number(name);
    auto const most = option.most == max_timeout
                          ? static_cast<std::uint64_t>(limits_.fetch.max_timeout.count())
                          : option.most;
    if (value < option.least || value > most)
        return bad_request(std::string(name) + ": want " + std::to_string(option.least) + ".." +
                           std::to_string(most));
    option.store(*this, value);
    return {};
}

std::optional<reply> option_reader::take_flag(std::string_view, bool value) {
    allow_downgrade_ = value;
    return {};
}

std::optional<reply> option_reader::take_text(std::string_view name, std::string_view value) {
    if (name == "proxy")
        return take_proxy(value);
    return name == "session" ? take_session(value) : take_url(value);
}

std::optional<reply> option_reader::take_url(std::string_view text) {
    auto parsed = url::parse(text);
    if (!parsed)
        return problem(parsed.error());
    if (!parsed->is_http())
        return problem(failure(stage::admission, code::unsupported_scheme, std::string(parsed->scheme())));
    target_ = parsed->has_fragment() ? parsed->without_fragment() : std::move(*parsed);
    return {};
}

std::optional<reply> option_reader::take_proxy(std::string_view text) {
    auto parsed = parse_proxy(text);
    if (!parsed)
        return problem(parsed.error());
    out_.via = std::make_shared<proxy const>(std::move(*parsed));
    return {};
}

std::optional<reply> option_reader::take_session(std::string_view text) {
    if (!valid_session_name(text))
        return bad_request("session: want 1 to 128 characters of visible ASCII");
    session_ = text;
    return {};
}

std::optional<reply> option_reader::finish(asked& into) {
    if (!target_)
        return bad_request("url: is missing; give the address to fetch");
    if (auto refused = output_.finish())
        return refused;
    if (!session_.empty() && out_.fields.has("Cookie"))
        return bad_request("session: cannot go with a \"cookie\" header: the session has its own cookies");
    auto& request = into.fetch.emplace(fetch_request{std::move(*target_)});
    request.out = std::move(out_);
    request.retry = retry_;
    request.session = std::move(session_);
    request.allow_downgrade = allow_downgrade_;
    request.output = output_.take();
    request.max_redirects = max_redirects_;
    request.max_bytes = max_bytes_;
    into.timeout = timeout_;
    into.max_bytes_named = max_bytes_named_;
    into.retries_named = retries_named_;
    return {};
}

}  // namespace fetchd::api
