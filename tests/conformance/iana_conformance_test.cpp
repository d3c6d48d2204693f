// Holds the egress guard against the IANA special-purpose registries as published, read here a second time
// and independently of the generated table: nothing that is not globally reachable is let through in any
// embedding, and nothing public is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "net/address_guard.hpp"

namespace {

using namespace fetchd;
namespace fs = std::filesystem;
using bytes = std::array<std::uint8_t, 16>;

fs::path const folder = fs::path(FETCHD_SOURCE_DIR) / "../shared/corpora/iana";

struct row {
    cidr block;
    bool reachable = false;
};

// RFC 4180: fields may be quoted and then hold commas, line ends and doubled quotes.
std::vector<std::vector<std::string>> read_csv(fs::path const& path) {
    std::ifstream file(path);
    std::stringstream all;
    all << file.rdbuf();
    std::vector<std::vector<std::string>> lines(1, {""});
    bool quoted = false;
    for (char c : all.str()) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            lines.back().emplace_back();
        else if (c == '\n' && !quoted)
            lines.push_back({""});
        else if (c != '\r')
            lines.back().back() += c;
    }
    return lines;
}

std::vector<row> read_registry(fs::path const& path) {
    std::vector<row> rows;
    for (auto const& line : read_csv(path)) {
        if (line.size() < 10 || line[0] == "Address Block")
            continue;
        std::stringstream blocks(line[0]);
        for (std::string block; std::getline(blocks, block, ',');) {
            std::stringstream words(block);  // "192.0.0.0/24 [2]"
            words >> block;
            std::string why;
            auto const parsed = cidr::parse(block, &why);
            EXPECT_TRUE(parsed) << block << ": " << why;
            if (parsed)
                rows.push_back({*parsed, line[8] == "True"});
        }
    }
    return rows;
}

ip_address ip(std::string_view text) {
    return ip_address::parse(text).value();
}

// The address n further on, wrapping around at the ends.
ip_address moved(ip_address address, int by) {
    for (int i = address.v4 ? 3 : 15; i >= 0 && by != 0; --i) {
        int const sum = address.bytes[static_cast<std::size_t>(i)] + by;
        address.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(sum & 0xff);
        by = sum >> 8;
    }
    return address;
}

ip_address with_bits(cidr const& block, unsigned from, bool value) {
    auto address = block.network;
    for (unsigned bit = from; value && bit < (address.v4 ? 32u : 128u); ++bit)
        address.bytes[bit / 8] |= static_cast<std::uint8_t>(0x80u >> bit % 8);
    return address;
}

ip_address last_of(cidr const& block) {
    return with_bits(block, block.prefix, true);
}

std::vector<ip_address> samples(cidr const& block) {
    auto middle = block.network;
    if (block.prefix < (middle.v4 ? 32u : 128u))
        middle.bytes[block.prefix / 8] |= static_cast<std::uint8_t>(0x80u >> block.prefix % 8);
    return {block.network, middle, last_of(block)};
}

ip_address v6_with(std::string_view base, std::size_t offset, ip_address const& inner,
                   std::uint8_t flip = 0) {
    auto address = ip(base);
    for (std::size_t i = 0; i < 4; ++i)
        address.bytes[offset + i] = inner.bytes[i] ^ flip;
    return address;
}

ip_address nat64(unsigned prefix, ip_address const& inner) {
    auto address = ip("64:ff9b:1::");
    for (std::size_t i = 0, at = prefix / 8; i < 4; ++i, ++at) {
        at += at == 8;
        address.bytes[at] = inner.bytes[i];
    }
    return address;
}

// Every IPv6 address that may lead to this IPv4 one.
std::vector<ip_address> embeddings(ip_address const& v4) {
    return {v6_with("::", 12, v4),
            v6_with("::ffff:0:0", 12, v4),
            v6_with("::ffff:0:0:0", 12, v4),
            v6_with("64:ff9b::", 12, v4),
            nat64(48, v4),
            nat64(56, v4),
            nat64(64, v4),
            nat64(96, v4),
            v6_with("2002::", 2, v4),
            v6_with("2002:0:0:1234::1", 2, v4),
            v6_with("2001:0:0:0:8000:63bf:f7f7:f7f7", 4, v4),
            v6_with("2001:0:808:808:8000:63bf::", 12, v4, 0xff),
            v6_with("2a00:1450:4001:80b:0:5efe::", 12, v4),
            v6_with("2a00:1450:4001:80b:200:5efe::", 12, v4),
            v6_with("fe80::5efe:0:0", 12, v4)};
}

class IanaRegistry : public testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(folder))
            GTEST_SKIP() << "no test data at " << folder;
        v4_ = read_registry(folder / "iana-ipv4-special-registry-1.csv");
        v6_ = read_registry(folder / "iana-ipv6-special-registry-1.csv");
        ASSERT_GE(v4_.size(), 25u);
        ASSERT_GE(v6_.size(), 25u);
    }

    // By the registry's own reading: the most specific block counts. With what is beyond it: multicast, the
    // cloud's metadata address, and 2000::/3.
    bool reachable(ip_address const& address) const {
        row const* best = nullptr;
        for (auto const& r : address.v4 ? v4_ : v6_)
            if (r.block.contains(address) && (!best || r.block.prefix > best->block.prefix))
                best = &r;
        if (best)
            return best->reachable;
        if (address.v4)
            return address.bytes[0] >> 4 != 14 && address != ip("168.63.129.16");
        return address.bytes[0] >> 5 == 1;
    }

    void judge(ip_address const& address, bool expected) {
        ++cases_;
        auto const j = guard_.judge("host.test", address, 443);
        let_through_ += j.allowed && !expected;
        over_blocked_ += !j.allowed && expected;
        if (j.allowed != expected)
            ADD_FAILURE() << address.text() << (j.allowed ? " is let through: " : " is refused: ")
                          << j.name();
    }

    void TearDown() override {
        RecordProperty("cases", cases_);
        RecordProperty("let_through", let_through_);
        RecordProperty("over_blocked", over_blocked_);
        if (cases_ > 0)
            std::printf("%d cases: %d let through, %d over-blocked\n", cases_, let_through_, over_blocked_);
    }

    std::vector<row> v4_, v6_;
    address_guard guard_{egress_policy{}};
    int cases_ = 0, let_through_ = 0, over_blocked_ = 0;
};

TEST_F(IanaRegistry, NothingUnreachableIsLetThroughInAnyEmbedding) {
    auto rows = v4_;
    for (auto const* further : {"224.0.0.0/4", "168.63.129.16/32"})
        rows.push_back({cidr::parse(further).value(), false});
    for (auto const& r : rows) {
        for (auto const& address : samples(r.block)) {
            if (reachable(address))
                continue;
            judge(address, false);
            for (auto const& outer : embeddings(address))
                judge(outer, false);
        }
    }
    for (auto const& r : v6_)
        for (auto const& address : samples(r.block))
            if (!reachable(address))
                judge(address, false);
    EXPECT_GT(cases_, 1000);
}

TEST_F(IanaRegistry, NothingReachableIsRefused) {
    for (auto const& rows : {v4_, v6_}) {
        for (auto const& r : rows) {
            if (!r.reachable || r.block.text() == "64:ff9b::/96")  // that one carries others
                continue;
            for (auto const& address : samples(r.block))
                judge(address, true);
        }
    }
    for (auto const* address : {"8.8.8.8",
                                "1.1.1.1",
                                "9.9.9.9",
                                "93.184.216.34",
                                "168.63.129.15",
                                "168.63.129.17",
                                "223.255.255.255",
                                "1.0.0.0",
                                "2606:4700::1111",
                                "2a00::",
                                "2001:4860:4860::8888",
                                "2620:fe::fe",
                                "2a02:26f0::1",
                                "2400:cb00::1",
                                "3ffe::1",
                                "2003::1",
                                "2001:200::1",
                                "2001:67c:4e8::1",
                                "2001:67c:4e8::5efe:0:1:0",
                                "2a00:1450:4001:80b:100:5efe:a00:1"})
        judge(ip(address), true);
}

TEST_F(IanaRegistry, PublicAddressesPassInEveryFormThatIsItselfReachable) {
    for (auto const* text :
         {"8.8.8.8", "1.1.1.1", "192.0.0.9", "192.31.196.1", "223.255.255.255", "172.15.255.255"}) {
        judge(v6_with("64:ff9b::", 12, ip(text)), true);
        judge(v6_with("2a00:1450:4001:80b:0:5efe::", 12, ip(text)), true);
        judge(v6_with("2a00:1450:4001:80b:200:5efe::", 12, ip(text)), true);
    }
}

TEST_F(IanaRegistry, NeighboursOfEveryBlockAreJudgedByTheirOwn) {
    for (auto const& rows : {v4_, v6_}) {
        for (auto const& r : rows) {
            judge(moved(r.block.network, -1), reachable(moved(r.block.network, -1)));
            judge(moved(last_of(r.block), 1), reachable(moved(last_of(r.block), 1)));
        }
    }
}

TEST_F(IanaRegistry, AMillionAddressesAreJudgedAsTheRegistryReads) {
    std::mt19937_64 random(2);  // always the same ones
    for (int i = 0; i < 1'000'000; ++i) {
        auto const address = ip_address::from_v4(static_cast<std::uint32_t>(random()));
        if (guard_.judge("host.test", address, 443).allowed != reachable(address))
            judge(address, reachable(address));
    }
    // Inside the registry's neighbourhood, where random numbers seldom fall.
    for (auto const& r : v6_) {
        for (int i = 0; i < 2'000; ++i) {
            auto address = r.block.network;
            for (std::size_t at = 0; at < 8; ++at)
                if (random() % 8 == 0)
                    address.bytes[at] = static_cast<std::uint8_t>(random());
            address.bytes[15] = static_cast<std::uint8_t>(random());
            bool const carries = address.high() == 0 || address.high() == 0x64ff9b00000000;
            if (!carries)
                judge(address, reachable(address));
        }
    }
}

}  // namespace
