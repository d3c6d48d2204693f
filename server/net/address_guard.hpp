// Judges whether an address may be dialled.
//
// Everything that leaves the service passes here with the very address that will be dialled: pages,
// redirects, robots.txt, proxies, webhooks, and again the peer of the connected socket. In this order:
//
//  1. Own listeners are never dialled, by any spelling: the service would fetch from itself without end.
//  2. The port must be allowed.
//  3. A configured allow entry (host or block) that covers the address as dialled wins over what follows.
//  4. In every IPv6 form that carries an IPv4 address, that address must be allowed too.
//  5. The address must be globally reachable by the IANA special-purpose registries (special_ranges.inc), not
//  be
//     multicast or a cloud's metadata service, and an IPv6 one must be in 2000::/3.
//
// IPv4-mapped, 6to4 and Teredo addresses are refused as a whole, whatever they carry, because the registry
// does not call them globally reachable and no site is reachable only by them. Of 64:ff9b::/96, and of the
// NAT64 prefixes the configuration names, the carried address decides: a network with DNS64 answers with
// them.
//
// Immutable once made, so any thread may judge; allocates nothing. A judgement's rule points into the guard
// or into static text: use it while the guard lives. Does not resolve names and knows nothing of sockets.
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "net/host_list.hpp"
#include "net/ip_address.hpp"

namespace fetchd {

enum class egress_mode : unsigned char {
    open,     // only own listeners are refused
    report,   // what would be refused is let through and reported, own listeners excepted
    enforce,  // what is refused is not dialled
};

std::span<std::uint16_t const> bad_ports();  // the Fetch standard's, "port blocking"

struct egress_policy {
    egress_mode mode = egress_mode::enforce;
    std::vector<std::string> allow;          // CIDR, address, host name or *.suffix (not the suffix itself)
    std::vector<std::uint16_t> deny_ports;   // never dialled; made with the Fetch standard's bad ports in it
    std::vector<std::uint16_t> allow_ports;  // where not empty, these ports only, even those of deny_ports
    std::vector<std::string> nat64;  // this network's own NAT64 prefixes (RFC 6052 §2.2): /32 to /64, /96

    egress_policy();
    std::vector<std::string> problems() const;  // all of them at once; empty when the policy can be used
};

// Where this service itself listens. The any-address (0.0.0.0 or ::) means each of this machine's addresses.
struct listening {
    ip_address address;
    std::uint16_t port = 0;
};

struct judgement {
    bool allowed = false;        // may be dialled
    bool reported = false;       // allowed only because the mode is report: the rule would have refused it
    code why = code::refused;    // where not allowed or reported: refused or port_refused
    std::string_view embedding;  // the IPv6 form whose carried IPv4 address the rule is about, or empty
    std::string_view rule;       // "iana: 10.0.0.0/8 Private-Use", "allow: 127.0.0.0/8", "public", ...

    std::string name() const;  // the rule in one piece: "embedded 6to4: iana: 127.0.0.0/8 Loopback"
    failure as_failure() const { return {stage::egress, why, name()}; }
};

class address_guard {
  public:
    // own_addresses: this machine's addresses, asked only when something listens on the any-address.
    // Entries of the policy that problems() names are left out: ask it first.
    explicit address_guard(egress_policy const&, std::vector<listening> own_listeners = {},
                           std::vector<ip_address> own_addresses = {});

    // host is the one of the URL, as the URL parser writes it; it may be the address itself.
    judgement judge(std::string_view host, ip_address const&, std::uint16_t port) const noexcept;

    // False where judge() would refuse the port for every address, so that no name need be looked up.
    bool port_allowed(std::uint16_t port) const noexcept {
        return ports_[port] || mode_ != egress_mode::enforce;
    }

  private:
    judgement judge_in_mode_enforce(std::string_view host, ip_address const&,
                                    std::uint16_t port) const noexcept;
    judgement judge_v6(ip_address const&) const noexcept;
    bool is_own(ip_address const&, std::uint16_t port) const noexcept;
    bool reaches_own(ip_address const&, std::uint16_t port) const noexcept;

    egress_mode mode_;
    host_list allowed_;
    std::vector<cidr> nat64_;
    std::bitset<65536> ports_;
    std::vector<listening> listeners_;
    std::vector<ip_address> own_addresses_;
};

}  // namespace fetchd
