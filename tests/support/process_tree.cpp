#include "support/process_tree.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>

#include <unistd.h>

namespace fetchd::test {
namespace {

// Empty where the process is gone, also when it goes between the opening and the reading: << takes that for
// the end, where an iterator would throw.
std::string slurp(std::string const& path) {
    std::ifstream const in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string proc(pid_t pid, char const* file) {
    return "/proc/" + std::to_string(pid) + "/" + file;
}

// The fields of /proc/PID/stat from the state on: the name before them may hold spaces and brackets.
std::vector<std::string> fields_after_name(std::string const& stat) {
    auto const close = stat.rfind(')');
    if (close == stat.npos)
        return {};
    std::istringstream in(stat.substr(close + 1));
    return {std::istream_iterator<std::string>(in), {}};
}

std::optional<process_info> look(pid_t pid) {
    auto const stat = slurp(proc(pid, "stat"));
    auto const fields = fields_after_name(stat);
    if (fields.size() < 20)
        return {};
    process_info info;
    info.pid = pid;
    auto const open = stat.find('(') + 1;
    info.name = stat.substr(open, stat.rfind(')') - open);
    info.state = fields[0][0];
    info.parent = static_cast<pid_t>(std::stol(fields[1]));
    info.started = std::stoull(fields[19]);
    return info;
}

std::multimap<pid_t, process_info> everybody_by_parent() {
    std::multimap<pid_t, process_info> found;
    std::error_code gone;
    for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
        auto const name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != name.npos)
            continue;
        if (auto const info = look(static_cast<pid_t>(std::stol(name))))
            found.emplace(info->parent, *info);
    }
    return found;
}

}  // namespace

std::vector<process_info> descendants(pid_t root) {
    auto const everybody = everybody_by_parent();
    std::vector<process_info> found;
    std::vector<pid_t> parents{root};
    for (std::size_t i = 0; i < parents.size(); ++i) {
        auto const [from, to] = everybody.equal_range(parents[i]);
        for (auto child = from; child != to; ++child) {
            if (child->second.state == 'Z' || child->second.state == 'X')
                continue;
            found.push_back(child->second);
            parents.push_back(child->second.pid);
        }
    }
    return found;
}

bool still_there(process_info const& info) {
    auto const now = look(info.pid);
    return now && now->started == info.started && now->state != 'Z' && now->state != 'X';
}

std::size_t open_descriptors(pid_t pid) {
    std::error_code gone;
    std::filesystem::directory_iterator const all(proc(pid, "fd"), gone);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t resident_bytes(pid_t pid) {
    std::istringstream in(slurp(proc(pid, "statm")));
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t thread_count(pid_t pid) {
    std::error_code gone;
    std::filesystem::directory_iterator const all(proc(pid, "task"), gone);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double cpu_seconds(pid_t pid) {
    auto const fields = fields_after_name(slurp(proc(pid, "stat")));
    if (fields.size() < 13)
        return 0;
    return (std::stod(fields[11]) + std::stod(fields[12])) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace fetchd::test
