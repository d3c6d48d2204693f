// One request to one URL: name, guard, connection, request, head of the answer.
//
// This is the one door to the outside: every byte that leaves the service leaves through open(). Every
// address is judged before it is dialled, also when the connection comes from the pool. Addresses are tried
// in turn; a pooled connection that turns out stale is replaced once, when the request is safe to repeat (RFC
// 9112 §9.3.1). Follows no redirects and retries nothing else. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "http/url.hpp"
#include "net/address_guard.hpp"
#include "net/dns.hpp"
#include "net/response.hpp"

namespace fetchd {

struct outgoing {
    std::string method = "GET";
    headers fields;  // checked; Host, Connection, Content-Length and User-Agent are added unless given
    std::string body;
};

// One try at one address, for the result and the log.
struct attempt {
    std::size_t hop = 0;  // 0 for the URL asked for, 1 for the first redirect, ...
    ip_address address;
    std::uint16_t port = 0;
    bool reused = false;
    clock::duration dns{};
    clock::duration connect{};
    clock::duration tls{};
    clock::duration first_byte{};  // from the request sent to the head received
    std::optional<failure> error;
};

// What the guard says of one address of a host.
struct judged_address {
    ip_address address;
    bool allowed = false;
    code why = code::refused;  // where not allowed
    std::string rule;
};

class client {
  public:
    client(executor, dns&, tls_context&, connection_pool&, std::shared_ptr<address_guard const>,
           config const&);

    // The answer to one request. Both references must live until the answer has been read. Adds what was
    // tried to `tried`.
    awaitable<result<std::unique_ptr<response>>> open(outgoing const&, url const&, scope&,
                                                      std::vector<attempt>& tried);

    // Every address of the URL's host and what open() would do with it. Resolves, and dials nothing.
    awaitable<result<std::vector<judged_address>>> judge(url const&, scope&);

    void configure(std::shared_ptr<address_guard const>, config const&);

  private:
    struct target;
    awaitable<result<std::unique_ptr<response>>> try_address(target const&, ip_address const&, scope&,
                                                             attempt&);
    awaitable<result<std::unique_ptr<connection>>> dial(endpoint const&, scope&, attempt&);
    awaitable<result<response_head>> exchange(target const&, connection&, scope&, attempt&);
    awaitable<result<response_head>> read_head(target const&, connection&, scope&);

    executor executor_;
    dns& dns_;
    tls_context& tls_;
    connection_pool& pool_;
    std::shared_ptr<address_guard const> guard_;
    net_config settings_;
    std::string user_agent_;
};

}  // namespace fetchd
