#include "net/address_guard.hpp"

#include <algorithm>

#include "net/embedded_v4.hpp"

namespace fetchd {
namespace {

struct special_v4 {
    std::uint32_t network;
    unsigned prefix;
    bool reachable;
    std::string_view rule;
};

struct special_v6 {
    std::uint64_t high, low;
    unsigned prefix;
    bool reachable;
    std::string_view rule;
};

#include "net/special_ranges.inc"

// What the special-purpose registry does not list, because it is assigned elsewhere or looks public.
constexpr special_v4 further_v4_ranges[] = {
    {0xa83f8110, 32, false, "metadata: 168.63.129.16/32 Azure"},
    {0xe0000000, 4, false, "multicast: 224.0.0.0/4"},
};

constexpr std::string_view public_rule = "public";
constexpr std::string_view not_unicast_rule = "not in 2000::/3 Global Unicast";
constexpr std::string_view own_rule = "own listener";

// A shift by the whole width has no meaning: no row may hold every address, and none does.
constexpr auto holds_some = [](auto const& row) { return row.prefix > 0; };
static_assert(std::ranges::all_of(special_v4_ranges, holds_some) &&
              std::ranges::all_of(special_v6_ranges, holds_some) &&
              std::ranges::all_of(further_v4_ranges, holds_some));

template <class Number>
bool same_prefix(Number a, Number b, unsigned bits) {
    constexpr unsigned size = 8 * sizeof(Number);
    return (a ^ b) >> (size - std::min(bits, size)) == 0;
}

judgement allow(std::string_view rule) {
    return {true, false, code::refused, {}, rule};
}

judgement refuse(std::string_view rule, std::string_view embedding = {}) {
    return {false, false, code::refused, embedding, rule};
}

// The registries' verdict; the rows are sorted so that the first that holds the address is the most specific.
judgement registry_v4(std::uint32_t address) {
    for (auto const& row : special_v4_ranges)
        if (same_prefix(address, row.network, row.prefix))
            return row.reachable ? allow(row.rule) : refuse(row.rule);
    for (auto const& row : further_v4_ranges)
        if (same_prefix(address, row.network, row.prefix))
            return refuse(row.rule);
    return allow(public_rule);
}

judgement registry_v6(ip_address const& address) {
    auto const high = address.high();
    auto const low = address.low();
    for (auto const& row : special_v6_ranges)
        if (same_prefix(high, row.high, row.prefix) &&
            (row.prefix <= 64 || same_prefix(low, row.low, row.prefix - 64)))
            return row.reachable ? allow(row.rule) : refuse(row.rule);
    return high >> 61 == 1 ? allow(public_rule) : refuse(not_unicast_rule);
}

bool is_any(ip_address const& address) {
    return address.high() == 0 && address.low() == 0;
}

bool is_loopback(ip_address const& address) {
    return address.v4 ? address.bytes[0] == 127 : address.high() == 0 && address.low() == 1;
}

std::string problem_of_nat64(std::string const& entry) {
    std::string why;
    auto const block = cidr::parse(entry, &why);
    if (block && (block->network.v4 || !is_nat64_length(block->prefix)))
        why = "want an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits";
    return why;
}

}  // namespace

std::span<std::uint16_t const> bad_ports() {
    static constexpr std::uint16_t ports[] = {
        0,    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,   42,   43,
        53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,  111,  113,  115,  117,  119,
        123,  135,  137,  139,  143,  161,  179,  389,  427,  465,  512,  513,  514,  515,  526,  530,  531,
        532,  540,  548,  554,  556,  563,  587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049,
        3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
    return ports;
}

egress_policy::egress_policy() : deny_ports(bad_ports().begin(), bad_ports().end()) {}

std::vector<std::string> egress_policy::problems() const {
    std::vector<std::string> all;
    for (auto const& entry : allow)
        if (auto const why = host_list::problem_of(entry); !why.empty())
            all.push_back("egress.allow: \"" + entry + "\": " + why);
    for (auto const& entry : nat64)
        if (auto const why = problem_of_nat64(entry); !why.empty())
            all.push_back("egress.nat64: \"" + entry + "\": " + why);
    return all;
}

std::string judgement::name() const {
    if (embedding.empty())
        return std::string(rule);
    return "embedded " + std::string(embedding) + ": " + std::string(rule);
}

address_guard::address_guard(egress_policy const& policy, std::vector<listening> own_listeners,
                             std::vector<ip_address> own_addresses)
    : mode_(policy.mode),
      allowed_(policy.allow, "allow: "),
      listeners_(std::move(own_listeners)),
      own_addresses_(std::move(own_addresses)) {
    for (auto const& entry : policy.nat64)
        if (problem_of_nat64(entry).empty())
            nat64_.push_back(*cidr::parse(entry));
    if (policy.allow_ports.empty()) {
        ports_.set();
        for (auto const port : policy.deny_ports)
            ports_.reset(port);
    }
    for (auto const port : policy.allow_ports)
        ports_.set(port);
}

judgement address_guard::judge(std::string_view host, ip_address const& address,
                               std::uint16_t port) const noexcept {
    if (reaches_own(address, port))
        return {false, false, code::own_listener, {}, own_rule};
    if (mode_ == egress_mode::open)
        return allow("mode: open");
    auto result = judge_in_mode_enforce(host, address, port);
    if (mode_ == egress_mode::report && !result.allowed)
        result.allowed = result.reported = true;
    return result;
}

judgement address_guard::judge_in_mode_enforce(std::string_view host, ip_address const& address,
                                               std::uint16_t port) const noexcept {
    if (!ports_[port])
        return {false, false, code::port_refused, {}, "port denied"};
    if (auto const rule = allowed_.match(host); !rule.empty())
        return allow(rule);
    if (auto const rule = allowed_.match(address); !rule.empty())
        return allow(rule);
    return address.v4 ? registry_v4(address.v4_at(0)) : judge_v6(address);
}

judgement address_guard::judge_v6(ip_address const& address) const noexcept {
    for (auto const& inner : embedded_in(address, nat64_)) {
        auto const verdict_on_inner = registry_v4(inner.address);
        if (!verdict_on_inner.allowed && allowed_.match(ip_address::from_v4(inner.address)).empty())
            return refuse(verdict_on_inner.rule, inner.form);
    }
    // What this network translates is as public as the address inside, and that one has just been judged.
    auto const own = std::ranges::find_if(nat64_, [&](cidr const& c) { return c.contains(address); });
    return own != nat64_.end() ? allow("configured nat64") : registry_v6(address);
}

// The any-address is matched across families, because a socket on :: takes IPv4 as well.
bool address_guard::is_own(ip_address const& address, std::uint16_t port) const noexcept {
    return std::ranges::any_of(listeners_, [&](listening const& own) {
        if (own.port != port)
            return false;
        if (address == own.address || is_any(address))  // dialling 0.0.0.0 reaches this machine
            return true;
        return is_any(own.address) &&
               (is_loopback(address) || std::ranges::find(own_addresses_, address) != own_addresses_.end());
    });
}

bool address_guard::reaches_own(ip_address const& address, std::uint16_t port) const noexcept {
    if (listeners_.empty())
        return false;
    if (is_own(address, port))
        return true;
    if (address.v4)
        return false;
    return std::ranges::any_of(embedded_in(address, nat64_), [&](embedded_v4 const& inner) {
        return is_own(ip_address::from_v4(inner.address), port);
    });
}

}  // namespace fetchd
