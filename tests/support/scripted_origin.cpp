#include "support/scripted_origin.hpp"

#include <algorithm>
#include <cerrno>
#include <list>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "support/origin_state.hpp"
#include "support/origin_visit.hpp"
#include "support/socket.hpp"

namespace fetchd::test {
namespace {

script next_of(route& from) {
    if (from.in_turn.empty())
        return {};
    return from.in_turn[std::min(from.used++, from.in_turn.size() - 1)];
}

std::string seen_instead(origin_record const& record) {
    auto out = std::to_string(record.requests.size()) + " requests, " +
               std::to_string(record.connections.size()) + " connections, " + std::to_string(record.open) +
               " open";
    for (std::size_t i = 0; i < std::min<std::size_t>(record.requests.size(), 10); ++i)
        out += "\n  " + record.requests[i].method + " " + record.requests[i].target;
    for (auto const& [gate, waiting] : record.waiting_gate)
        out += "\n  at gate " + gate + ": " + std::to_string(waiting);
    return out;
}

// Port 0 is chosen by the first address; another address may have it taken, then all of them try again.
std::vector<int> listen_on(origin_options const& options) {
    for (int tries = 0;; ++tries) {
        std::vector<int> made;
        try {
            auto port = options.port;
            for (auto const& address : options.listen) {
                made.push_back(bound_socket(make_endpoint(address, port)));
                if (::listen(made.back(), SOMAXCONN) != 0)
                    throw_errno("listen");
                port = local_endpoint(made.back()).port();
            }
            return made;
        } catch (...) {
            for (int const each : made)
                ::close(each);
            if (tries == 20 || options.port != 0)
                throw;
        }
    }
}

}  // namespace

script origin_state::script_for(seen_request const& request) {
    answer_with chosen;
    {
        std::lock_guard lock(mutex);
        auto found = routes.find(request.target);
        if (found == routes.end())
            found = routes.find(request.target.substr(0, request.target.find('?')));
        auto& from = found == routes.end() ? otherwise : found->second;
        if (!from.chosen)
            return next_of(from);
        chosen = from.chosen;
    }
    return chosen(request);
}

script origin_state::script_on_accept() {
    std::lock_guard lock(mutex);
    return next_of(accepting);
}

void origin_state::wake_all() {
    for (auto const& [number, wire] : wires)
        wire->wake();
    changed.notify_all();
}

struct scripted_origin::inner {
    origin_options options;
    origin_state state;
    std::unique_ptr<tls_side> tls;
    std::vector<int> listeners;
    std::uint16_t port = 0;
    bool listening = true;  // under state.mutex
    int bell[2] = {-1, -1};
    std::thread acceptor;
    std::list<std::thread> visits;                       // acceptor's, then the destructor's
    std::vector<std::list<std::thread>::iterator> over;  // under state.mutex: those that have ended

    void accept_all();
    void accept_one(int listener);
    void visit(int socket, std::size_t number, std::list<std::thread>::iterator self);
    void join_ended();
    void ring() { (void)!::write(bell[1], "x", 1); }
    template <class Predicate>
    bool wait(Predicate predicate, std::string_view what, milliseconds deadline);
};

void scripted_origin::inner::accept_all() {
    std::vector<pollfd> on;
    for (int const each : listeners)
        on.push_back({each, POLLIN, 0});
    on.push_back({bell[0], POLLIN, 0});
    for (;;) {
        if (::poll(on.data(), on.size(), -1) < 0 && errno != EINTR)
            return;
        if (on.back().revents)
            break;
        for (auto const& each : on)
            if (each.revents)
                accept_one(each.fd);
        join_ended();
    }
    for (int const each : listeners)
        ::close(each);
    std::lock_guard lock(state.mutex);
    listening = false;
    state.changed.notify_all();
}

void scripted_origin::inner::accept_one(int listener) {
    int const socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0)
        return;
    if (options.send_buffer > 0)
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &options.send_buffer, sizeof options.send_buffer);
    seen_connection seen;
    seen.accepted_at = test_clock::now();
    seen.local = local_endpoint(socket).text();
    seen.peer = peer_endpoint(socket).text();
    std::lock_guard lock(state.mutex);
    auto& record = state.record;
    seen.number = record.connections.size();
    record.connections.push_back(seen);
    record.most_open = std::max(record.most_open, ++record.open);
    state.changed.notify_all();
    auto const self = visits.emplace(visits.end());
    *self = std::thread([this, socket, number = seen.number, self] { visit(socket, number, self); });
}

void scripted_origin::inner::visit(int socket, std::size_t number, std::list<std::thread>::iterator self) {
    {
        origin_wire wire(socket);
        {
            std::lock_guard lock(state.mutex);
            state.wires[number] = &wire;
            if (state.stopping)
                wire.hang_up();
        }
        origin_visit(state, wire, tls.get(), number).run();
        std::lock_guard lock(state.mutex);
        state.wires.erase(number);
    }
    // Counted when the socket is really closed, so that a test which waited finds the descriptor gone.
    std::lock_guard lock(state.mutex);
    --state.record.open;
    ++state.record.closed;
    over.push_back(self);
    state.changed.notify_all();
}

void scripted_origin::inner::join_ended() {
    std::vector<std::list<std::thread>::iterator> ended;
    {
        std::lock_guard lock(state.mutex);
        ended.swap(over);
    }
    for (auto const& each : ended) {
        each->join();
        visits.erase(each);
    }
}

template <class Predicate>
bool scripted_origin::inner::wait(Predicate predicate, std::string_view what, milliseconds deadline) {
    std::unique_lock lock(state.mutex);
    bool const came = state.changed.wait_for(lock, deadline, [&] { return predicate(state.record); });
    if (!came)
        ADD_FAILURE() << "scripted origin: waited " << deadline.count() << " ms for " << what << "; saw "
                      << seen_instead(state.record);
    return came;
}

scripted_origin::scripted_origin(origin_options options) : inner_(std::make_unique<inner>()) {
    ignore_broken_pipes();
    inner_->options = std::move(options);
    if (inner_->options.tls)
        inner_->tls = std::make_unique<tls_side>(*inner_->options.tls);
    inner_->state.otherwise.in_turn = {
        script{}.answer(404, "not scripted\n", {{"content-type", "text/plain"}})};
    inner_->listeners = listen_on(inner_->options);
    inner_->port = local_endpoint(inner_->listeners.front()).port();
    if (::pipe2(inner_->bell, O_CLOEXEC) != 0)
        throw_errno("pipe2");
    inner_->acceptor = std::thread([this] { inner_->accept_all(); });
}

scripted_origin::~scripted_origin() {
    inner_->ring();
    inner_->acceptor.join();
    {
        std::lock_guard lock(inner_->state.mutex);
        inner_->state.stopping = true;
        for (auto const& [number, wire] : inner_->state.wires)
            wire->hang_up();
    }
    for (auto& each : inner_->visits)
        each.join();
    ::close(inner_->bell[0]);
    ::close(inner_->bell[1]);
}

std::uint16_t scripted_origin::port() const {
    return inner_->port;
}

std::string scripted_origin::url(std::string_view target) const {
    auto const& address = inner_->options.listen.front();
    return url_at(address.find(':') == address.npos ? address : "[" + address + "]", target);
}

std::string scripted_origin::url_at(std::string_view host, std::string_view target) const {
    return (inner_->tls ? "https://" : "http://") + std::string(host) + ":" + std::to_string(inner_->port) +
           std::string(target);
}

void scripted_origin::on(std::string target, script what) {
    on(std::move(target), std::vector<script>{std::move(what)});
}

void scripted_origin::on(std::string target, std::vector<script> in_turn) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.routes[std::move(target)] = route{std::move(in_turn), 0, {}};
}

void scripted_origin::on(std::string target, answer_with chosen) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.routes[std::move(target)] = route{{}, 0, std::move(chosen)};
}

void scripted_origin::otherwise(script what) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.otherwise = route{{std::move(what)}, 0, {}};
}

void scripted_origin::on_accept(script what) {
    on_accept(std::vector<script>{std::move(what)});
}

void scripted_origin::on_accept(std::vector<script> in_turn) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.accepting = route{std::move(in_turn), 0, {}};
}

void scripted_origin::open_gate(std::string const& name) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.gates[name].open = true;
    inner_->state.wake_all();
}

void scripted_origin::let_through(std::string const& name, std::size_t n) {
    std::lock_guard lock(inner_->state.mutex);
    inner_->state.gates[name].passes += n;
    inner_->state.wake_all();
}

void scripted_origin::stop_listening() {
    inner_->ring();
    std::unique_lock lock(inner_->state.mutex);
    inner_->state.changed.wait(lock, [this] { return !inner_->listening; });
}

void scripted_origin::close_all() {
    std::lock_guard lock(inner_->state.mutex);
    for (auto const& [number, wire] : inner_->state.wires)
        wire->hang_up_with_reset();
}

origin_record scripted_origin::record() const {
    std::lock_guard lock(inner_->state.mutex);
    return inner_->state.record;
}

seen_request scripted_origin::request(std::size_t number) const {
    std::lock_guard lock(inner_->state.mutex);
    auto const& requests = inner_->state.record.requests;
    if (number < requests.size())
        return requests[number];
    ADD_FAILURE() << "scripted origin: no request " << number << "; saw "
                  << seen_instead(inner_->state.record);
    return {};
}

std::size_t scripted_origin::requests_seen() const {
    std::lock_guard lock(inner_->state.mutex);
    return inner_->state.record.requests.size();
}

std::size_t scripted_origin::requests_seen(std::string_view target) const {
    std::lock_guard lock(inner_->state.mutex);
    auto const& requests = inner_->state.record.requests;
    auto const is = [target](auto const& request) { return request.target == target; };
    return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), is));
}

std::size_t scripted_origin::connections_opened() const {
    std::lock_guard lock(inner_->state.mutex);
    return inner_->state.record.connections.size();
}

std::size_t scripted_origin::connections_open() const {
    std::lock_guard lock(inner_->state.mutex);
    return inner_->state.record.open;
}

bool scripted_origin::wait_for_requests(std::size_t n, milliseconds deadline) {
    return inner_->wait([n](auto const& seen) { return seen.requests.size() >= n; },
                        std::to_string(n) + " requests", deadline);
}

bool scripted_origin::wait_for_connections(std::size_t n, milliseconds deadline) {
    return inner_->wait([n](auto const& seen) { return seen.connections.size() >= n; },
                        std::to_string(n) + " connections", deadline);
}

bool scripted_origin::wait_for_closed(std::size_t n, milliseconds deadline) {
    return inner_->wait([n](auto const& seen) { return seen.closed >= n; },
                        std::to_string(n) + " closed connections", deadline);
}

bool scripted_origin::wait_for_none_open(milliseconds deadline) {
    return inner_->wait([](auto const& seen) { return seen.open == 0; }, "no open connection", deadline);
}

bool scripted_origin::wait_at_gate(std::string const& name, std::size_t n, milliseconds deadline) {
    auto const enough = [&](auto const& seen) {
        auto const found = seen.waiting_gate.find(name);
        return found != seen.waiting_gate.end() && found->second >= n;
    };
    return inner_->wait(enough, std::to_string(n) + " connections at gate " + name, deadline);
}

bool scripted_origin::wait_until(std::function<bool(origin_record const&)> predicate, std::string_view what,
                                 milliseconds deadline) {
    return inner_->wait(predicate, what, deadline);
}

}  // namespace fetchd::test
