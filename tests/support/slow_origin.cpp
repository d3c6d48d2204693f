#include "support/slow_origin.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support/socket.hpp"

namespace fetchd::test {
namespace {

constexpr std::size_t max_head = 64 * 1024;

struct peer {
    std::uint64_t serial = 0;  // descriptors are used again, serials never
    std::string in;
    std::string out;
    std::size_t sent = 0;
    std::uint64_t body_left = 0;  // of the request before the next head
    bool waiting = false;         // for its delay: the next request stays unread until it is answered
    bool close_after = false;
    bool blocked = false;  // its socket is full: watched for writing
};

std::string_view field(std::string_view head, std::string_view name) {
    for (auto at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at + 2)) {
        auto const line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            strncasecmp(line.data(), name.data(), name.size()) == 0) {
            auto const value = line.substr(name.size() + 1);
            return value.substr(std::min(value.find_first_not_of(' '), value.size()));
        }
    }
    return {};
}

// Method and target; nothing when this is not a request we know.
std::optional<slow_request> parse(std::string_view head) {
    auto const line = head.substr(0, head.find("\r\n"));
    auto const first = line.find(' ');
    auto const last = line.rfind(' ');
    if (first == line.npos || last == first || !field(head, "transfer-encoding").empty())
        return {};
    return slow_request{line.substr(0, first), line.substr(first + 1, last - first - 1), head};
}

}  // namespace

std::string whole_answer(std::string_view content_type, std::string_view body) {
    return "HTTP/1.1 200 OK\r\ncontent-type: " + std::string(content_type) +
           "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

struct slow_origin::inner {
    slow_origin_options options;
    std::string fixed;
    int listener = -1;
    int poll = -1;
    int bell = -1;
    std::uint16_t port = 0;
    std::unordered_map<int, peer> peers;
    struct due_answer {
        int socket;
        std::uint64_t serial;
        std::string bytes;
    };
    std::multimap<test_clock::time_point, due_answer> due;
    std::uint64_t next_serial = 1;
    std::mutex mutable mutex;
    std::condition_variable changed;
    slow_origin_counts counts;  // under mutex
    std::thread thread;

    void run();
    int until_due() const;
    void accept_all();
    void read_from(int socket);
    bool next_request(int socket, peer&);
    void answer_due();
    bool write_to(int socket, peer&);
    void drop(int socket);
    void watch(int socket, std::uint32_t events, int how);
    template <class Change>
    void count(Change change) {
        std::lock_guard lock(mutex);
        change(counts);
        changed.notify_all();
    }
};

void slow_origin::inner::watch(int socket, std::uint32_t events, int how) {
    epoll_event event{};
    event.events = events;
    event.data.fd = socket;
    epoll_ctl(poll, how, socket, &event);
}

int slow_origin::inner::until_due() const {
    if (due.empty())
        return -1;
    auto const left = std::chrono::ceil<milliseconds>(due.begin()->first - test_clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

void slow_origin::inner::run() {
    std::array<epoll_event, 256> events;
    for (;;) {
        int const n = epoll_wait(poll, events.data(), static_cast<int>(events.size()), until_due());
        for (int i = 0; i < n; ++i) {
            auto const& event = events[static_cast<std::size_t>(i)];
            int const socket = event.data.fd;
            if (socket == bell)
                return;
            if (socket == listener) {
                accept_all();
                continue;
            }
            auto const found = peers.find(socket);
            if (found == peers.end())
                continue;
            if ((event.events & EPOLLOUT) && found->second.blocked && !write_to(socket, found->second))
                continue;
            if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                read_from(socket);
        }
        answer_due();
    }
}

void slow_origin::inner::accept_all() {
    for (;;) {
        int const socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0)
            return;
        set_no_delay(socket);
        peers[socket].serial = next_serial++;
        watch(socket, EPOLLIN, EPOLL_CTL_ADD);
        count([](auto& c) {
            ++c.opened;
            c.most_open = std::max(c.most_open, ++c.open);
        });
    }
}

void slow_origin::inner::drop(int socket) {
    peers.erase(socket);
    ::close(socket);
    count([](auto& c) { --c.open; });
}

void slow_origin::inner::read_from(int socket) {
    auto& who = peers[socket];
    char bytes[16 * 1024];
    auto const n = ::recv(socket, bytes, sizeof bytes, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || who.in.size() > max_head)
        return drop(socket);
    std::string_view got{bytes, static_cast<std::size_t>(n)};
    auto const skip = std::min<std::uint64_t>(who.body_left, got.size());
    who.body_left -= skip;
    who.in.append(got.substr(skip));
    if (!who.waiting)
        next_request(socket, who);
}

// Starts the next whole request there is; false when the peer is gone.
bool slow_origin::inner::next_request(int socket, peer& who) {
    auto const end = who.in.find("\r\n\r\n");
    if (end == who.in.npos)
        return true;
    auto const head = who.in.substr(0, end);
    auto const request = parse(head);
    if (!request) {
        drop(socket);
        return false;
    }
    auto const length = field(head, "content-length");
    std::from_chars(length.data(), length.data() + length.size(), who.body_left);
    who.in.erase(0, end + 4);
    auto const here = std::min<std::uint64_t>(who.body_left, who.in.size());
    who.in.erase(0, here);
    who.body_left -= here;

    auto chosen = options.choose ? options.choose(*request) : slow_answer{fixed, options.delay, false};
    if (request->method == "HEAD")
        chosen.bytes.resize(chosen.bytes.find("\r\n\r\n") + 4);
    auto const asked = field(head, "connection");
    who.close_after = chosen.close || (asked.size() == 5 && strncasecmp(asked.data(), "close", 5) == 0);
    who.waiting = true;
    count([](auto& c) { ++c.requests; });
    due.emplace(test_clock::now() + chosen.delay, due_answer{socket, who.serial, std::move(chosen.bytes)});
    return true;
}

void slow_origin::inner::answer_due() {
    while (!due.empty() && due.begin()->first <= test_clock::now()) {
        auto next = std::move(due.extract(due.begin()).mapped());
        auto const found = peers.find(next.socket);
        if (found == peers.end() || found->second.serial != next.serial)
            continue;
        found->second.out = std::move(next.bytes);
        found->second.sent = 0;
        write_to(next.socket, found->second);
    }
}

// False when the peer is gone.
bool slow_origin::inner::write_to(int socket, peer& who) {
    while (who.sent < who.out.size()) {
        auto const n = ::send(socket, who.out.data() + who.sent, who.out.size() - who.sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            if (!std::exchange(who.blocked, true))
                watch(socket, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return true;
        }
        if (n < 0) {
            drop(socket);
            return false;
        }
        who.sent += static_cast<std::size_t>(n);
    }
    who.waiting = false;
    count([](auto& c) { ++c.answered; });
    if (who.close_after) {
        drop(socket);
        return false;
    }
    if (std::exchange(who.blocked, false))
        watch(socket, EPOLLIN, EPOLL_CTL_MOD);
    who.out.clear();
    return next_request(socket, who);
}

slow_origin::slow_origin(slow_origin_options options) : inner_(std::make_unique<inner>()) {
    raise_descriptor_limit();
    auto& in = *inner_;
    in.options = std::move(options);
    in.fixed = whole_answer(in.options.content_type, in.options.body);
    in.listener = bound_socket(make_endpoint(in.options.address, in.options.port), true);
    if (::listen(in.listener, 16 * 1024) != 0)
        throw_errno("listen");
    in.port = local_endpoint(in.listener).port();
    in.poll = epoll_create1(EPOLL_CLOEXEC);
    in.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in.poll < 0 || in.bell < 0)
        throw_errno("epoll");
    in.watch(in.listener, EPOLLIN, EPOLL_CTL_ADD);
    in.watch(in.bell, EPOLLIN, EPOLL_CTL_ADD);
    in.thread = std::thread([&in] { in.run(); });
}

slow_origin::~slow_origin() {
    std::uint64_t const one = 1;
    (void)!::write(inner_->bell, &one, sizeof one);
    inner_->thread.join();
    for (auto const& [socket, who] : inner_->peers)
        ::close(socket);
    for (int const each : {inner_->listener, inner_->poll, inner_->bell})
        ::close(each);
}

std::uint16_t slow_origin::port() const {
    return inner_->port;
}

std::string slow_origin::url(std::string_view target) const {
    auto const& address = inner_->options.address;
    auto const host = address.find(':') == address.npos ? address : "[" + address + "]";
    return "http://" + host + ":" + std::to_string(inner_->port) + std::string(target);
}

slow_origin_counts slow_origin::counts() const {
    std::lock_guard lock(inner_->mutex);
    return inner_->counts;
}

bool slow_origin::wait_until(std::function<bool(slow_origin_counts const&)> predicate,
                             milliseconds deadline) {
    std::unique_lock lock(inner_->mutex);
    return inner_->changed.wait_for(lock, deadline, [&] { return predicate(inner_->counts); });
}

}  // namespace fetchd::test
