// Ports where a connect does not succeed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fetchd::test {

// Listens and never accepts, its backlog already full: a connect to it hangs until its own deadline.
class deaf_listener {
  public:
    explicit deaf_listener(std::string const& address = "127.0.0.1");
    ~deaf_listener();
    deaf_listener(deaf_listener const&) = delete;
    deaf_listener& operator=(deaf_listener const&) = delete;
    std::uint16_t port() const { return port_; }

  private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<int> fillers_;
};

// Bound but not listening: a connect to it is refused, and nobody else can get the port meanwhile.
class refusing_port {
  public:
    explicit refusing_port(std::string const& address = "127.0.0.1");
    ~refusing_port();
    refusing_port(refusing_port const&) = delete;
    refusing_port& operator=(refusing_port const&) = delete;
    std::uint16_t port() const { return port_; }

  private:
    int socket_ = -1;
    std::uint16_t port_ = 0;
};

}  // namespace fetchd::test
