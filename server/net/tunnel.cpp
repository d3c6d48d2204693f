#include "net/tunnel.hpp"

#include "net/connect_request.hpp"
#include "net/exchange.hpp"
#include "net/socks5.hpp"

namespace fetchd {
namespace {

constexpr std::size_t max_proxy_head = 16 * 1024;

// What went wrong on the way to the proxy or back, as a failure to connect.
failure lost(failure const& f) {
    if (f.what == code::timeout || f.what == code::cancelled)
        return {stage::connect, f.what, "the proxy"};
    if (f.what == code::reset || f.what == code::closed || f.where == stage::request)
        return {stage::connect, code::proxy_failed, "it closed the connection"};
    return {stage::connect, code::proxy_failed, f.detail};
}

awaitable<result<void>> connect_tunnel(connection& conn, proxy const& through, tunnel_end to,
                                       std::string const& user_agent, milliseconds limit, scope& life) {
    auto text = connect_request(through, to.address, to.port, user_agent);
    head_limits const limits{max_proxy_head, limit};
    auto const head = co_await exchange(conn, std::move(text), true, limits, life);
    if (!head)
        co_return lost(head.error());
    if (auto const judged = judge_connect_answer(head->status, head->reason); !judged)
        co_return judged.error();
    // The origin cannot have spoken yet: it has to be spoken to first.
    if (!conn.input.empty())
        co_return failure(stage::connect, code::proxy_failed, "bytes behind its answer");
    co_return result<void>();
}

awaitable<result<void>> socks_tunnel(connection& conn, proxy const& through, tunnel_end to,
                                     milliseconds limit, scope& life) {
    scope::phase phase(life, clock::now() + limit);
    scope::hold hold(life, [&conn] { conn.abort(); });
    socks5_handshake talk(through, to.address, to.port);
    std::array<char, 512> bytes;
    auto next = talk.step({});
    while (next && !next->done()) {
        io_result moved;
        if (!next->send.empty())
            moved = co_await conn.write(next->send);
        if (!moved.error)
            moved = co_await conn.read_some(std::span(bytes.data(), std::min(next->need, bytes.size())));
        if (life.ended())
            co_return life.why(stage::connect);
        if (phase.expired())
            co_return lost(failure(stage::connect, code::timeout));
        if (moved.error)
            co_return lost(io_failure(stage::head, moved.error));
        next = talk.step({bytes.data(), moved.bytes});
    }
    if (!next)
        co_return next.error();
    co_return result<void>();
}

}  // namespace

awaitable<result<void>> open_tunnel(connection& conn, proxy const& through, tunnel_end to,
                                    std::string const& user_agent, milliseconds limit, scope& life) {
    if (life.ended())
        co_return life.why(stage::connect);
    if (through.kind == proxy_kind::socks5)
        co_return co_await socks_tunnel(conn, through, to, limit, life);
    co_return co_await connect_tunnel(conn, through, to, user_agent, limit, life);
}

}  // namespace fetchd
