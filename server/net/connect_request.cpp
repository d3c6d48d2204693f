#include "net/connect_request.hpp"

#include <algorithm>

#include "http/basic_auth.hpp"

namespace fetchd {
namespace {

constexpr std::size_t max_words = 100;

// What somebody else wrote, as it may stand in a log line and in JSON.
std::string plain(std::string_view words) {
    std::string text(words.substr(0, max_words));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return text;
}

}  // namespace

std::string connect_request(proxy const& through, ip_address const& target, std::uint16_t port,
                            std::string_view user_agent) {
    auto authority = target.v4 ? target.text() : "[" + target.text() + "]";
    authority += ":" + std::to_string(port);
    std::string text;
    text.append("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ").append(authority).append("\r\n");
    if (!user_agent.empty())
        text.append("User-Agent: ").append(user_agent).append("\r\n");
    if (through.has_credentials)
        text.append("Proxy-Authorization: ")
            .append(basic_authorization(through.user, through.password))
            .append("\r\n");
    return text.append("\r\n");
}

result<void> judge_connect_answer(int status, std::string_view reason) {
    if (status >= 200 && status < 300)
        return {};
    // 401 is for origins to say, and nobody but the proxy has seen this request: tinyproxy says it.
    if (status == 407 || status == 401)
        return failure(stage::connect, code::proxy_auth, "status " + std::to_string(status));
    auto words = "status " + std::to_string(status);
    if (!reason.empty())
        words += " " + plain(reason);
    return failure(stage::connect, code::proxy_refused, std::move(words));
}

}  // namespace fetchd
