#include "net/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace fetchd {
namespace {

template <class Number>
Number big_endian(std::uint8_t const* from) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        value = (value << 8) | from[i];
    return value;
}

// The address with every bit past the prefix cleared.
ip_address masked(ip_address address, unsigned prefix) {
    unsigned const size = address.v4 ? 4 : 16;
    for (unsigned i = 0; i < size; ++i) {
        unsigned const kept = std::clamp(static_cast<int>(prefix) - static_cast<int>(8 * i), 0, 8);
        address.bytes[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
    }
    return address;
}

std::optional<cidr> refuse(std::string* why, std::string text) {
    if (why)
        *why = std::move(text);
    return std::nullopt;
}

}  // namespace

ip_address ip_address::from_v4(std::uint32_t value) {
    ip_address result;
    for (unsigned i = 0; i < 4; ++i)
        result.bytes[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    return result;
}

ip_address ip_address::from_v4(std::array<std::uint8_t, 4> const& network_order) {
    return from_v4(big_endian<std::uint32_t>(network_order.data()));
}

ip_address ip_address::from_v6(std::array<std::uint8_t, 16> const& network_order) {
    return ip_address{network_order, false};
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
    bool const six = text.find(':') != std::string_view::npos;
    if (six) {
        if (text.size() > 1 && text.front() == '[' && text.back() == ']')
            text = text.substr(1, text.size() - 2);
        if (auto const zone = text.find('%'); zone != std::string_view::npos)
            text = text.substr(0, zone);
    }
    char terminated[INET6_ADDRSTRLEN] = {};
    if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    std::ranges::copy(text, terminated);

    ip_address result;
    result.v4 = !six;
    if (::inet_pton(six ? AF_INET6 : AF_INET, terminated, result.bytes.data()) != 1)
        return std::nullopt;
    return result;
}

std::uint32_t ip_address::v4_at(std::size_t offset) const {
    return big_endian<std::uint32_t>(bytes.data() + offset);
}

std::uint64_t ip_address::high() const {
    return big_endian<std::uint64_t>(bytes.data());
}

std::uint64_t ip_address::low() const {
    return big_endian<std::uint64_t>(bytes.data() + 8);
}

std::string ip_address::text() const {
    char out[INET6_ADDRSTRLEN] = {};
    if (!v4)
        return ::inet_ntop(AF_INET6, bytes.data(), out, sizeof out);
    char* end = out;  // by hand: this is written for every fetch, and inet_ntop goes by printf
    for (std::size_t i = 0; i < 4; ++i) {
        end = std::to_chars(end, out + sizeof out, bytes[i]).ptr;
        *end++ = '.';
    }
    return {out, static_cast<std::size_t>(end - out) - 1};
}

std::optional<cidr> cidr::parse(std::string_view text, std::string* why) {
    auto const slash = text.find('/');
    auto const address = ip_address::parse(text.substr(0, slash));
    if (!address || text.find('%') != std::string_view::npos)
        return refuse(why, "not an IP address: want 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32");
    unsigned const most = address->v4 ? 32 : 128;
    unsigned prefix = most;
    if (slash != std::string_view::npos) {
        auto const digits = text.substr(slash + 1);
        auto const* const end = digits.data() + digits.size();
        auto const [stop, error] = std::from_chars(digits.data(), end, prefix);
        if (error != std::errc{} || stop != end || prefix > most)
            return refuse(why, "the prefix length is not a number from 0 to " + std::to_string(most));
    }
    // 10.0.0.1/8 is more often a slip than a wish, and guessing wide would open more than was meant.
    cidr const block{masked(*address, prefix), prefix};
    if (block.network != *address)
        return refuse(why, "the address has bits past its prefix: did you mean " + block.text() + "?");
    return block;
}

bool cidr::contains(ip_address const& address) const {
    return address.v4 == network.v4 && masked(address, prefix) == network;
}

std::string cidr::text() const {
    return network.text() + "/" + std::to_string(prefix);
}

}  // namespace fetchd
