// The IPv4 addresses that an IPv6 address carries.
//
// A packet to such an address may end at the IPv4 address inside it (a translator, a tunnel, or the kernel
// itself), so whoever judges the one has to judge the other. An address can be read in several ways at once,
// all of them are returned.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "net/ip_address.hpp"

namespace fetchd {

struct embedded_v4 {
    std::string_view form;  // "6to4", "nat64", ...: static text
    std::uint32_t address = 0;
};

struct embedded_list {
    static constexpr std::size_t most = 8;
    std::array<embedded_v4, most> items;
    std::size_t size = 0;

    void add(std::string_view form, std::uint32_t address) {
        if (size < most)
            items[size++] = {form, address};
    }
    embedded_v4 const* begin() const { return items.data(); }
    embedded_v4 const* end() const { return items.data() + size; }
};

// nat64: further translation prefixes of this network, of lengths that RFC 6052 knows; the first that holds
// the address is read.
embedded_list embedded_in(ip_address const& v6, std::span<cidr const> nat64);

// Whether this is a length that RFC 6052 §2.2 knows: 32, 40, 48, 56, 64 or 96.
bool is_nat64_length(unsigned prefix);

}  // namespace fetchd
