#include "support/client_swarm.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include <sys/epoll.h>
#include <unistd.h>

#include "support/socket.hpp"

namespace fetchd::test {
namespace {

constexpr std::size_t max_answer = 16 << 20;

struct one_client {
    int socket = -1;
    bool sent = false;
    test_clock::time_point began;
    std::string in;
};

class swarm {
  public:
    explicit swarm(swarm_options const& options)
        : options_(options),
          request_("GET " + options.target + " HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(options.port) +
                   "\r\n\r\n"),
          clients_(options.clients) {}

    swarm_result run() {
        auto const began = test_clock::now();
        poll_ = epoll_create1(EPOLL_CLOEXEC);
        if (poll_ < 0)
            throw_errno("epoll_create1");
        for (std::size_t i = 0; i < clients_.size(); ++i)
            start(i);
        auto const until = began + options_.deadline;
        while (over_ < clients_.size() && test_clock::now() < until)
            turn(until);
        for (auto& each : clients_)
            if (each.socket >= 0)
                ::close(each.socket);
        ::close(poll_);
        result_.unanswered = clients_.size() - over_;
        result_.elapsed = std::chrono::ceil<milliseconds>(test_clock::now() - began);
        std::sort(result_.latencies.begin(), result_.latencies.end());
        return std::move(result_);
    }

  private:
    void start(std::size_t index) {
        auto& who = clients_[index];
        auto const where = make_endpoint("127.0.0.1", options_.port);
        who.began = test_clock::now();
        who.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (who.socket < 0)
            throw_errno("socket");
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT;
        event.data.u64 = index;
        epoll_ctl(poll_, EPOLL_CTL_ADD, who.socket, &event);
        if (::connect(who.socket, where.raw(), where.size) != 0 && errno != EINPROGRESS)
            fail(who);
    }

    void turn(test_clock::time_point until) {
        std::array<epoll_event, 256> events;
        auto const left = std::chrono::ceil<milliseconds>(until - test_clock::now()).count();
        int const n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(std::max<std::int64_t>(0, left)));
        for (int i = 0; i < n; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            auto& who = clients_[event.data.u64];
            if (who.socket < 0)
                continue;
            if (!who.sent && (event.events & EPOLLOUT))
                send_request(who, event.data.u64);
            if (who.socket >= 0 && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
                read_answer(who);
        }
    }

    void send_request(one_client& who, std::size_t index) {
        // One small request fits an empty socket buffer.
        auto const n = ::send(who.socket, request_.data(), request_.size(), MSG_NOSIGNAL);
        if (n != static_cast<ssize_t>(request_.size()))
            return fail(who);
        who.sent = true;
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = index;
        epoll_ctl(poll_, EPOLL_CTL_MOD, who.socket, &event);
        if (++sent_ == clients_.size() && options_.all_sent)
            options_.all_sent();
    }

    void read_answer(one_client& who) {
        char bytes[16 * 1024];
        auto const n = ::recv(who.socket, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0 || who.in.size() > max_answer)
            return fail(who);
        who.in.append(bytes, static_cast<std::size_t>(n));
        auto const end = who.in.find("\r\n\r\n");
        if (end == who.in.npos)
            return;
        auto const length = content_length(who.in.substr(0, end + 2));
        if (!length)
            fail(who);
        else if (who.in.size() - end - 4 >= *length)
            complete(who, *length);
    }

    static std::optional<std::uint64_t> content_length(std::string head) {
        std::transform(head.begin(), head.end(), head.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        auto const at = head.find("\r\ncontent-length: ");
        if (at == head.npos)
            return {};
        std::uint64_t value = 0;
        std::from_chars(head.data() + at + 18, head.data() + head.size(), value);
        return value;
    }

    void complete(one_client& who, std::uint64_t length) {
        int status = 0;
        std::from_chars(who.in.data() + 9, who.in.data() + 12, status);
        ++result_.statuses[status];
        result_.body_bytes += length;
        result_.latencies.push_back(std::chrono::ceil<milliseconds>(test_clock::now() - who.began));
        done(who);
    }

    void fail(one_client& who) {
        ++result_.failed;
        done(who);
    }

    void done(one_client& who) {
        ::close(who.socket);
        who.socket = -1;
        who.in = {};
        ++over_;
    }

    swarm_options const& options_;
    std::string request_;
    std::vector<one_client> clients_;
    swarm_result result_;
    std::size_t over_ = 0;
    std::size_t sent_ = 0;
    int poll_ = -1;
};

}  // namespace

swarm_result run_swarm(swarm_options const& options) {
    raise_descriptor_limit();
    return swarm(options).run();
}

}  // namespace fetchd::test
