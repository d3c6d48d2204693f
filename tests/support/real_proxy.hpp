// Proxies that other people wrote, from Debian, as child processes on free ports of 127.0.0.1.
//
// Each has a configuration of its own in a temporary folder and nothing to do with a service of the same name
// that may run on this machine. They let everybody on this machine through to everywhere. Start them on the
// thread that runs the test; the destructor ends them.
//
//   if (!real_proxy::installed(proxy_program::tinyproxy))
//       GTEST_SKIP() << "tinyproxy is not installed";
//   real_proxy through(proxy_program::tinyproxy, "me", "secret");
//   ... "proxy": through.url() ...
#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace fetchd::test {

// squid is no package the tests ask for, because it starts a service when it is installed.
enum class proxy_program { tinyproxy, squid, microsocks, dante };

std::string_view name(proxy_program);
void PrintTo(proxy_program, std::ostream*);
bool speaks_socks(proxy_program);
bool takes_credentials(proxy_program);  // dante wants accounts of the system for that

class real_proxy {
  public:
    // Throws std::runtime_error with its log when it does not listen in time. A user: asks for credentials.
    explicit real_proxy(proxy_program, std::string user = {}, std::string password = {});
    ~real_proxy();
    real_proxy(real_proxy const&) = delete;
    real_proxy& operator=(real_proxy const&) = delete;

    static bool installed(proxy_program);

    std::uint16_t port() const;
    std::string url() const;   // with the credentials it asks for: "socks5://me:secret@127.0.0.1:4711"
    std::string text() const;  // without: "socks5://127.0.0.1:4711"
    std::string url_as(std::string_view user, std::string_view password) const;  // with these

    // All it has printed: whom it was asked to connect to. Squid tells nothing.
    std::string log() const;
    bool wait_for_log(std::string_view text);
    void stop();  // further connects are refused

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

}  // namespace fetchd::test
