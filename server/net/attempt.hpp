// One try at one address, for the result and the log: filled as it goes, so that it is there when it fails.
#pragma once

#include <optional>
#include <string>

#include "base/failure.hpp"
#include "loop/types.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

struct attempt {
    std::size_t hop = 0;  // 0 for the URL asked for, 1 for the first redirect, ...
    ip_address address;
    std::uint16_t port = 0;
    std::string proxy;             // gone through, without its credentials; empty where none was
    bool reused = false;           // a connection that was kept from an earlier fetch
    bool outraced = false;         // given up because another address answered first
    std::string_view tls_version;  // "TLSv1.3"; empty without TLS, or before it is agreed
    bool tls_resumed = false;
    std::string_view protocol;  // "http/1.1"; empty where no head was received
    int status = 0;             // 0: no head was received
    clock::duration queue{};    // waited before this try was begun
    clock::duration dns{};
    clock::duration connect{};  // the proxy's part included
    clock::duration tls{};
    clock::duration first_byte{};  // from the first byte of the request sent to the head received
    clock::duration body{};
    std::uint64_t wire_bytes = 0;     // of the body, as it came
    std::uint64_t decoded_bytes = 0;  // the same, decompressed, where it was processed
    std::optional<failure> error;
};

}  // namespace fetchd
