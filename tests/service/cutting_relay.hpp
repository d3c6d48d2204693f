// Stands between a client and a service, and breaks connections after exactly so many bytes.
//
// One thread a connection. Ends them all when destroyed.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace fetchd::test {

class cutting_relay {
  public:
    struct cut {
        std::size_t up = std::numeric_limits<std::size_t>::max();    // bytes to the service
        std::size_t down = std::numeric_limits<std::size_t>::max();  // bytes to the client
        std::function<void()> then{};  // called when one of them is reached, before the connection is reset
    };
    using plan = std::function<cut(std::size_t connection)>;  // from 0; called on the relay's thread

    cutting_relay(std::uint16_t service, plan);
    ~cutting_relay();
    cutting_relay(cutting_relay const&) = delete;
    cutting_relay& operator=(cutting_relay const&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::size_t cuts() const { return cuts_; }

  private:
    void accept_all();
    void relay(int client, cut how);

    std::uint16_t service_;
    plan plan_;
    int listener_;
    std::uint16_t port_;
    int over_;  // readable when all is to end
    std::atomic<std::size_t> cuts_{0};
    std::vector<std::jthread> connections_;
    std::jthread acceptor_;
};

}  // namespace fetchd::test
