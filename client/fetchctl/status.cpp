#include "fetchctl/status.hpp"

#include <algorithm>
#include <map>

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

constexpr std::size_t most_metrics = 40;

// Families of the service itself that are one number: no histogram parts, no library internals.
bool worth_a_line(std::string_view name) {
    auto ends = [&](std::string_view tail) { return name.ends_with(tail); };
    return name.starts_with("fetchd_") && !ends("_bucket") && !ends("_sum") && !ends("_count") &&
           !ends("_created");
}

std::string padded(std::string_view text, std::size_t width) {
    std::string all = printable(text);
    all.resize(std::max(width, all.size()), ' ');
    return all;
}

std::map<std::string, double, std::less<>> totals(fetchd::service_status const& s) {
    std::map<std::string, double, std::less<>> sums;
    for (auto const& m : s.metrics)
        if (worth_a_line(m.name))
            sums[m.name] += m.value;
    return sums;
}

std::string on_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

}  // namespace

std::string status_text(std::string_view server, fetchd::service_status const& s, palette p) {
    auto text = p.strong("fetchd") + " at " + printable(server) + " is " +
                (s.ready ? p.good("ready") : p.bad("not ready")) + "\n";
    for (auto const& c : s.checks)
        text += "  " + padded(c.name, 24) + " " + (c.ok ? p.good("ok ") : p.bad("BAD")) +
                (c.detail.empty() ? "" : "  " + printable(c.detail)) + "\n";
    auto const sums = totals(s);
    std::size_t lines = 0;
    for (auto const& [name, value] : sums)
        if (value != 0 && lines++ < most_metrics)
            text += "  " + padded(std::string_view(name).substr(7), 40) + " " + number_in_words(value) + "\n";
    return text;
}

std::string status_json(fetchd::service_status const& s) {
    std::string text = std::string("{\"ready\":") + (s.ready ? "true" : "false");
    text += ",\"readiness\":" + on_one_line(s.ready_json) + ",\"metrics\":{";
    bool first = true;
    for (auto const& [name, value] : totals(s)) {
        // Infinities and NaN have no place in JSON; names of metrics are letters, digits, _ and : only.
        if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") !=
                std::string::npos ||
            value != value || value - value != 0)
            continue;
        char number[32];
        std::snprintf(number, sizeof number, "%.15g", value);
        text += (first ? "\"" : ",\"") + name + "\":" + number;
        first = false;
    }
    return text + "}}";
}

exit_code status(command const& all, screen& on, std::stop_token stop) {
    auto const& c = std::get<status_command>(all.what);
    auto timeout = all.common.timeout.count() > 0 ? all.common.timeout : std::chrono::milliseconds(10'000);
    fetchd::client_options options{.base_url = all.common.server,
                                   .timeout = timeout,
                                   .user_agent = "fetchctl/" FETCHD_VERSION,
                                   .stop = stop};
    fetchd::client service(options);
    auto s = service.status();
    if (!s) {
        if (s.error().what != fetchd::trouble::cancelled)
            on.error(error_line("", s.error()));
        return code_for(s.error());
    }
    if (c.json)
        on.out(status_json(*s) + "\n");
    else if (!all.common.quiet)
        on.out_painted(status_text(options.shown_url(), *s, palette{on.out_has_colour()}));
    return worse(s->ready ? exit_code::ok : exit_code::overloaded, on.lost());
}

}  // namespace fetchctl
