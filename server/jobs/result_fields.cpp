#include "jobs/result_fields.hpp"

#include <algorithm>
#include <iterator>

#include "jobs/json_members.hpp"
#include "jobs/store.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::string_view known[] = {
    "seq",    "item",      "id",       "url",     "final_url",    "outcome",
    "status", "headers",   "charset",  "bytes",   "content_type", "error",
    "output", "redirects", "attempts", "request", "timings_us",   "content_type_source"};

// One name after the other of a comma list.
template <class Take>
result<void> each_name(std::string_view list, Take take) {
    while (true) {
        auto const comma = std::min(list.find(','), list.size());
        if (auto taken = take(list.substr(0, comma)); !taken)
            return taken;
        if (comma == list.size())
            return {};
        list.remove_prefix(comma + 1);
    }
}

failure wrong(std::string detail) {
    return {stage::process, code::bad_option, std::move(detail)};
}

std::string quoted(std::string_view name) {
    return "\"" + std::string(name.substr(0, 64)) + "\"";
}

// Names, parted by dots, that need no escapes in JSON.
bool is_path(std::string_view path) {
    return !path.empty() && path.front() != '.' && path.back() != '.' && path.find("..") == path.npos &&
           std::all_of(path.begin(), path.end(),
                       [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

// What these paths choose of an object.
std::string chosen(std::string_view object, std::vector<std::string_view> const& paths) {
    std::string out;
    json_members members(object);
    while (auto const m = members.next()) {
        std::vector<std::string_view> inner;
        bool whole = false;
        for (auto const path : paths) {
            auto const dot = path.find('.');
            if (path.substr(0, dot) != m->name)
                continue;
            if (dot == path.npos)
                whole = true;
            else
                inner.push_back(path.substr(dot + 1));
        }
        if (!whole && (inner.empty() || !m->value.starts_with('{')))
            continue;
        out.append(out.empty() ? "{\"" : ",\"").append(m->name).append("\":");
        if (whole)
            out += m->value;
        else
            out += chosen(m->value, inner);
    }
    return out.empty() ? "{}" : out + '}';
}

}  // namespace

result<unsigned> parse_outcomes(std::string_view list) {
    unsigned bits = 0;
    auto const taken = each_name(list, [&](std::string_view name) -> result<void> {
        if (name == "ok")
            bits |= 1U << static_cast<unsigned>(outcome::succeeded);
        else if (name == "failed")
            bits |= 1U << static_cast<unsigned>(outcome::failed);
        else if (name == "skipped")
            bits |= 1U << static_cast<unsigned>(outcome::skipped);
        else
            return wrong("outcome: want ok, failed, skipped, or a list of them, not " + quoted(name));
        return {};
    });
    if (!taken)
        return taken.error();
    return bits;
}

result<result_fields> result_fields::parse(std::string_view list) {
    result_fields fields;
    auto& paths = fields.paths_;
    auto const taken = each_name(list, [&](std::string_view path) -> result<void> {
        auto const first = path.substr(0, path.find('.'));
        if (paths.size() == max_fields)
            return wrong("fields: at most " + std::to_string(max_fields));
        if (path.size() > max_path || !is_path(path) ||
            std::find(std::begin(known), std::end(known), first) == std::end(known))
            return wrong("fields: results have no " + quoted(path));
        if (std::find(paths.begin(), paths.end(), path) != paths.end())
            return wrong("fields: " + quoted(path) + " is named twice");
        paths.emplace_back(path);
        return {};
    });
    if (!taken)
        return taken.error();
    return fields;
}

result_fields result_fields::facts() {
    result_fields fields;
    for (auto const* path :
         {"seq", "item", "url", "final_url", "outcome", "status", "content_type", "bytes.wire",
          "bytes.decoded", "timings_us.total", "error.stage", "error.code", "error.message"})
        fields.paths_.emplace_back(path);
    return fields;
}

std::string result_fields::of(std::string_view line) const {
    std::vector<std::string_view> paths(paths_.begin(), paths_.end());
    paths.emplace_back("seq");
    return chosen(line, paths);
}

}  // namespace fetchd::jobs
