#include "net/socks5.hpp"

#include <algorithm>

namespace fetchd {
namespace {

constexpr unsigned version = 5;
constexpr unsigned login_version = 1;  // of RFC 1929
constexpr unsigned no_login = 0;
constexpr unsigned with_login = 2;
constexpr unsigned none_acceptable = 0xff;
constexpr unsigned connect_command = 1;
constexpr unsigned type_v4 = 1;
constexpr unsigned type_domain = 3;
constexpr unsigned type_v6 = 4;

failure failed(std::string why) {
    return {stage::connect, code::proxy_failed, std::move(why)};
}

failure wants_credentials(std::string why) {
    return {stage::connect, code::proxy_auth, std::move(why)};
}

// RFC 1928 §6.
failure refused(unsigned reply) {
    constexpr std::string_view words[] = {"general SOCKS server failure", "connection not allowed by ruleset",
                                          "network unreachable",          "host unreachable",
                                          "connection refused",           "TTL expired",
                                          "command not supported",        "address type not supported"};
    auto why = reply <= std::size(words) ? std::string(words[reply - 1]) : "reply " + std::to_string(reply);
    return {stage::connect, code::proxy_refused, std::move(why)};
}

char octet(std::size_t value) {
    return static_cast<char>(static_cast<unsigned char>(value));
}

}  // namespace

socks5_handshake::socks5_handshake(proxy const& through, ip_address const& target, std::uint16_t port)
    : user_(through.user),
      password_(through.password),
      target_(target),
      port_(port),
      has_credentials_(through.has_credentials) {}

result<socks5_handshake::action> socks5_handshake::step(std::string_view received) {
    if (now_ == phase::begin)
        return greet();
    if (received.size() > need_ - in_size_)
        return failed("more bytes than its answer has");
    std::copy(received.begin(), received.end(), in_.begin() + static_cast<std::ptrdiff_t>(in_size_));
    in_size_ += received.size();
    if (now_ == phase::over || in_size_ == 0)
        return wait_for(need_);
    if (now_ == phase::login)
        return judge_login();
    if (in(0) != version)
        return failed("it does not speak SOCKS5");
    return now_ == phase::method ? judge_method() : judge_reply();
}

socks5_handshake::action socks5_handshake::wait_for(std::size_t size) {
    need_ = size;
    return {{}, need_ - in_size_};
}

socks5_handshake::action socks5_handshake::ask(phase next, std::size_t need) {
    now_ = next;
    in_size_ = 0;
    need_ = need;
    return {out_, need};
}

// RFC 1928 §3.
result<socks5_handshake::action> socks5_handshake::greet() {
    // parse_proxy() takes none so long; one put together by hand must not overflow a length of one byte.
    if (user_.size() > max_proxy_credential || password_.size() > max_proxy_credential)
        return wants_credentials("user name or password longer than 255 bytes");
    out_ = {octet(version), octet(has_credentials_ ? 2 : 1), octet(no_login)};
    if (has_credentials_)
        out_ += octet(with_login);
    return ask(phase::method, 2);
}

result<socks5_handshake::action> socks5_handshake::judge_method() {
    if (in_size_ < need_)
        return wait_for(need_);
    if (in(1) == no_login)
        return request();
    if (in(1) == with_login && has_credentials_)
        return log_in();
    if (in(1) == none_acceptable)
        return wants_credentials(has_credentials_ ? "it takes no user name and password"
                                                  : "it asks for a user name and a password");
    return failed("it chose a way to log in that was not offered");
}

// RFC 1929 §2.
socks5_handshake::action socks5_handshake::log_in() {
    out_ = {octet(login_version), octet(user_.size())};
    out_.append(user_) += octet(password_.size());
    out_ += password_;
    return ask(phase::login, 2);
}

// The version of this answer is not looked at: some proxies give that of SOCKS.
result<socks5_handshake::action> socks5_handshake::judge_login() {
    if (in_size_ < need_)
        return wait_for(need_);
    if (in(1) != 0)
        return wants_credentials("it does not take this user name and password");
    return request();
}

// RFC 1928 §4.
socks5_handshake::action socks5_handshake::request() {
    std::string_view const address(reinterpret_cast<char const*>(target_.bytes.data()), target_.v4 ? 4 : 16);
    out_ = {octet(version), octet(connect_command), 0, octet(target_.v4 ? type_v4 : type_v6)};
    out_.append(address) += {octet(port_ >> 8), octet(port_ & 0xff)};
    return ask(phase::reply, 4);
}

// RFC 1928 §6. A refusal is taken from its second byte on: some proxies send no more of it.
result<socks5_handshake::action> socks5_handshake::judge_reply() {
    if (in_size_ >= 2 && in(1) != 0)
        return refused(in(1));
    if (in_size_ < 4)
        return wait_for(4);
    std::size_t size = 0;
    if (in(3) == type_v4)
        size = 4 + 4 + 2;
    else if (in(3) == type_v6)
        size = 4 + 16 + 2;
    else if (in(3) == type_domain)
        size = in_size_ < 5 ? 5 : 4 + 1 + in(4) + 2;
    else
        return failed("its answer has an address of no known type");
    if (in_size_ < size)
        return wait_for(size);
    out_.clear();
    return ask(phase::over, 0);
}

}  // namespace fetchd
