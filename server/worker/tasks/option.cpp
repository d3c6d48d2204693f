#include "worker/tasks/option.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace fetchd::tasks {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

bool is_choice(std::string_view values, std::string_view value) {
    while (!values.empty()) {
        auto const bar = std::min(values.find('|'), values.size());
        if (values.substr(0, bar) == value)
            return true;
        values.remove_prefix(std::min(bar + 1, values.size()));
    }
    return false;
}

// "keep|drop|end" as "keep, drop or end".
std::string listed(std::string_view values) {
    std::string out(values);
    if (auto const last = out.rfind('|'); last != out.npos)
        out.replace(last, 1, " or ");
    for (auto at = out.find('|'); at != out.npos; at = out.find('|'))
        out.replace(at, 1, ", ");
    return out;
}

bool in_range(std::string_view range, std::string_view value) {
    auto const dots = range.find("..");
    auto const least = whole_number(range.substr(0, dots));
    auto const most = whole_number(range.substr(dots + 2));
    auto const n = whole_number(value);
    return n && least && most && *n >= *least && *n <= *most;
}

}  // namespace

std::optional<std::string> problem_with(option const& o, std::string_view value) {
    if (value.size() > max_option_bytes)
        return "want at most " + std::to_string(max_option_bytes) + " bytes";
    switch (o.kind) {
        case option::type::flag:
            if (value != "true" && value != "false")
                return "want true or false";
            break;
        case option::type::number:
            if (!in_range(o.values, value))
                return "want a whole number, " + std::string(o.values);
            break;
        case option::type::choice:
            if (!is_choice(o.values, value))
                return "want " + listed(o.values);
            break;
        case option::type::text:
        case option::type::json:
            break;
    }
    return std::nullopt;
}

std::string_view task_options::get(std::string_view name) const {
    for (auto const& s : all_)
        if (s.task == task_ && s.name == name)
            return s.value;
    for (auto const& o : known_)
        if (o.name == name)
            return o.fallback;
    throw std::logic_error("no such option");
}

std::uint64_t task_options::number(std::string_view name) const {
    return whole_number(get(name)).value_or(0);
}

}  // namespace fetchd::tasks
