// Runs a check in a process of its own, so that nothing of what it reads stays in the memory of this one.
//
// Before the zygote is forked only: what is in memory then is in every worker's, where untrusted documents
// are parsed. Needs a process of one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace fetchd {

// The problems the check finds. Where its process cannot be made, or ends badly, that is the problem; `what`
// names the check in it.
std::vector<std::string> checked_apart(std::string const& what,
                                       std::function<std::vector<std::string>()> const& check);

}  // namespace fetchd
