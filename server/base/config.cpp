#include "base/config.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/config_file.hpp"
#include "base/setting.hpp"

namespace fetchd {
namespace {

std::string environment_name(std::string_view setting) {
    std::string name = "FETCHD_";
    for (char const c : setting)
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

// The setting whose name is nearest to a misspelt one, for "did you mean".
std::string suggestion(std::vector<setting> const& all, std::string_view wanted) {
    std::string best;
    if (wanted.size() > 64)
        return best;  // no slip of the finger
    std::size_t best_distance = 4;
    for (auto const& s : all) {
        std::vector<std::size_t> row(wanted.size() + 1);
        for (std::size_t j = 0; j < row.size(); ++j)
            row[j] = j;
        for (std::size_t i = 1; i <= s.name.size(); ++i) {
            auto diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j < row.size(); ++j) {
                auto const changed = diagonal + (s.name[i - 1] != wanted[j - 1]);
                diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = s.name;
        }
    }
    return best;
}

class loader {
  public:
    explicit loader(loaded_config& out) : out_(out), settings_(settings_of(out.values)) {
        for (auto& s : settings_)
            by_name_[s.name] = &s;
    }

    void take(std::string const& place, std::string const& name, raw_value const& value) {
        auto const found = by_name_.find(name);
        if (found == by_name_.end())
            return unknown(place, name);
        auto problem = found->second->assign(value);
        if (problem.empty())
            problem = found->second->check();
        if (!problem.empty())
            out_.problems.push_back(place + ": " + name + problem);
    }

    void take_environment(std::string const& variable, std::string const& value) {
        for (auto& s : settings_)
            if (environment_name(s.name) == variable)
                return take(variable, s.name, raw_value::untyped(value));
        out_.problems.push_back(variable +
                                ": no such setting; names are FETCHD_SECTION_KEY, as FETCHD_LOG_LEVEL");
    }

  private:
    void unknown(std::string const& place, std::string const& name) {
        auto const nearest = suggestion(settings_, name);
        out_.problems.push_back(place + ": unknown setting " + name +
                                (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
    }

    loaded_config& out_;
    std::vector<setting> settings_;
    std::map<std::string, setting*, std::less<>> by_name_;
};

// What no single setting can know.
void check_together(config const& c, std::vector<std::string>& problems) {
    if (c.server.listen.empty())
        problems.emplace_back("server.listen = []: want at least one address");
    if (c.fetch.total_timeout > c.fetch.max_timeout)
        problems.emplace_back("fetch.total_timeout: is longer than fetch.max_timeout");
    if (c.workers.cpu_limit < 2 * c.workers.task_timeout)
        problems.emplace_back("workers.cpu_limit: is less than twice workers.task_timeout");
    if (c.net.tls_min > c.net.tls_max)
        problems.emplace_back("net.tls_min: is newer than net.tls_max");
}

}  // namespace

std::vector<std::string> config::problems() const {
    std::vector<std::string> all;
    auto copy = *this;
    for (auto const& s : settings_of(copy))
        if (auto const problem = s.check(); !problem.empty())
            all.push_back(s.name + problem);
    check_together(*this, all);
    return all;
}

loaded_config load_config(config_sources const& sources) {
    loaded_config loaded;
    loader into(loaded);
    read_config_file(sources.file, sources.file_text, loaded.problems,
                     [&](std::string const& place, std::string const& name, raw_value const& value) {
                         into.take(place, name, value);
                     });
    for (auto const& [variable, value] : sources.environment)
        into.take_environment(variable, value);
    for (auto const& [name, value] : sources.flags)
        into.take("--set", name, raw_value::untyped(value));
    check_together(loaded.values, loaded.problems);
    return loaded;
}

std::string default_config_text() {
    config defaults;
    std::string text =
        "# Every setting of fetchd at its default. Change what you need and leave out the rest.\n"
        "# The environment (FETCHD_SECTION_KEY) comes over this file, flags (--set section.key=value) over "
        "both.\n"
        "# Durations: \"500ms\", \"30s\", \"5m\", \"1h\". Sizes: bytes, or \"64KiB\", \"16MiB\", \"1GiB\".\n"
        "# [live]: taken over by SIGHUP; the others need a restart.\n";
    std::string section;
    for (auto const& s : settings_of(defaults)) {
        if (s.section != section) {
            section = s.section;
            text += "\n# " + s.section_help + "\n[" + section + "]\n";
        }
        text += "# " + s.help + (s.is_live ? " [live]" : "") + "\n";
        text += s.name.substr(section.size() + 1) + " = " + s.print() + "\n";
    }
    return text;
}

std::vector<setting_info> all_settings() {
    config defaults;
    std::vector<setting_info> infos;
    for (auto const& s : settings_of(defaults))
        infos.push_back({s.name, s.print(), s.help});
    return infos;
}

std::vector<std::string> needs_restart(config const& running, config const& wanted) {
    auto a = running;
    auto b = wanted;
    auto const before = settings_of(a);
    auto const after = settings_of(b);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < before.size(); ++i)
        if (!before[i].is_live && before[i].print() != after[i].print())
            names.push_back(before[i].name);
    return names;
}

config live_part(config const& running, config const& wanted) {
    auto merged = running;
    auto source = wanted;
    auto const from = settings_of(source);
    auto const to = settings_of(merged);
    for (std::size_t i = 0; i < to.size(); ++i)
        if (to[i].is_live)
            to[i].copy(from[i]);
    return merged;
}

}  // namespace fetchd
