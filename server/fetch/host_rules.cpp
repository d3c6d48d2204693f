#include "fetch/host_rules.hpp"

#include <algorithm>

#include "base/setting.hpp"
#include "http/public_suffix.hpp"

namespace fetchd {
namespace {

// The words of one entry, read, checked and named as the settings are.
struct word_list {
    std::size_t connections = 0;
    std::size_t rate = 0;
    milliseconds delay{};
    bool adaptive = true;
    bool robots = true;
    setting_list all;

    word_list() {
        using namespace std::chrono_literals;
        all.section("hosts", "");
        all.count("connections", connections, 1, 10'000, "");
        all.count("rate", rate, 0, 1'000'000, "");
        all.duration("delay", delay, 0ms, 1h, "");
        all.flag("adaptive", adaptive, "");
        all.flag("robots", robots, "");
    }

    void take(void const* field, politeness::host_rule& rule) const {
        if (field == &connections)
            rule.connections = connections;
        else if (field == &rate)
            rule.rate = rate;
        else if (field == &delay)
            rule.delay = delay;
        else if (field == &adaptive)
            rule.adaptive = adaptive;
        else
            rule.robots = robots;
    }
};

std::vector<std::string> words_of(std::string const& text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find(' ', at), text.size());
        if (end > at)
            words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

template <class Value>
std::optional<Value> first_of(std::optional<Value> const& a, std::optional<Value> const& b) {
    return a ? a : b;
}

}  // namespace

// What is wrong with it; empty when nothing is.
std::string host_rules::read(std::string const& text, std::string& host, politeness::host_rule& rule) {
    auto const words = words_of(text);
    if (words.size() < 2)
        return "want a host and at least one word like connections=8";
    host = words.front();
    if (auto problem = host_list::problem_of(host); !problem.empty())
        return problem;
    word_list known;
    for (std::size_t i = 1; i < words.size(); ++i) {
        auto const equals = words[i].find('=');
        auto const found = std::find_if(known.all.all.begin(), known.all.all.end(), [&](setting const& s) {
            return s.name == "hosts." + words[i].substr(0, equals);
        });
        if (equals == std::string::npos || found == known.all.all.end())
            return words[i] + ": want connections=, delay=, rate=, adaptive= or robots=";
        auto problem = found->assign(raw_value::untyped(words[i].substr(equals + 1)));
        if (problem.empty())
            problem = found->check();
        if (!problem.empty())
            return words[i].substr(0, equals) + problem;
        known.take(found->field, rule);
    }
    return {};
}

host_rules::host_rules(std::vector<std::string> const& entries) {
    for (auto const& text : entries) {
        std::string host;
        politeness::host_rule rule;
        if (read(text, host, rule).empty())
            entries_.push_back({host_list({host}), rule});
    }
}

std::vector<std::string> host_rules::problems(std::vector<std::string> const& entries) {
    std::vector<std::string> all;
    for (auto const& text : entries) {
        std::string host;
        politeness::host_rule rule;
        if (auto const problem = read(text, host, rule); !problem.empty())
            all.push_back("politeness.hosts: \"" + text + "\": " + problem);
    }
    return all;
}

politeness::host_rule host_rules::match(std::string_view host) const {
    auto const address = is_address(host) ? ip_address::parse(host) : std::nullopt;
    for (auto const& e : entries_)
        if (!(address ? e.hosts.match(*address) : e.hosts.match(host)).empty())
            return e.rule;
    return {};
}

politeness::host_rule merged(politeness::host_rule const& over, politeness::host_rule const& under) {
    politeness::host_rule rule;
    rule.paused = over.paused;
    rule.connections = first_of(over.connections, under.connections);
    rule.delay = first_of(over.delay, under.delay);
    rule.rate = first_of(over.rate, under.rate);
    rule.adaptive = first_of(over.adaptive, under.adaptive);
    rule.robots = first_of(over.robots, under.robots);
    return rule;
}

}  // namespace fetchd
