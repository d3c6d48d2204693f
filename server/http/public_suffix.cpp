#include "http/public_suffix.hpp"

#include <libpsl.h>

#include <string>

#include "http/url_ip.hpp"

namespace fetchd {
namespace {

// To libpsl the root's dot is part of the last label, and "co.uk." no public suffix.
std::string_view without_root(std::string_view host) {
    if (host.ends_with('.'))
        host.remove_suffix(1);
    return host;
}

// The length first: libpsl looks at every label with all that follows it.
bool may_be_name(std::string_view name) {
    return !name.empty() && name.size() < max_domain_name && !name.starts_with('.') && !name.ends_with('.') &&
           name.find("..") == name.npos && name.find('\0') == name.npos;
}

}  // namespace

bool is_address(std::string_view host) {
    return host.starts_with('[') || ends_in_number(host);
}

bool is_public_suffix(std::string_view host) {
    if (is_address(host))
        return false;
    std::string const name(without_root(host));
    return !may_be_name(name) || psl_is_public_suffix(psl_builtin(), name.c_str()) != 0;
}

std::string_view registrable_domain(std::string_view host) {
    std::string const name(without_root(host));
    if (is_address(host) || !may_be_name(name))
        return {};
    auto const* found = psl_registrable_domain(psl_builtin(), name.c_str());
    if (!found)
        return {};
    return host.substr(static_cast<std::size_t>(found - name.c_str()));
}

}  // namespace fetchd
