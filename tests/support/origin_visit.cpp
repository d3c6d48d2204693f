#include "support/origin_visit.hpp"

#include <algorithm>

#include <strings.h>

namespace fetchd::test {
namespace {

constexpr std::size_t block_size = 256 * 1024;

bool wants_close(seen_request const& request) {
    auto const asked = request.header("connection");
    return (asked && strcasecmp(asked->c_str(), "close") == 0) || request.version == "HTTP/1.0";
}

}  // namespace

void origin_visit::run() {
    auto const welcome = origin_.script_on_accept();
    if (play(welcome, nullptr) == after::go_on && secure())
        while (serve_one() == after::go_on) {
        }
    std::lock_guard lock(origin_.mutex);
    auto& seen = origin_.record.connections[number_];
    seen.end = origin_.stopping && end_ != ending::by_script ? ending::stopped : end_;
}

void origin_visit::end(ending how) {
    if (end_ == ending::open)
        end_ = how;
}

origin_visit::after origin_visit::client_went() {
    end(wire_.broken_by_reset() ? ending::client_reset : ending::by_client);
    return after::ended;
}

bool origin_visit::secure() {
    if (!tls_)
        return true;
    seen_tls seen;
    bool const established = wire_.handshake(*tls_, seen);
    if (!established)
        end(ending::bad_handshake);
    {
        std::lock_guard lock(origin_.mutex);
        origin_.record.connections[number_].tls = seen;
        origin_.changed.notify_all();
    }
    if (!established || !tls_->options().then || tls_->options().then(wire_.ssl()))
        return established;
    end(ending::by_script);
    return false;
}

void origin_visit::publish(seen_request& request) {
    std::lock_guard lock(origin_.mutex);
    request.number = origin_.record.requests.size();
    request.connection = number_;
    origin_.record.requests.push_back(request);
    origin_.record.connections[number_].requests.push_back(request.number);
    origin_.changed.notify_all();
}

origin_visit::after origin_visit::serve_one() {
    seen_request request;
    if (!read_request_head(request))
        return after::ended;
    auto const what = origin_.script_for(request);
    if (!what.starts_at_head()) {
        if (request.header("expect") && !send("HTTP/1.1 100 Continue\r\n\r\n"))
            return client_went();
        if (!read_request_body(request))
            return client_went();
    }
    publish(request);
    if (play(what, &request) == after::ended)
        return after::ended;
    if (!wants_close(request))
        return after::go_on;
    wire_.finish(true);
    end(ending::by_script);
    return after::ended;
}

origin_visit::after origin_visit::play(script const& what, seen_request* request) {
    for (auto const& each : what.steps())
        if (play(each, request) == after::ended)
            return after::ended;
    return after::go_on;
}

origin_visit::after origin_visit::play(step const& now, seen_request* request) {
    auto const sent = [this](bool all) { return all ? after::go_on : client_went(); };
    switch (now.what) {
        case step::kind::send:
            return sent(send(now.bytes));
        case step::kind::answer:
            return sent(send(request && request->method == "HEAD" ? now.bytes : now.bytes + now.body));
        case step::kind::repeat:
            return sent(send_repeated(now.bytes, now.total));
        case step::kind::drip:
            return sent(drip(now.bytes, now.pause));
        case step::kind::gate:
            return wait_at_gate(now.bytes);
        case step::kind::delay:
            return pause(now.pause);
        case step::kind::read_body: {
            if (!request || !read_request_body(*request))
                return client_went();
            std::lock_guard lock(origin_.mutex);
            origin_.record.requests[request->number] = *request;
            origin_.changed.notify_all();
            return after::go_on;
        }
        case step::kind::close_half:
            wire_.close_half();
            return after::go_on;
        case step::kind::stall:
            return stall();
        case step::kind::reset:
            wire_.reset();
            break;
        case step::kind::close:
        case step::kind::cut:
            wire_.finish(now.what == step::kind::close);
            break;
    }
    end(ending::by_script);
    return after::ended;
}

bool origin_visit::send(std::string_view bytes) {
    if (!wire_.write(bytes))
        return false;
    std::lock_guard lock(origin_.mutex);
    origin_.record.connections[number_].sent += bytes.size();
    origin_.changed.notify_all();
    return true;
}

bool origin_visit::send_repeated(std::string const& block, std::uint64_t total) {
    if (block.empty())
        return true;
    std::string many;
    while (many.size() < block_size)
        many += block;
    while (total > 0) {
        auto const part = static_cast<std::size_t>(std::min<std::uint64_t>(total, many.size()));
        if (!send(std::string_view(many).substr(0, part)))
            return false;
        total -= part;
    }
    return true;
}

bool origin_visit::drip(std::string const& bytes, milliseconds between) {
    for (char const& each : bytes) {
        if (!send({&each, 1}))
            return false;
        if (between.count() > 0 && pause(between) == after::ended)
            return false;
    }
    return true;
}

origin_visit::after origin_visit::wait_at_gate(std::string const& name) {
    std::unique_lock lock(origin_.mutex);
    ++origin_.record.waiting_gate[name];
    origin_.changed.notify_all();
    auto result = after::go_on;
    for (;;) {
        auto& gate = origin_.gates[name];
        if (gate.open)
            break;
        if (gate.passes > 0) {
            --gate.passes;
            break;
        }
        if (origin_.stopping) {
            result = after::ended;
            break;
        }
        lock.unlock();
        auto const woke = wire_.wait(milliseconds{-1});
        lock.lock();
        if (woke == origin_wire::woke::client_gone) {
            result = client_went();
            break;
        }
    }
    --origin_.record.waiting_gate[name];
    origin_.changed.notify_all();
    return result;
}

origin_visit::after origin_visit::pause(milliseconds how_long) {
    auto const until = test_clock::now() + how_long;
    for (;;) {
        auto const left = std::chrono::ceil<milliseconds>(until - test_clock::now());
        if (left.count() <= 0)
            return after::go_on;
        auto const woke = wire_.wait(left);
        if (woke == origin_wire::woke::client_gone)
            return client_went();
        std::lock_guard lock(origin_.mutex);
        if (origin_.stopping)
            return after::ended;
    }
}

origin_visit::after origin_visit::stall() {
    for (;;) {
        auto const woke = wire_.wait(milliseconds{-1});
        if (woke == origin_wire::woke::client_gone)
            return client_went();
        std::lock_guard lock(origin_.mutex);
        if (origin_.stopping)
            return after::ended;
    }
}

}  // namespace fetchd::test
