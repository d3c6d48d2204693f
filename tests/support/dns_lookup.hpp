// Resolves one name by real DNS, at a server of the test's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fetchd::test {

// Asks 127.0.0.1 at this port for A and AAAA, with the C library's stub resolver (retries, TCP where
// truncated, aliases). 0 with at least one address, or what getaddrinfo would return. Any thread; blocks for
// seconds where the server does not answer.
int look_up_at(std::uint16_t port, char const* name, std::vector<std::string>& addresses);

}  // namespace fetchd::test
