#include "api/output_choice.hpp"

#include <algorithm>

#include "api/json_keys.hpp"
#include "api/schema_fields.hpp"
#include "worker/text_check.hpp"

namespace fetchd::api {
namespace {

constexpr std::size_t max_outputs = 16;
constexpr std::size_t max_settings = 64;

bool is_json(std::string_view text) {
    worker::json_check check;
    return check.feed(text) && check.finish();
}

std::string known_options(tasks::entry const& task) {
    std::string all;
    for (auto const& o : task.options)
        all.append(all.empty() ? "; known are " : ", ").append(o.name);
    return all.empty() ? "; it has none" : all;
}

}  // namespace

std::string output_choice::known_outputs() const {
    std::string all;
    for (auto const& t : registry_)
        all.append(all.empty() ? "" : ", ").append(t.name);
    return all;
}

std::optional<reply> output_choice::add(std::string_view name) {
    auto& names = wanted_.names;
    wanted_.automatic = false;
    if (names.size() == max_outputs)
        return bad_request("output: at most " + std::to_string(max_outputs));
    if (!tasks::find(registry_, name))
        return bad_request("output: unknown " + quoted(name) + "; known are " + known_outputs());
    if (std::find(names.begin(), names.end(), name) == names.end())
        names.emplace_back(name);
    return {};
}

tasks::option const* output_choice::find(std::string_view task, std::string_view option) const {
    auto const* const entry = tasks::find(registry_, task);
    if (!entry)
        return nullptr;
    auto const at = std::find_if(entry->options.begin(), entry->options.end(),
                                 [&](auto const& o) { return o.name == option; });
    return at == entry->options.end() ? nullptr : &*at;
}

std::optional<tasks::option::type> output_choice::type_of(std::string_view task,
                                                          std::string_view option) const {
    auto const* const found = find(task, option);
    return found ? std::optional(found->kind) : std::nullopt;
}

std::optional<reply> output_choice::set(std::string_view task, std::string_view option,
                                        std::string_view value) {
    auto const* const entry = tasks::find(registry_, task);
    if (!entry)
        return bad_request("options: there is no output " + quoted(task) + "; known are " + known_outputs());
    auto const* const found = find(task, option);
    if (!found)
        return bad_request("options: " + std::string(task) + " has no option " + quoted(option) +
                           known_options(*entry));
    auto const name = std::string(task) + "." + std::string(option);
    if (auto const problem = tasks::problem_with(*found, value))
        return bad_request(name + ": " + *problem);
    if (found->kind == tasks::option::type::json) {
        if (!is_json(value))
            return bad_request(name + ": want JSON");
        if (auto const twice = repeated_key(value))
            return bad_request(name + ": " + quoted(*twice) + " is given twice");
    }
    std::size_t bytes = value.size();
    for (auto const& s : wanted_.settings)
        bytes += s.value.size();
    if (bytes > tasks::max_option_bytes)
        return bad_request("options: at most " + std::to_string(tasks::max_option_bytes) + " bytes together");
    if (wanted_.settings.size() == max_settings)
        return bad_request("options: at most " + std::to_string(max_settings));
    wanted_.settings.push_back({std::string(task), std::string(option), std::string(value)});
    return {};
}

std::optional<reply> output_choice::check(tasks::entry const& task) const {
    if (!task.check)
        return {};
    auto const checked = task.check({task.name, task.options, wanted_.settings});
    return checked ? std::nullopt : std::optional(bad_request(checked.error().detail));
}

std::optional<reply> output_choice::finish() {
    for (auto const& s : wanted_.settings)
        if (!wanted_.automatic &&
            std::find(wanted_.names.begin(), wanted_.names.end(), s.task) == wanted_.names.end())
            return bad_request("options: " + s.task + "." + s.name + " is set, but " + s.task +
                               " is not among the outputs");
    for (auto const& t : registry_) {
        bool const named =
            std::find(wanted_.names.begin(), wanted_.names.end(), t.name) != wanted_.names.end();
        bool const set = std::any_of(wanted_.settings.begin(), wanted_.settings.end(),
                                     [&](auto const& s) { return s.task == t.name; });
        if (named || set)
            if (auto refused = check(t))
                return refused;
    }
    return {};
}

}  // namespace fetchd::api
