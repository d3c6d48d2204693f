#include "http/url_host.hpp"

#include <algorithm>
#include <array>

#include "http/percent.hpp"
#include "http/url_idna.hpp"
#include "http/url_ip.hpp"

namespace fetchd {
namespace {

enum : std::uint8_t {
    forbidden_host = 1,
    forbidden_domain = 2,
    upper = 4,
    percent = 8,
    non_ascii = 16,
};

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0; c <= 0x20; ++c)
        table[c] = forbidden_domain;
    table[0x7f] = forbidden_domain;
    for (char c : std::string_view("\0\t\n\r #/:<>?@[\\]^|", 17))
        table[static_cast<unsigned char>(c)] = forbidden_host | forbidden_domain;
    table['%'] = forbidden_domain | percent;
    for (std::size_t c = 'A'; c <= 'Z'; ++c)
        table[c] = upper;
    for (std::size_t c = 0x80; c <= 0xff; ++c)
        table[c] = non_ascii;
    return table;
}

constexpr auto classes = make_classes();

std::uint8_t classify(std::string_view text) {
    std::uint8_t seen = 0;
    for (char c : text)
        seen |= classes[static_cast<unsigned char>(c)];
    return seen;
}

failure bad_host(std::string detail) {
    return {stage::admission, code::bad_url, std::move(detail)};
}

// Names the first such byte of `text`, which has one, and never the text around it: what stands there may be
// a misplaced password.
failure forbidden_byte(std::string_view text, std::uint8_t kind) {
    auto const of_kind = [kind](unsigned char c) { return (classes[c] & kind) != 0; };
    auto const byte = static_cast<unsigned char>(*std::find_if(text.begin(), text.end(), of_kind));
    constexpr char digits[] = "0123456789abcdef";
    std::string detail = "the host holds the forbidden character ";
    if (byte > 0x20 && byte < 0x7f)
        return bad_host(detail + '\'' + static_cast<char>(byte) + '\'');
    return bad_host(detail + "0x" + digits[byte >> 4] + digits[byte & 15]);
}

void append_lower(std::string& out, std::string_view text) {
    auto at = out.size();
    out.append(text);
    for (; at < out.size(); ++at)
        if (out[at] >= 'A' && out[at] <= 'Z')
            out[at] = static_cast<char>(out[at] | 0x20);
}

result<host_kind> append_ipv6_host(std::string& out, std::string_view text) {
    if (!text.ends_with(']'))
        return bad_host("the '[' of the host is never closed");
    auto address = parse_url_ipv6(text.substr(1, text.size() - 2));
    if (!address)
        return bad_host("the host in brackets is not an IPv6 address");
    out += '[';
    append_ipv6(out, *address);
    out += ']';
    return host_kind::ipv6;
}

result<host_kind> append_opaque_host(std::string& out, std::string_view text) {
    if (classify(text) & forbidden_host)
        return forbidden_byte(text, forbidden_host);
    append_percent_encoded(out, text, percent_set::c0_control);
    return text.empty() ? host_kind::empty : host_kind::opaque;
}

// `text` is percent-decoded; `seen` its classes. An ASCII domain is only lower-cased, "xn--" or not: the
// standard does not judge Punycode that nobody has to decode (domain to ASCII, beStrict false).
result<host_kind> append_domain(std::string& out, std::string_view text, std::uint8_t seen) {
    auto begin = out.size();
    if (seen & non_ascii) {
        std::string ascii;
        if (auto why = domain_to_ascii(text, ascii); !why.empty())
            return bad_host(std::string(why));
        seen = classify(ascii);
        out += ascii;
    } else {
        append_lower(out, text);
    }
    auto domain = std::string_view(out).substr(begin);
    if (domain.empty())
        return bad_host("the host is empty");
    if (seen & forbidden_domain)
        return forbidden_byte(domain, forbidden_domain);
    if (!ends_in_number(domain))
        return host_kind::domain;
    auto address = parse_url_ipv4(domain);
    if (!address)
        return bad_host("the host ends in a number but is not an IPv4 address");
    out.resize(begin);
    append_ipv4(out, *address);
    return host_kind::ipv4;
}

}  // namespace

result<host_kind> append_host(std::string& out, std::string_view text, bool special) {
    if (text.starts_with('['))
        return append_ipv6_host(out, text);
    if (!special)
        return append_opaque_host(out, text);
    auto seen = classify(text);
    if (!(seen & percent))
        return append_domain(out, text, seen);
    auto decoded = percent_decode(text);
    return append_domain(out, decoded, classify(decoded));
}

}  // namespace fetchd
