// What tests of connections stand on: a loop, an origin's end of real sockets, and a way to wait.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "net/connection_pool.hpp"

namespace fetchd::test {

class loopback : public testing::Test {
  protected:
    asio::io_context io_{1};
    timer_wheel wheel_{io_.get_executor()};
    asio::basic_socket_acceptor<tcp, executor> listening_{io_,
                                                          tcp::endpoint(asio::ip::address_v4::loopback(), 0)};

    endpoint origin(std::string host = "a.test") const {
        return {
            std::move(host), listening_.local_endpoint().port(), false, ip_address::from_v4(0x7f000001), {}};
    }

    // Runs the loop until the work has come to something.
    template <class T>
    T run(awaitable<T> work) {
        std::optional<T> came_to;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
            EXPECT_FALSE(error);
            came_to.emplace(std::move(value));
        });
        io_.restart();
        while (!came_to)
            io_.run_one();
        return std::move(*came_to);
    }

    struct pair {
        std::unique_ptr<connection> near;  // ours
        tcp_socket far;                    // the origin's
    };
    pair connect() {
        tcp_socket socket(io_.get_executor());
        socket.connect(listening_.local_endpoint());
        auto near = std::make_unique<connection>(std::move(socket));
        return {std::move(near), listening_.accept()};
    }

    static void say(tcp_socket& far, std::string_view bytes) {
        asio::write(far, asio::buffer(bytes.data(), bytes.size()));
    }

    // Our end has closed the connection.
    static bool hung_up(tcp_socket& far) {
        char byte;
        error_code ec;
        far.read_some(asio::buffer(&byte, 1), ec);
        return ec == asio::error::eof || ec == asio::error::connection_reset;
    }
};

}  // namespace fetchd::test
