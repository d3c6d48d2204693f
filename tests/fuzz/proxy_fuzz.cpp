// Any bytes as a proxy named by a caller, and any bytes as what a SOCKS5 proxy answers, in any pieces.
//
// The first byte chooses the size of the pieces and whether there are credentials; up to the first line end
// the text of a proxy follows, and the rest is answers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "http/base64.hpp"
#include "http/proxy.hpp"
#include "net/connect_request.hpp"
#include "net/socks5.hpp"

namespace {

using namespace fetchd;

void require(bool promise) {
    if (!promise)
        std::abort();
}

proxy check_text(std::string_view text) {
    auto const parsed = parse_proxy(text);
    if (!parsed) {
        require(parsed.error().where == stage::admission && parsed.error().what == code::bad_proxy);
        return {};
    }
    require(parsed->port != 0 && !parsed->host.empty());
    require(parsed->user.size() <= max_proxy_credential && parsed->password.size() <= max_proxy_credential);
    // What is shown reads back as the same proxy, without its credentials.
    auto const again = parse_proxy(parsed->text());
    require(again && !again->has_credentials && again->text() == parsed->text());
    if (parsed->kind != proxy_kind::socks5) {
        auto const request = connect_request(*parsed, ip_address{}, 443, "fuzz");
        require(request.find('\0') == request.npos && request.ends_with("\r\n\r\n"));
        require(std::count(request.begin(), request.end(), '\n') == (parsed->has_credentials ? 5 : 4));
    }
    return *parsed;
}

std::string outcome(result<socks5_handshake::action> const& end) {
    return end ? "done" : std::string(name(end.error().what)) + end.error().detail;
}

// How the talk ends, and how many of the bytes it took.
std::pair<std::string, std::size_t> hold(proxy const& through, std::string_view answers, std::size_t piece) {
    socks5_handshake talk(through, ip_address{}, 443);
    std::size_t taken = 0;
    std::size_t sent = 0;
    std::string_view received;
    for (;;) {
        auto const next = talk.step(received);
        if (!next || next->done()) {
            require(next || next.error().where == stage::connect);
            require(!next || taken <= 2 + 2 + 262);
            return {outcome(next), taken};
        }
        sent += next->send.size();
        require(next->need <= 262 && sent <= 4 + 513 + 22);
        received = answers.substr(taken, std::min(piece, next->need));
        taken += received.size();
        if (received.empty())
            return {"waits for more", taken};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view all(reinterpret_cast<char const*>(data), size);
    if (all.empty())
        return 0;
    auto const choice = static_cast<unsigned char>(all.front());
    all.remove_prefix(1);
    auto const end = std::min(all.find('\n'), all.size());
    auto const text = all.substr(0, end);
    auto const answers = all.substr(std::min(end + 1, all.size()));

    auto through = check_text(text);
    if (choice & 1 && !through.has_credentials) {
        through.user = "user";
        through.has_credentials = true;
    }
    auto const whole = hold(through, answers, 1000);
    auto const pieces = hold(through, answers, choice / 2 + 1);
    require(whole.first == pieces.first);
    require(whole.first != "done" || whole.second == pieces.second);
    if (auto const bytes = base64_decode(answers))
        require(base64_encode(*bytes) == answers);
    require(base64_decode(base64_encode(answers)) == answers);
    return 0;
}
