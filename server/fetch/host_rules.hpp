// politeness.hosts: other limits for hosts that somebody owns, by name, *.suffix, address or block.
//
// Immutable once made. Entries that problems() finds fault with are left out.
#pragma once

#include "fetch/politeness.hpp"
#include "net/host_list.hpp"

namespace fetchd {

class host_rules {
  public:
    explicit host_rules(std::vector<std::string> const& entries = {});

    // "politeness.hosts: \"a.test delay=soon\": ...", one for each entry that is wrong.
    static std::vector<std::string> problems(std::vector<std::string> const& entries);

    // The first entry that covers the host, as url::host() has it; an empty rule where none does.
    politeness::host_rule match(std::string_view host) const;

  private:
    struct entry {
        host_list hosts;
        politeness::host_rule rule;
    };
    static std::string read(std::string const& text, std::string& host, politeness::host_rule&);

    std::vector<entry> entries_;
};

// What `over` says, and where it says nothing, `under`. Only `over` can pause.
politeness::host_rule merged(politeness::host_rule const& over, politeness::host_rule const& under);

}  // namespace fetchd
