#include "net/host_list.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace fetchd {
namespace {

// A host name is letters, digits, '-', '_' and dots that separate something; others are typing errors.
bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > 253 || name.front() == '.' || name.back() == '.')
        return false;
    if (name.find("..") != std::string_view::npos)
        return false;
    return std::ranges::all_of(name, [](char c) {
        c = ascii_lower(c);
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
}

// Whether the entry was meant as an address: then it must be a right one, and is not taken for a name.
bool means_address(std::string_view entry) {
    return entry.find_first_not_of("0123456789./") == std::string_view::npos ||
           entry.find_first_of(":/") != std::string_view::npos;
}

}  // namespace

std::string host_list::problem_of(std::string const& entry) {
    std::string why;
    auto const name = std::string_view(entry).substr(entry.starts_with("*.") ? 2 : 0);
    if (means_address(entry))
        cidr::parse(entry, &why);
    else if (!is_host_name(name))
        why = "not a block of addresses, a host name or *.suffix";
    return why;
}

host_list::host_list(std::vector<std::string> const& entries, std::string_view prefix) {
    for (auto const& entry : entries) {
        if (!problem_of(entry).empty())
            continue;
        auto text = std::string(prefix) + entry;
        if (means_address(entry)) {
            blocks_.push_back({*cidr::parse(entry), std::move(text)});
        } else {
            auto tail = entry.substr(entry.starts_with("*.") ? 1 : 0);
            std::ranges::transform(tail, tail.begin(), ascii_lower);
            names_.push_back({std::move(tail), std::move(text)});
        }
    }
}

std::string_view host_list::match(ip_address const& address) const noexcept {
    for (auto const& entry : blocks_)
        if (entry.range.contains(address))
            return entry.text;
    return {};
}

std::string_view host_list::match(std::string_view host) const noexcept {
    if (host.ends_with('.'))
        host.remove_suffix(1);
    for (auto const& entry : names_) {
        auto const suffix = entry.lower.front() == '.';
        auto const tail = suffix && host.size() > entry.lower.size() ? host.size() - entry.lower.size() : 0;
        if (std::ranges::equal(host.substr(tail), entry.lower, {}, ascii_lower))
            return entry.text;
    }
    return {};
}

}  // namespace fetchd
