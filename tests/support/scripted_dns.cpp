#include "support/scripted_dns.hpp"

#include <map>
#include <mutex>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/dns_message.hpp"
#include "support/socket.hpp"

namespace fetchd::test {
namespace {

int bound_datagram_socket(endpoint const& at) {
    int const made = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (made < 0 || ::bind(made, at.raw(), at.size) != 0)
        throw_errno("datagram socket");
    int const room = 4 << 20;  // for many questions at once
    setsockopt(made, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return made;
}

// All of `size` bytes, or false.
bool read_all(int socket, char* into, std::size_t size) {
    while (size > 0) {
        auto const n = ::recv(socket, into, size, 0);
        if (n <= 0)
            return false;
        into += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

}  // namespace

struct scripted_dns::inner {
    int datagrams = -1;
    int listener = -1;
    int bell = -1;
    std::uint16_t port = 0;
    std::thread thread;

    mutable std::mutex mutex;  // of what follows
    std::map<std::string, dns_choice> scripts;
    dns_choice otherwise = [](dns_question const&) { return dns_answer::of(dns_answer::how::nxdomain); };
    std::map<std::pair<std::string, std::uint16_t>, std::size_t> asked;
    std::size_t total = 0;
    std::size_t by_tcp = 0;

    void run();
    void answer_datagram();
    void answer_connection();
    std::string answer_to(std::string_view query, bool by_tcp);
};

void scripted_dns::inner::run() {
    pollfd on[] = {{datagrams, POLLIN, 0}, {listener, POLLIN, 0}, {bell, POLLIN, 0}};
    while (::poll(on, 3, -1) >= 0 || errno == EINTR) {
        if (on[2].revents)
            return;
        if (on[0].revents)
            answer_datagram();
        if (on[1].revents)
            answer_connection();
    }
}

std::string scripted_dns::inner::answer_to(std::string_view query, bool tcp) {
    auto question = read_question(query);
    if (!question)
        return {};
    question->by_tcp = tcp;
    dns_choice chosen;
    {
        std::lock_guard lock(mutex);
        auto& times = asked[{question->name, question->type}];
        if (!tcp || times == 0)
            ++times;
        else
            ++by_tcp;
        question->number = times - 1;
        ++total;
        auto const found = scripts.find(question->name);
        chosen = found == scripts.end() ? otherwise : found->second;
    }
    return write_answer(query, *question, chosen(*question));
}

void scripted_dns::inner::answer_datagram() {
    char query[4096];
    endpoint from;
    from.size = sizeof from.storage;
    auto const n = ::recvfrom(datagrams, query, sizeof query, MSG_DONTWAIT, from.raw(), &from.size);
    if (n <= 0)
        return;
    auto const answer = answer_to({query, static_cast<std::size_t>(n)}, false);
    if (!answer.empty())
        ::sendto(datagrams, answer.data(), answer.size(), 0, from.raw(), from.size);
}

// RFC 1035 §4.2.2: two bytes of length before each message. One message a connection.
void scripted_dns::inner::answer_connection() {
    int const socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0)
        return;
    timeval const limit{2, 0};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    unsigned char length[2];
    if (read_all(socket, reinterpret_cast<char*>(length), 2)) {
        std::string query(static_cast<std::size_t>(length[0] << 8 | length[1]), '\0');
        if (read_all(socket, query.data(), query.size())) {
            auto const answer = answer_to(query, true);
            std::string const framed{static_cast<char>(answer.size() >> 8U),
                                     static_cast<char>(answer.size())};
            if (!answer.empty())
                ::send(socket, (framed + answer).data(), 2 + answer.size(), MSG_NOSIGNAL);
        }
    }
    ::close(socket);
}

scripted_dns::scripted_dns() : inner_(std::make_unique<inner>()) {
    auto& in = *inner_;
    // The same port for both: TCP picks it, and where UDP has it taken, another one.
    for (int tries = 0; in.datagrams < 0; ++tries) {
        in.listener = bound_socket(make_endpoint("127.0.0.1", 0));
        in.port = local_endpoint(in.listener).port();
        try {
            in.datagrams = bound_datagram_socket(make_endpoint("127.0.0.1", in.port));
        } catch (std::system_error const&) {
            ::close(in.listener);
            if (tries == 20)
                throw;
        }
    }
    if (::listen(in.listener, SOMAXCONN) != 0)
        throw_errno("listen");
    in.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    in.thread = std::thread([&in] { in.run(); });
}

scripted_dns::~scripted_dns() {
    std::uint64_t const one = 1;
    (void)!::write(inner_->bell, &one, sizeof one);
    inner_->thread.join();
    for (int const each : {inner_->datagrams, inner_->listener, inner_->bell})
        ::close(each);
}

std::uint16_t scripted_dns::port() const {
    return inner_->port;
}

void scripted_dns::on(std::string name, dns_answer what) {
    on(std::move(name), [what = std::move(what)](dns_question const&) { return what; });
}

void scripted_dns::on(std::string name, std::vector<dns_answer> in_turn) {
    on(std::move(name), [in_turn = std::move(in_turn)](dns_question const& asked) {
        return in_turn[asked.number % in_turn.size()];
    });
}

void scripted_dns::on(std::string name, dns_choice chosen) {
    std::lock_guard lock(inner_->mutex);
    inner_->scripts[std::move(name)] = std::move(chosen);
}

void scripted_dns::otherwise(dns_choice chosen) {
    std::lock_guard lock(inner_->mutex);
    inner_->otherwise = std::move(chosen);
}

std::size_t scripted_dns::questions(std::string const& name, std::uint16_t type) const {
    std::lock_guard lock(inner_->mutex);
    auto const found = inner_->asked.find({name, type});
    return found == inner_->asked.end() ? 0 : found->second;
}

std::size_t scripted_dns::questions() const {
    std::lock_guard lock(inner_->mutex);
    return inner_->total;
}

std::size_t scripted_dns::by_tcp() const {
    std::lock_guard lock(inner_->mutex);
    return inner_->by_tcp;
}

}  // namespace fetchd::test
