#include "worker/tasks/metadata_robots.hpp"

#include <algorithm>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_list = 4096;
constexpr std::size_t max_agents = 20;

// The names of <meta> that speak to one robot.
bool is_agent(std::string_view lower) {
    if (lower.size() > 40 || lower == "robots")
        return false;
    for (std::string_view name : {"slurp", "teoma", "yandex", "baiduspider", "duckduckbot", "googlebot-news"})
        if (lower == name)
            return true;
    return lower.ends_with("bot");
}

// Directives with a value of their own; before the colon of any other word stands a robot's name.
bool takes_value(std::string_view word) {
    for (std::string_view name :
         {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
        if (word == name)
            return true;
    return false;
}

}  // namespace

bool robots_rules::nofollow() const {
    return std::any_of(all.begin(), all.end(), [](auto const& d) { return d == "nofollow" || d == "none"; });
}

robots_rules::directives* robots_rules::of(std::string_view agent) {
    if (agent.empty())
        return &all;
    for (auto& [name, list] : agents)
        if (name == agent)
            return &list;
    if (agents.size() == max_agents)
        return nullptr;
    return &agents.emplace_back(std::string(agent), directives()).second;
}

void robots_rules::add(std::string_view list, std::string_view agent, bool is_field) {
    auto const lower = ascii_lowered(list.substr(0, max_list));
    std::string_view rest = lower;
    std::string_view for_whom = agent;
    while (!rest.empty()) {
        auto const comma = rest.find(',');
        auto piece = utf8::trimmed(rest.substr(0, comma));
        rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
        auto const colon = piece.find(':');
        auto const word = utf8::trimmed(piece.substr(0, colon));
        if (is_field && colon != piece.npos && !takes_value(word) &&
            !is_digit(word.empty() ? '\0' : word[0])) {
            for_whom = word;
            piece = utf8::trimmed(piece.substr(colon + 1));
        }
        auto* const list_of = of(for_whom);
        if (list_of == nullptr)
            continue;
        auto& into = *list_of;
        // "unavailable_after: Wednesday, 03 Aug 2022 15:00:00 GMT"
        bool const goes_on = !piece.empty() && is_digit(piece[0]) && !into.empty() &&
                             into.back().starts_with("unavailable_after");
        auto directive = html::collapsed(piece);
        if (goes_on)
            into.back().append(", ").append(directive);
        else if (!directive.empty() && into.size() < max_robots_directives &&
                 std::find(into.begin(), into.end(), directive) == into.end())
            into.push_back(std::move(directive));
    }
}

robots_rules read_robots(context& visit, survey const& found) {
    robots_rules rules;
    for (auto meta : found.metas) {
        auto const name = meta.attribute("name");
        if (!name)
            continue;
        auto const content = meta.attribute("content").value_or("");
        if (same_word(*name, "robots"))
            rules.add(content, "", false);
        else if (auto const lower = ascii_lowered(name->substr(0, 50)); is_agent(lower))
            rules.add(content, lower, false);
    }
    for (auto field : visit.fields("X-Robots-Tag"))
        rules.add(field, "", true);
    return rules;
}

}  // namespace fetchd::tasks
