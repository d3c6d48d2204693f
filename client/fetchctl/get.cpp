#include "fetchctl/get.hpp"

#include <strings.h>

#include "fetchctl/delivery.hpp"
#include "fetchctl/in_order.hpp"
#include "fetchctl/input_file.hpp"
#include "fetchctl/progress.hpp"
#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using page = fetchd::answer<fetchd::document>;

constexpr std::size_t max_url_list = 64 * 1024 * 1024;
constexpr std::size_t max_body = 64 * 1024 * 1024;

// "-" becomes the lines of standard input.
std::optional<std::vector<std::string>> all_urls(std::vector<std::string> const& given,
                                                 std::string& problem) {
    std::vector<std::string> urls;
    for (auto const& url : given) {
        if (url != "-") {
            urls.push_back(url);
            continue;
        }
        auto text = read_input("-", max_url_list, problem);
        if (!text)
            return std::nullopt;
        if (!urls_in(*text, urls)) {
            problem = "more than " + std::to_string(most_urls) + " URLs";
            return std::nullopt;
        }
    }
    if (urls.empty())
        problem = "standard input holds no URL";
    return problem.empty() ? std::optional(std::move(urls)) : std::nullopt;
}

fetchd::fetch_request request_for(std::string const& url, get_command const& c) {
    return {url, c.print.wanted(), c.headers, c.limits, c.way, c.method, c.body, c.print.options};
}

// As curl does it: the pieces are joined by '&', and what is sent is a form unless a header says otherwise.
bool read_body(get_command& c, std::string& problem) {
    if (c.data.empty())
        return true;
    auto& body = c.body.emplace();
    for (auto const& piece : c.data) {
        auto text =
            piece.starts_with('@') ? read_input(piece.substr(1), max_body, problem) : std::optional(piece);
        if (!text)
            return false;
        if (piece.starts_with('@') && !c.data_as_is)
            std::erase_if(*text, [](char b) { return b == '\r' || b == '\n' || b == '\0'; });
        body += (&piece == &c.data.front() ? "" : "&") + *text;
    }
    if (c.method.empty())
        c.method = "POST";
    auto const is_type = [](auto const& h) { return ::strcasecmp(h.first.c_str(), "content-type") == 0; };
    if (std::none_of(c.headers.begin(), c.headers.end(), is_type))
        c.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return true;
}

}  // namespace

bool urls_in(std::string_view text, std::vector<std::string>& to) {
    constexpr std::string_view blank = " \t\r";
    while (!text.empty()) {
        auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto first = line.find_first_not_of(blank);
        if (first == std::string_view::npos || line[first] == '#')
            continue;
        if (to.size() == most_urls)
            return false;
        to.emplace_back(line.substr(first, line.find_last_not_of(blank) + 1 - first));
    }
    return true;
}

exit_code get(command const& all, screen& on, std::stop_token stop) {
    auto c = std::get<get_command>(all.what);
    std::string problem;
    auto urls = all_urls(c.urls, problem);
    if (!urls || !read_body(c, problem)) {
        on.error(problem);
        return exit_code::usage;
    }
    c.urls = std::move(*urls);
    if (c.raw)
        return get_raw(all.common, c, on, stop);

    delivery to(on, c.print, c.urls.size() > 1);
    if (!to.open())
        return exit_code::usage;
    // Ended by an interruption, and by ourselves when going on is pointless.
    std::stop_source over;
    std::stop_callback interrupted(stop, [&] { over.request_stop(); });
    progress shown(on, c.urls.size());
    fetchd::client service({.base_url = all.common.server,
                            .timeout = all.common.timeout,
                            .user_agent = "fetchctl/" FETCHD_VERSION,
                            .stop = over.get_token(),
                            .on_bytes = [&](std::size_t n) { shown.add_bytes(n); }});
    auto outcome = exit_code::ok;
    std::size_t taken = 0;
    in_order<page>(
        c.urls.size(), c.jobs, [&](std::size_t i) { return service.fetch(request_for(c.urls[i], c)); },
        [&](std::size_t i, page got) {
            shown.one_done();
            ++taken;
            outcome = worse(outcome, to.accept(c.urls[i], got));
            if (!worth_going_on(outcome))
                over.request_stop();
            return worth_going_on(outcome);
        });
    if (taken < c.urls.size() && outcome == exit_code::unreachable)
        on.error(counted(c.urls.size() - taken, "URL") + " not tried");
    bool const whole =
        outcome == exit_code::ok || (c.print.json && taken == c.urls.size() &&
                                     (outcome == exit_code::failed || outcome == exit_code::refused));
    return worse(outcome, to.finish(whole));
}

}  // namespace fetchctl
