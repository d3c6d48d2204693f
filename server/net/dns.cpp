#include "net/dns.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"

namespace fetchd {
namespace {

constexpr std::size_t max_addresses = 32;

struct lookup {
    std::vector<ip_address> found;
    int error = 0;  // EAI_*
};

// Blocks, for seconds if the resolver wants it: on a pool thread only.
lookup look_up(std::string const& host) {
    lookup answer;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    answer.error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    if (answer.error != 0)
        return answer;
    for (auto const* a = list; a && answer.found.size() < max_addresses; a = a->ai_next) {
        ip_address ip;
        if (a->ai_family == AF_INET) {
            auto const* in = reinterpret_cast<sockaddr_in const*>(a->ai_addr);
            ip = ip_address::from_v4(ntohl(in->sin_addr.s_addr));
        } else if (a->ai_family == AF_INET6) {
            auto const* in = reinterpret_cast<sockaddr_in6 const*>(a->ai_addr);
            std::array<std::uint8_t, 16> bytes;
            std::copy_n(in->sin6_addr.s6_addr, 16, bytes.begin());
            ip = ip_address::from_v6(bytes);
        } else {
            continue;
        }
        if (std::find(answer.found.begin(), answer.found.end(), ip) == answer.found.end())
            answer.found.push_back(ip);
    }
    ::freeaddrinfo(list);
    return answer;
}

failure failure_of(int error, std::string const& host) {
    auto const detail = host + ": " + ::gai_strerror(error);
    if (error == EAI_NONAME || error == EAI_NODATA || error == EAI_ADDRFAMILY)
        return {stage::dns, code::not_found, detail};
    return {stage::dns, code::failed, detail};
}

struct fixed_entry {
    std::string key;  // "host:port" or "host:*"
    std::vector<ip_address> found;
};

// "example.test:80:127.0.0.1,[::1]", as curl's --resolve.
std::optional<fixed_entry> parse_fixed(std::string_view text) {
    auto const first = text.find(':');
    if (first == text.npos || first == 0)
        return {};
    auto const second = text.find(':', first + 1);
    if (second == text.npos)
        return {};
    auto const port = text.substr(first + 1, second - first - 1);
    std::uint16_t number = 0;
    auto const [end, ec] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port != "*" && (ec != std::errc{} || end != port.data() + port.size()))
        return {};
    fixed_entry fixed{ascii_lowered(text.substr(0, first + 1)), {}};  // as URLs have their hosts
    fixed.key += port == "*" ? "*" : std::to_string(number);
    auto list = text.substr(second + 1);
    while (true) {
        auto const comma = list.find(',');
        auto const ip = ip_address::parse(list.substr(0, comma));
        if (!ip)
            return {};
        fixed.found.push_back(*ip);
        if (comma == list.npos)
            return fixed;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

struct dns::entry {
    std::string host;
    bool pending = true;
    addresses found;
    std::optional<failure> why;
    time_point expires{};
    std::vector<bell*> waiting;
};

dns::dns(executor ex, off_loop door, net_config const& settings) : executor_(ex), off_loop_(std::move(door)) {
    configure(settings);
}

void dns::configure(net_config const& settings) {
    settings_ = settings;
    fixed_.clear();
    for (auto const& text : settings_.resolve)
        if (auto parsed = parse_fixed(text))
            fixed_[parsed->key] = std::make_shared<std::vector<ip_address> const>(std::move(parsed->found));
}

std::vector<std::string> dns::problems(std::vector<std::string> const& resolve) {
    std::vector<std::string> all;
    for (auto const& text : resolve)
        if (!parse_fixed(text))
            all.push_back("net.resolve: \"" + text + "\": want \"host:port:address\", * for any port");
    return all;
}

dns::numbers dns::count() const {
    auto n = numbers_;
    n.entries = entries_.size();
    return n;
}

addresses dns::fixed(std::string_view host, std::uint16_t port) const {
    if (fixed_.empty())
        return {};
    std::string key(host);
    key += ':';
    auto const name = key.size();
    key += std::to_string(port);
    if (auto const found = fixed_.find(key); found != fixed_.end())
        return found->second;
    key.replace(name, key.npos, "*");
    auto const found = fixed_.find(key);
    return found == fixed_.end() ? addresses() : found->second;
}

bool dns::make_room() {
    if (entries_.size() < settings_.dns_entries)
        return true;
    for (auto it = recent_.rbegin(); it != recent_.rend(); ++it)
        if (!(*it)->pending) {
            entries_.erase((*it)->host);
            recent_.erase(std::next(it).base());
            return true;
        }
    return false;
}

// The entry for this name, with a lookup under way where there was nothing good; null when refused.
dns::entry_ptr dns::find_or_start(std::string const& host) {
    if (auto const known = entries_.find(host); known != entries_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second);
        auto e = *known->second;
        if (e->pending || clock::now() < e->expires) {
            ++numbers_.hits;
            return e;
        }
        recent_.erase(known->second);
        entries_.erase(known);
    }
    auto e = std::make_shared<entry>();
    e->host = host;
    auto answer = std::make_shared<lookup>();
    auto const done = [this, e, answer] {
        if (answer->error == 0 && !answer->found.empty())
            e->found = std::make_shared<std::vector<ip_address> const>(std::move(answer->found));
        else
            e->why = failure_of(answer->error == 0 ? EAI_NONAME : answer->error, e->host);
        settle(e);
    };
    if (!make_room() || !off_loop_([host, answer] { *answer = look_up(host); }, done)) {
        ++numbers_.refused;
        return {};
    }
    ++numbers_.lookups;
    recent_.push_front(e);
    entries_[host] = recent_.begin();
    return e;
}

void dns::settle(entry_ptr const& e) {
    auto keep = settings_.dns_ttl;
    if (e->why) {
        ++numbers_.failures;
        keep = e->why->what == code::not_found ? settings_.dns_negative_ttl : milliseconds(0);
    }
    e->pending = false;
    e->expires = clock::now() + keep;
    for (auto* waiter : std::exchange(e->waiting, {}))
        waiter->ring();
}

addresses dns::known(std::string_view host, std::uint16_t port) {
    if (auto found = fixed(host, port))
        return found;
    auto const cached = entries_.find(std::string(host));
    if (cached == entries_.end())
        return {};
    auto const& e = **cached->second;
    if (e.pending || e.why || clock::now() >= e.expires)
        return {};
    ++numbers_.hits;
    recent_.splice(recent_.begin(), recent_, cached->second);
    return e.found;
}

awaitable<result<addresses>> dns::resolve(std::string_view host, std::uint16_t port, scope& life,
                                          milliseconds most) {
    if (auto ip = ip_address::parse(host))
        co_return std::make_shared<std::vector<ip_address> const>(1, *ip);
    if (auto found = known(host, port))
        co_return found;
    auto const e = find_or_start(std::string(host));
    if (!e)
        co_return failure(stage::dns, code::overloaded, std::string(host));
    if (e->pending) {
        bell answered(executor_);
        e->waiting.push_back(&answered);
        scope::phase limit(life, clock::now() + most);
        scope::hold hold(life, [&answered] { answered.ring(); });
        if (!life.ended())
            co_await answered.wait();
        std::erase(e->waiting, &answered);
        if (e->pending)
            co_return life.ended() ? life.why(stage::dns) : failure(stage::dns, code::timeout, e->host);
    }
    if (e->why)
        co_return *e->why;
    co_return e->found;
}

}  // namespace fetchd
