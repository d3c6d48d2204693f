// The little of RFC 1035 that a scripted DNS server needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "support/scripted_dns.hpp"

namespace fetchd::test {

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_cname = 5;
constexpr std::uint16_t type_aaaa = 28;

// The one question of a query, or nothing where it cannot be read.
std::optional<dns_question> read_question(std::string_view query);

// The whole answer, without a length before it; empty for silence.
std::string write_answer(std::string_view query, dns_question const&, dns_answer const&);

}  // namespace fetchd::test
