// An IP address and a block of them (CIDR), as plain values.
//
// The guard judges these and nothing else, so that what is judged does not depend on a socket library. Zone
// ids
// ("fe80::1%eth0") are read and dropped: no rule depends on them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetchd {

struct ip_address {
    std::array<std::uint8_t, 16> bytes{};  // network order; the first four when v4, the others are zero
    bool v4 = true;

    static ip_address from_v4(std::uint32_t value);  // host order: 0x7f000001 is 127.0.0.1
    static ip_address from_v4(std::array<std::uint8_t, 4> const& network_order);
    static ip_address from_v6(std::array<std::uint8_t, 16> const& network_order);

    // Dotted decimal of four numbers, or IPv6 (RFC 4291 §2.2), with or without the brackets a URL has.
    static std::optional<ip_address> parse(std::string_view text);

    std::uint32_t v4_at(std::size_t offset) const;  // four bytes as a number; offset at most 12
    std::uint64_t high() const;                     // the first eight bytes as a number
    std::uint64_t low() const;                      // the last eight
    std::string text() const;

    friend bool operator==(ip_address const&, ip_address const&) = default;
};

struct cidr {
    ip_address network;
    unsigned prefix = 0;  // bits: at most 32 or 128

    // "10.0.0.0/8", or one address. On nullopt, why (where given) says what is wrong with the text.
    static std::optional<cidr> parse(std::string_view text, std::string* why = nullptr);

    bool contains(ip_address const&) const;  // false for an address of the other family
    std::string text() const;

    friend bool operator==(cidr const&, cidr const&) = default;
};

}  // namespace fetchd
