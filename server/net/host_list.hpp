// Hosts as a setting names them: blocks of addresses, addresses, host names, and *.suffix (not the suffix
// itself).
//
// Names match without regard to case and to a dot at the end; a block matches addresses only of its family.
// Immutable once made; matching allocates nothing. Entries that problem_of() finds fault with are left out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/ip_address.hpp"

namespace fetchd {

class host_list {
  public:
    // prefix: stands before the entry in what match() returns.
    explicit host_list(std::vector<std::string> const& entries = {}, std::string_view prefix = {});

    // What is wrong with one entry; empty when nothing is.
    static std::string problem_of(std::string const& entry);

    // The entry that covers it, with the prefix, or nothing. Views into the list.
    std::string_view match(std::string_view host) const noexcept;
    std::string_view match(ip_address const&) const noexcept;
    bool empty() const { return blocks_.empty() && names_.empty(); }

  private:
    struct block {
        cidr range;
        std::string text;
    };
    struct name {
        std::string lower;  // with its leading dot where it is a suffix
        std::string text;
    };
    std::vector<block> blocks_;
    std::vector<name> names_;
};

}  // namespace fetchd
