#include "support/dns_message.hpp"

#include <arpa/inet.h>

namespace fetchd::test {
namespace {

constexpr std::size_t header_bytes = 12;
constexpr std::uint16_t class_in = 1;

std::uint16_t number_at(std::string_view message, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(message[at]) << 8 |
                                      static_cast<unsigned char>(message[at + 1]));
}

void add16(std::string& to, std::size_t number) {
    to += static_cast<char>(number >> 8U & 0xffU);
    to += static_cast<char>(number & 0xffU);
}

void add32(std::string& to, std::uint32_t number) {
    add16(to, number >> 16U);
    add16(to, number & 0xffffU);
}

// Where the question ends: after its name, type and class (§4.1.2). Queries do not compress.
std::optional<std::size_t> question_end(std::string_view query, std::string* name) {
    auto at = header_bytes;
    while (at < query.size() && query[at] != 0) {
        auto const length = static_cast<unsigned char>(query[at]);
        if (length > 63 || at + length >= query.size())
            return {};
        if (name)
            *name += (name->empty() ? "" : ".") + std::string(query.substr(at + 1, length));
        at += 1U + length;
    }
    return at + 5 <= query.size() ? std::optional(at + 5) : std::nullopt;
}

std::string labels(std::string_view name) {
    std::string out;
    while (!name.empty()) {
        auto const dot = std::min(name.find('.'), name.size());
        out += static_cast<char>(dot);
        out += name.substr(0, dot);
        name.remove_prefix(std::min(dot + 1, name.size()));
    }
    return out + '\0';
}

std::string record(std::string const& owner, std::uint16_t type, std::uint32_t ttl, std::string const& data) {
    auto out = labels(owner);
    add16(out, type);
    add16(out, class_in);
    add32(out, ttl);
    add16(out, data.size());
    return out + data;
}

std::string address_data(std::string const& address, std::uint16_t type) {
    char bytes[16];
    if (type == type_a && inet_pton(AF_INET, address.c_str(), bytes) == 1)
        return {bytes, 4};
    if (type == type_aaaa && inet_pton(AF_INET6, address.c_str(), bytes) == 1)
        return {bytes, 16};
    return {};
}

std::string header(std::uint16_t id, unsigned rcode, bool truncated, std::size_t answers) {
    std::string out;
    add16(out, id);
    add16(out, 0x8580U | (truncated ? 0x0200U : 0U) | rcode);  // an answer, with authority, recursion and all
    add16(out, 1);
    add16(out, answers);
    add32(out, 0);
    return out;
}

}  // namespace

std::optional<dns_question> read_question(std::string_view query) {
    dns_question asked;
    if (query.size() < header_bytes || number_at(query, 4) != 1)
        return {};
    auto const end = question_end(query, &asked.name);
    if (!end || number_at(query, *end - 2) != class_in)
        return {};
    asked.type = number_at(query, *end - 4);
    for (char& c : asked.name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return asked;
}

std::string write_answer(std::string_view query, dns_question const& asked, dns_answer const& said) {
    using how = dns_answer::how;
    auto const id = static_cast<std::uint16_t>(number_at(query, 0) + (said.what == how::wrong_id ? 1 : 0));
    auto const question =
        std::string(query.substr(header_bytes, *question_end(query, nullptr) - header_bytes));
    switch (said.what) {
        case how::silence:
            return {};
        case how::nxdomain:
            return header(id, 3, false, 0) + question;
        case how::servfail:
            return header(id, 2, false, 0) + question;
        case how::malformed: {
            auto out = header(id, 0, false, 2) + question;
            add16(out, 0xc000U | out.size());
            return out + "\x01";
        }
        case how::truncated:
            if (!asked.by_tcp)
                return header(id, 0, true, 0) + question;
            break;
        case how::records:
        case how::wrong_id:
            break;
    }
    std::string records;
    std::size_t count = 0;
    auto owner = asked.name;
    for (auto const& alias : said.aliases) {
        records += record(owner, type_cname, said.ttl, labels(alias));
        owner = alias;
        ++count;
    }
    for (auto const& address : said.addresses)
        if (auto const data = address_data(address, asked.type); !data.empty()) {
            records += record(owner, asked.type, said.ttl, data);
            ++count;
        }
    return header(id, 0, false, count) + question + records;
}

}  // namespace fetchd::test
