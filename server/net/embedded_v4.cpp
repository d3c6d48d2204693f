#include "net/embedded_v4.hpp"

#include <algorithm>

namespace fetchd {
namespace {

// RFC 6052 §2.2: the four bytes follow the prefix and step over byte 8, which is always zero.
std::uint32_t translated(ip_address const& v6, unsigned prefix) {
    std::uint32_t value = 0;
    unsigned at = prefix / 8;
    for (int i = 0; i < 4; ++i, ++at) {
        if (at == 8)
            ++at;
        value = (value << 8) | v6.bytes[at];
    }
    return value;
}

void add_translated(embedded_list& list, ip_address const& v6, std::span<cidr const> nat64) {
    auto const own = std::ranges::find_if(nat64, [&](cidr const& c) { return c.contains(v6); });
    if (own != nat64.end()) {
        list.add("configured nat64", translated(v6, own->prefix));
        return;
    }
    auto const hi = v6.high();
    if (hi == 0x0064ff9b00000000 && v6.low() >> 32 == 0)
        list.add("nat64", v6.v4_at(12));
    // The local-use prefix may be cut into longer ones (RFC 8215 §5), and which is not seen in the address.
    if (hi >> 16 == 0x0064ff9b0001)
        for (unsigned prefix : {96u, 48u, 56u, 64u})
            list.add("local nat64", translated(v6, prefix));
}

}  // namespace

bool is_nat64_length(unsigned prefix) {
    return prefix == 96 || (prefix >= 32 && prefix <= 64 && prefix % 8 == 0);
}

embedded_list embedded_in(ip_address const& v6, std::span<cidr const> nat64) {
    embedded_list list;
    auto const hi = v6.high();
    auto const lo = v6.low();
    if (hi == 0) {
        if (lo >> 32 == 0 && lo > 1)  // :: and ::1 have meanings of their own
            list.add("v4-compatible", v6.v4_at(12));
        else if (lo >> 32 == 0xffff)
            list.add("v4-mapped", v6.v4_at(12));
        else if (lo >> 32 == 0xffff0000)
            list.add("v4-translated", v6.v4_at(12));
    }
    if (hi >> 48 == 0x2002)
        list.add("6to4", v6.v4_at(2));
    if (hi >> 32 == 0x20010000) {
        list.add("teredo client", ~v6.v4_at(12));
        list.add("teredo server", v6.v4_at(4));
    }
    if ((lo >> 32 & ~std::uint64_t{0x02000000}) == 0x5efe)
        list.add("isatap", v6.v4_at(12));
    add_translated(list, v6, nat64);
    return list;
}

}  // namespace fetchd
