#include "worker/sandbox_layers.hpp"

#include <algorithm>
#include <cstring>

namespace fetchd::worker {

char const* name_of(layer l) {
    switch (l) {
        case layer::network_namespace:
            return "network_namespace";
        case layer::empty_root:
            return "empty_root";
        case layer::privileges:
            return "privileges";
        case layer::limits:
            return "limits";
        case layer::landlock:
            return "landlock";
        case layer::seccomp:
            break;
    }
    return "seccomp";
}

char const* advice_on(layer l) {
    switch (l) {
        case layer::network_namespace:
        case layer::empty_root:
            return "allow unprivileged user namespaces (sysctl, AppArmor), or CAP_SYS_ADMIN to the container";
        case layer::landlock:
            return "a kernel from 5.13 with landlock in its list of security modules (lsm=), and a container "
                   "runtime that lets its system calls through";
        case layer::seccomp:
            return "a kernel with CONFIG_SECCOMP_FILTER";
        case layer::privileges:
        case layer::limits:
            break;
    }
    return "see what the surroundings of the service refuse";
}

bool sandbox_report::complete() const {
    return std::all_of(all_layers.begin(), all_layers.end(), [this](layer l) { return has(l); });
}

std::string sandbox_report::cause(layer l) const {
    auto const s = state[static_cast<std::size_t>(l)];
    if (s == switched_off)
        return "switched off";
    if (s == not_in_this_build)
        return "left out of builds with this sanitizer";
    auto const* const name = ::strerrorname_np(s);
    return std::string(name ? name : "?") + " (" + std::strerror(s) + ")";
}

}  // namespace fetchd::worker
