// The front door: accepts connections, reads requests, hands each one to the handler, keeps connections
// alive.
//
// HTTP/1.1 and 1.0. Requests of one connection are answered one after the other (pipelining-safe). Bounded:
// connections (server.max_connections, and a small reserve beyond it whose requests are marked, so that
// health checks get through an overload), head bytes, and time for head and body. Loop thread only.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "api/call.hpp"
#include "base/config.hpp"
#include "net/address_guard.hpp"

namespace fetchd::api {

class listener {
  public:
    static constexpr std::size_t reserve_connections = 32;

    // over: the connection is beyond server.max_connections, only health may be answered.
    using handler = std::function<awaitable<void>(call&, bool over)>;

    struct numbers {
        std::size_t connections = 0;
        std::size_t active = 0;  // with a request being answered
        std::uint64_t accepted = 0;
        std::uint64_t refused = 0;  // closed at once: beyond the reserve too
        std::uint64_t requests = 0;
        std::uint64_t bad_requests = 0;  // answered before a handler saw them
        std::uint64_t sent_bytes = 0;
    };

    listener(asio::io_context&, timer_wheel&, server_config const&, handler);
    ~listener();

    // What is wrong with the entries of server.listen, all of it.
    static std::vector<std::string> problems(std::vector<std::string> const& listen);

    // Opens every address of server.listen; the first failure is returned and nothing is open then.
    result<void> open();
    std::vector<listening> const& addresses() const { return addresses_; }  // with the ports really picked
    void start();

    void configure(server_config const& settings) { settings_ = settings; }
    numbers count() const;

    // Accepts nothing more, closes idle connections, and every other one after its answer.
    void drain();
    bool drained() const { return connections_.empty(); }
    void on_drained(std::function<void()> f) { on_drained_ = std::move(f); }
    void close_all();  // cuts what is left

  private:
    struct connection;
    using acceptor = asio::basic_socket_acceptor<tcp, executor>;

    awaitable<void> accept(acceptor&);
    awaitable<void> serve(std::shared_ptr<connection>);
    awaitable<bool> read_head(connection&, std::size_t& end);
    awaitable<bool> serve_one(connection&);
    awaitable<void> linger(connection&);
    awaitable<void> refuse(connection&, refusal const&);
    void forget(connection&);

    asio::io_context& io_;
    timer_wheel& wheel_;
    server_config settings_;
    handler handler_;
    std::vector<std::unique_ptr<acceptor>> acceptors_;
    std::vector<listening> addresses_;
    std::set<connection*> connections_;
    std::function<void()> on_drained_;
    numbers numbers_;
    bool draining_ = false;
};

}  // namespace fetchd::api
