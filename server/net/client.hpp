// One request to one URL: name, guard, way, connection, request, head of the answer.
//
// This is the one door to the outside: every byte that leaves the service leaves through open(). Every
// address is judged before it is dialled, also when the connection comes from the pool, and also when a proxy
// does the dialling; of the proxies only the configured one is not judged. (A proxy that forwards plain
// requests finds the host by itself all the same: see proxy::forwards.) A pooled connection that turns out
// stale is replaced once, when the request is safe to repeat (RFC 9112 §9.3.1). Follows no redirects and
// retries nothing else. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/config.hpp"
#include "http/url.hpp"
#include "net/address_guard.hpp"
#include "net/attempt.hpp"
#include "net/dial.hpp"
#include "net/dns.hpp"
#include "net/outgoing.hpp"
#include "net/response.hpp"

namespace fetchd {

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

    // The answer to one request; the scope must live until it has been read. Adds what was tried to `tried`,
    // the try that was answered last.
    awaitable<result<std::unique_ptr<response>>> open(outgoing const&, url const&, scope&,
                                                      std::vector<attempt>& tried);

    // Every address of a host and what open() would do with it. Resolves, and dials nothing.
    awaitable<result<std::vector<judged_address>>> judge(std::string_view host, std::uint16_t port,
                                                         outgoing const&, scope&);

    // The proxy a request goes through as things stand; null for none.
    std::shared_ptr<proxy const> way(outgoing const&, url const&) const;

    void configure(std::shared_ptr<address_guard const>, config const&);

    executor get_executor() const { return executor_; }

    // What is wrong with net.proxy and net.no_proxy, all of it.
    static std::vector<std::string> problems(net_config const&);

  private:
    struct course;
    struct address_list;
    awaitable<result<void>> find_addresses(course&);
    awaitable<result<void>> find_proxy(course&);
    result<address_list> allowed(std::string_view host, std::uint16_t port, std::span<ip_address const>,
                                 address_guard const*);
    std::unique_ptr<connection> pooled(course&);
    awaitable<result<std::unique_ptr<connection>>> connect(course&);
    awaitable<result<std::unique_ptr<connection>>> connect_once(course&);
    awaitable<result<void>> make_way(course&, connection&);
    awaitable<result<std::unique_ptr<response>>> ask(course&, std::unique_ptr<connection>);

    executor executor_;
    dns& dns_;
    tls_context& tls_;
    connection_pool& pool_;
    dialler dialler_;
    std::shared_ptr<address_guard const> guard_;
    std::shared_ptr<proxy const> proxy_;
    host_list no_proxy_;
    std::size_t max_head_ = 0;
    std::string user_agent_;
};

}  // namespace fetchd
