#include "net/address_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

using namespace fetchd;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Counts allocations, to hold the guard to its promise of none.
std::size_t allocations = 0;

ip_address ip(std::string_view text) {
    auto const address = ip_address::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(ip_address{});
}

address_guard guard_allowing(std::vector<std::string> allow) {
    egress_policy policy;
    policy.allow = std::move(allow);
    EXPECT_THAT(policy.problems(), IsEmpty());
    return address_guard(policy);
}

// What the guard says of an address on port 80: "yes" or the rule that refused it.
std::string verdict_on(address_guard const& guard, std::string_view address,
                       std::string_view host = "host.test") {
    auto const j = guard.judge(host, ip(address), 80);
    return j.allowed ? "yes" : j.name();
}

std::string verdict_on(std::string_view address) {
    return verdict_on(address_guard(egress_policy{}), address);
}

TEST(IpAddress, ReadsBothFamiliesAndWritesThemBack) {
    EXPECT_EQ(ip("192.0.2.1").text(), "192.0.2.1");
    EXPECT_EQ(ip("192.0.2.1"), ip_address::from_v4(0xc0000201));
    EXPECT_EQ(ip("192.0.2.1"), ip_address::from_v4(std::array<std::uint8_t, 4>{192, 0, 2, 1}));
    EXPECT_EQ(ip("2001:DB8:0::1").text(), "2001:db8::1");
    EXPECT_EQ(ip("[::1]"), ip("::1"));
    EXPECT_EQ(ip("::1"), ip_address::from_v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
    EXPECT_NE(ip("0.0.0.0"), ip("::"));
}

TEST(IpAddress, DropsTheZone) {
    EXPECT_EQ(ip("fe80::1%eth0"), ip("fe80::1"));
    EXPECT_EQ(ip("[fe80::1%25eth0]"), ip("fe80::1"));
}

TEST(IpAddress, RefusesOtherSpellings) {
    using namespace std::string_view_literals;
    for (auto const text :
         {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "0x7f.0.0.1"sv, "127.1"sv, "256.1.1.1"sv, "1.2.3.4 "sv,
          "1.2.3.4%1"sv, ":::"sv, "::1::"sv, "[]"sv, "[1.2.3.4]"sv, "[::1"sv, "1.2.3.4\0"sv, "::1\0x"sv,
          "%"sv, ":"sv, "1111:2222:3333:4444:5555:6666:7777:8888:9999"sv})
        EXPECT_FALSE(ip_address::parse(text)) << text;
    EXPECT_FALSE(ip_address::parse(std::string(100'000, ':')));
}

TEST(Cidr, ReadsBlocksAndSingleAddresses) {
    EXPECT_EQ(cidr::parse("10.0.0.0/8")->text(), "10.0.0.0/8");
    EXPECT_EQ(cidr::parse("10.1.2.3")->text(), "10.1.2.3/32");
    EXPECT_EQ(cidr::parse("2001:db8::/32")->text(), "2001:db8::/32");
    EXPECT_EQ(cidr::parse("[::1]")->text(), "::1/128");
    EXPECT_EQ(cidr::parse("0.0.0.0/0")->text(), "0.0.0.0/0");
}

TEST(Cidr, HoldsExactlyItsAddresses) {
    auto const block = cidr::parse("172.16.0.0/12").value();
    EXPECT_FALSE(block.contains(ip("172.15.255.255")));
    EXPECT_TRUE(block.contains(ip("172.16.0.0")));
    EXPECT_TRUE(block.contains(ip("172.31.255.255")));
    EXPECT_FALSE(block.contains(ip("172.32.0.0")));
    EXPECT_FALSE(block.contains(ip("::ffff:172.16.0.1")));

    EXPECT_TRUE(cidr::parse("0.0.0.0/0")->contains(ip("255.255.255.255")));
    EXPECT_FALSE(cidr::parse("0.0.0.0/0")->contains(ip("::")));
    EXPECT_TRUE(cidr::parse("fe80::/10")->contains(ip("febf::1")));
    EXPECT_FALSE(cidr::parse("fe80::/10")->contains(ip("fec0::1")));
}

TEST(Cidr, SaysWhatIsWrong) {
    std::string why;
    EXPECT_FALSE(cidr::parse("10.0.0.1/8", &why));
    EXPECT_THAT(why, HasSubstr("did you mean 10.0.0.0/8?"));
    EXPECT_FALSE(cidr::parse("10.0.0.0/33", &why));
    EXPECT_THAT(why, HasSubstr("from 0 to 32"));
    EXPECT_FALSE(cidr::parse("::/129", &why));
    EXPECT_THAT(why, HasSubstr("from 0 to 128"));
    EXPECT_FALSE(cidr::parse("localhost/8", &why));
    EXPECT_THAT(why, HasSubstr("not an IP address"));
    for (auto const* text : {"10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ", "10.0.0.0/8/8",
                             "10.0.0.0/99999999999", "fe80::%eth0/10", "/8", ""})
        EXPECT_FALSE(cidr::parse(text)) << text;
}

TEST(AddressGuard, AllowsPublicAddresses) {
    for (auto const* address : {"8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1",
                                "2001:4860:4860::8888"})
        EXPECT_EQ(verdict_on(address), "yes") << address;
    EXPECT_EQ(address_guard(egress_policy{}).judge("a", ip("8.8.8.8"), 443).rule, "public");
}

// Special, but reachable by everyone: the registry says so, and the row counts before the wider one around
// it.
TEST(AddressGuard, AllowsWhatTheRegistriesCallReachable) {
    for (auto const* address : {"192.0.0.9", "192.31.196.1", "192.175.48.1", "2001:1::1", "2001:4:112::1"})
        EXPECT_EQ(verdict_on(address), "yes") << address;
    EXPECT_EQ(verdict_on("192.0.0.11"), "iana: 192.0.0.0/24 IETF Protocol Assignments");
}

TEST(AddressGuard, NamesTheRuleThatRefuses) {
    EXPECT_EQ(verdict_on("10.1.2.3"), "iana: 10.0.0.0/8 Private-Use");
    EXPECT_EQ(verdict_on("127.0.0.1"), "iana: 127.0.0.0/8 Loopback");
    EXPECT_EQ(verdict_on("169.254.169.254"), "iana: 169.254.0.0/16 Link Local");
    EXPECT_EQ(verdict_on("100.100.100.200"), "iana: 100.64.0.0/10 Shared Address Space");
    EXPECT_EQ(verdict_on("192.0.0.192"), "iana: 192.0.0.0/24 IETF Protocol Assignments");
    EXPECT_EQ(verdict_on("168.63.129.16"), "metadata: 168.63.129.16/32 Azure");
    EXPECT_EQ(verdict_on("239.255.255.250"), "multicast: 224.0.0.0/4");
    EXPECT_EQ(verdict_on("255.255.255.255"), "iana: 255.255.255.255/32 Limited Broadcast");
    EXPECT_EQ(verdict_on("0.0.0.0"), "iana: 0.0.0.0/32 This host on this network");
    EXPECT_EQ(verdict_on("::"), "iana: ::/128 Unspecified Address");
    EXPECT_EQ(verdict_on("::1"), "iana: ::1/128 Loopback Address");
    EXPECT_EQ(verdict_on("fe80::1%eth0"), "iana: fe80::/10 Link-Local Unicast");
    EXPECT_EQ(verdict_on("fd00:ec2::254"), "iana: fc00::/7 Unique-Local");
    EXPECT_EQ(verdict_on("ff02::1"), "not in 2000::/3 Global Unicast");
    EXPECT_EQ(verdict_on("fec0::1"), "not in 2000::/3 Global Unicast");
    EXPECT_EQ(verdict_on("4000::1"), "not in 2000::/3 Global Unicast");
    EXPECT_EQ(verdict_on("1fff::1"), "not in 2000::/3 Global Unicast");
}

TEST(AddressGuard, LooksIntoEveryEmbedding) {
    constexpr auto loopback = "iana: 127.0.0.0/8 Loopback";
    auto const embedded = [&](std::string form) { return "embedded " + form + ": " + loopback; };
    EXPECT_EQ(verdict_on("::ffff:127.0.0.1"), embedded("v4-mapped"));
    EXPECT_EQ(verdict_on("::127.0.0.1"), embedded("v4-compatible"));
    EXPECT_EQ(verdict_on("::ffff:0:127.0.0.1"), embedded("v4-translated"));
    EXPECT_EQ(verdict_on("64:ff9b::127.0.0.1"), embedded("nat64"));
    EXPECT_EQ(verdict_on("64:ff9b:1::127.0.0.1"), embedded("local nat64"));
    EXPECT_EQ(verdict_on("64:ff9b::1:7f00:1"), "not in 2000::/3 Global Unicast") << "not of the /96";
    EXPECT_EQ(verdict_on("2002:7f00:1::"), embedded("6to4"));
    EXPECT_EQ(verdict_on("2001:0:7f00:1:0:0:f7f7:f7f7"), embedded("teredo server"));
    EXPECT_EQ(verdict_on("2001:0:808:808:0:0:80ff:fffe"), embedded("teredo client"));
    EXPECT_EQ(verdict_on("2a00:1::5efe:127.0.0.1"), embedded("isatap"));
    EXPECT_EQ(verdict_on("2a00:1::200:5efe:127.0.0.1"), embedded("isatap"));
}

TEST(AddressGuard, RefusesTunnelsWhateverTheyCarry) {
    EXPECT_EQ(verdict_on("::ffff:8.8.8.8"), "iana: ::ffff:0:0/96 IPv4-mapped Address");
    EXPECT_EQ(verdict_on("::8.8.8.8"), "not in 2000::/3 Global Unicast");
    EXPECT_EQ(verdict_on("::ffff:0:8.8.8.8"), "not in 2000::/3 Global Unicast");
    EXPECT_EQ(verdict_on("2002:808:808::"), "iana: 2002::/16 6to4");
    EXPECT_EQ(verdict_on("2001:0:808:808:0:0:f7f7:f7f7"), "iana: 2001::/32 TEREDO");
    // With the other readings public as well: 8.8.8.8 as /96, 8.8.8.x as /48, ...
    EXPECT_EQ(verdict_on("64:ff9b:1:808:8:808:808:808"), "iana: 64:ff9b:1::/48 IPv4-IPv6 Translat.");
}

TEST(AddressGuard, AllowsPublicAddressesBehindNat64AndIsatap) {
    EXPECT_EQ(verdict_on("64:ff9b::8.8.8.8"), "yes");
    EXPECT_EQ(verdict_on("2a00:1::5efe:8.8.8.8"), "yes");
}

TEST(AddressGuard, JudgesTheNetworksOwnNat64PrefixByWhatItCarries) {
    egress_policy policy;
    policy.nat64 = {"64:ff9b:1:7::/64", "2a00:99::/32", "fd00:64::/96"};
    ASSERT_THAT(policy.problems(), IsEmpty());
    address_guard const guard(policy);

    EXPECT_EQ(verdict_on(guard, "64:ff9b:1:7:8:808:800::"), "yes");
    EXPECT_EQ(verdict_on(guard, "64:ff9b:1:7:a:0:100::"),
              "embedded configured nat64: iana: 10.0.0.0/8 Private-Use");
    EXPECT_EQ(verdict_on(guard, "64:ff9b:1:8:8:808:800::"),
              "embedded local nat64: iana: 0.0.0.0/8 This network");
    EXPECT_EQ(verdict_on(guard, "2a00:99:a00:1::"),
              "embedded configured nat64: iana: 10.0.0.0/8 Private-Use");
    EXPECT_EQ(verdict_on(guard, "2a00:99:808:808::"), "yes");
    EXPECT_EQ(verdict_on(guard, "fd00:64::8.8.4.4"), "yes");
    EXPECT_EQ(verdict_on(guard, "fd00:64::127.0.0.1"),
              "embedded configured nat64: iana: 127.0.0.0/8 Loopback");
}

TEST(AddressGuard, Nat64StepsOverTheReservedByte) {
    // RFC 6052 §2.4, the examples for 192.0.2.33: refused as documentation only where they are read right.
    for (auto const& [prefix, address] : std::vector<std::pair<std::string, std::string>>{
             {"2a00:db8::/32", "2a00:db8:c000:221::"},
             {"2a00:db8:100::/40", "2a00:db8:1c0:2:21::"},
             {"2a00:db8:122::/48", "2a00:db8:122:c000:2:2100::"},
             {"2a00:db8:122:300::/56", "2a00:db8:122:3c0:0:221::"},
             {"2a00:db8:122:344::/64", "2a00:db8:122:344:c0:2:2100::"},
             {"2a00:db8:122:344::/96", "2a00:db8:122:344::192.0.2.33"}}) {
        egress_policy policy;
        policy.nat64 = {prefix};
        ASSERT_THAT(policy.problems(), IsEmpty());
        EXPECT_EQ(verdict_on(address_guard(policy), address),
                  "embedded configured nat64: iana: 192.0.2.0/24 Documentation (TEST-NET-1)")
            << prefix;
    }
}

TEST(AddressGuard, AllowedBlocksWinOverTheRegistry) {
    auto const guard = guard_allowing({"127.0.0.0/8", "fd00:1::/32"});
    auto const j = guard.judge("a", ip("127.0.0.1"), 80);
    EXPECT_TRUE(j.allowed);
    EXPECT_EQ(j.rule, "allow: 127.0.0.0/8");
    EXPECT_EQ(verdict_on(guard, "fd00:1::5"), "yes");
    EXPECT_EQ(verdict_on(guard, "fd00:2::5"), "iana: fc00::/7 Unique-Local");
    EXPECT_EQ(verdict_on(guard, "10.0.0.1"), "iana: 10.0.0.0/8 Private-Use");
}

TEST(AddressGuard, AnAllowedBlockReachesThroughNat64ButNotThroughMappedOrTunnels) {
    auto const guard = guard_allowing({"10.0.0.0/8"});
    EXPECT_EQ(verdict_on(guard, "64:ff9b::10.0.0.1"), "yes");
    EXPECT_EQ(verdict_on(guard, "64:ff9b::127.0.0.1"), "embedded nat64: iana: 127.0.0.0/8 Loopback");
    EXPECT_EQ(verdict_on(guard, "::ffff:10.0.0.1"), "iana: ::ffff:0:0/96 IPv4-mapped Address");
    EXPECT_EQ(verdict_on(guard, "2002:a00:1::"), "iana: 2002::/16 6to4");
}

TEST(AddressGuard, AllowedHostsAreExactOrBelowASuffix) {
    auto const guard = guard_allowing({"intranet", "*.Corp.example"});
    EXPECT_EQ(verdict_on(guard, "10.0.0.1", "intranet"), "yes");
    EXPECT_EQ(verdict_on(guard, "10.0.0.1", "INTRANET."), "yes");
    EXPECT_EQ(verdict_on(guard, "10.0.0.1", "a.corp.example"), "yes");
    EXPECT_EQ(verdict_on(guard, "10.0.0.1", "a.b.CORP.example."), "yes");
    for (auto const* host : {"corp.example", "evilcorp.example", "a.corp.example.evil.test",
                             "intranet.evil.test", "xintranet", "intrane", "", ".", "*.corp.example.org"})
        EXPECT_EQ(verdict_on(guard, "10.0.0.1", host), "iana: 10.0.0.0/8 Private-Use") << host;
    EXPECT_EQ(guard.judge("a.corp.example", ip("10.0.0.1"), 80).rule, "allow: *.Corp.example");
}

TEST(AddressGuard, ReportsEveryUnusableEntry) {
    egress_policy policy;
    policy.allow = {"10.0.0.0/8", "10.0.0.0/33", "300.1.1.1", "*", "*.",           "a..b",
                    "ok.test",    "http://x",    "a b",       "",  "*.10.0.0.1/8", "-.x_y"};
    policy.nat64 = {"64:ff9b:1::/95", "10.0.0.0/8",   "64:ff9b:1::/96", "nonsense",
                    "::/0",           "2a00:99::/33", "2a00:99::/72"};
    auto const problems = policy.problems();
    EXPECT_THAT(problems, SizeIs(15));
    EXPECT_THAT(problems, testing::Contains(HasSubstr("egress.allow: \"10.0.0.0/33\": the prefix length")));
    EXPECT_THAT(problems, testing::Contains(HasSubstr("egress.nat64: \"64:ff9b:1::/95\": want")));
    EXPECT_EQ(verdict_on(address_guard(policy), "10.0.0.1"), "yes");  // the others still count
}

TEST(AddressGuard, RefusesBadPortsAlsoOfAllowedAddresses) {
    auto const guard = guard_allowing({"127.0.0.0/8"});
    for (auto const port : bad_ports())
        EXPECT_FALSE(guard.judge("a", ip("127.0.0.1"), port).allowed) << port;
    auto const j = guard.judge("a", ip("8.8.8.8"), 25);
    EXPECT_EQ(j.name(), "port denied");
    EXPECT_EQ(j.as_failure().what, code::port_refused);
    EXPECT_EQ(j.as_failure().kind().where, stage::egress);
    for (std::uint16_t const port : {80, 443, 8080, 8443, 3000, 65535})
        EXPECT_TRUE(guard.judge("a", ip("8.8.8.8"), port).allowed) << port;
}

TEST(AddressGuard, AllowedPortsAreTheOnlyOnes) {
    egress_policy policy;
    policy.allow_ports = {443, 6000};
    address_guard const guard(policy);
    EXPECT_TRUE(guard.judge("a", ip("8.8.8.8"), 443).allowed);
    EXPECT_TRUE(guard.judge("a", ip("8.8.8.8"), 6000).allowed);
    EXPECT_FALSE(guard.judge("a", ip("8.8.8.8"), 80).allowed);
    EXPECT_FALSE(guard.judge("a", ip("10.0.0.1"), 443).allowed);
}

TEST(AddressGuard, NeverDialsOwnListeners) {
    egress_policy policy;
    policy.allow = {"127.0.0.0/8", "::/0", "self.test"};
    address_guard const guard(policy, {{ip("127.0.0.1"), 8080}, {ip("203.0.113.7"), 9090}});
    auto const own = [&](std::string_view address, std::uint16_t port) {
        auto const j = guard.judge("self.test", ip(address), port);
        return !j.allowed && j.name() == "own listener";
    };
    EXPECT_TRUE(own("127.0.0.1", 8080));
    EXPECT_TRUE(own("0.0.0.0", 8080));
    EXPECT_TRUE(own("::", 8080));
    EXPECT_TRUE(own("::ffff:127.0.0.1", 8080));
    EXPECT_TRUE(own("64:ff9b::203.0.113.7", 9090));
    EXPECT_FALSE(own("127.0.0.1", 8081));
    EXPECT_FALSE(own("127.0.0.2", 8080));
    EXPECT_FALSE(own("203.0.113.7", 8080));
    EXPECT_TRUE(guard.judge("self.test", ip("127.0.0.1"), 8081).allowed);
}

TEST(AddressGuard, ListeningAnywhereOwnsEveryAddressOfTheMachine) {
    egress_policy policy;
    policy.allow = {"0.0.0.0/0", "::/0"};
    for (auto const* any : {"0.0.0.0", "::"}) {
        address_guard const guard(policy, {{ip(any), 8080}}, {ip("192.168.1.5"), ip("2a00:1::5")});
        for (auto const* address : {"192.168.1.5", "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0",
                                    "::", "2a00:1::5", "::ffff:192.168.1.5"})
            EXPECT_EQ(verdict_on(guard, address), "yes") << address;
        for (auto const* address : {"192.168.1.5", "127.0.0.1", "127.9.9.9", "::1", "0.0.0.0",
                                    "::", "2a00:1::5", "::ffff:192.168.1.5"})
            EXPECT_FALSE(guard.judge("a", ip(address), 8080).allowed) << address;
        EXPECT_TRUE(guard.judge("a", ip("192.168.1.6"), 8080).allowed);
    }
}

TEST(AddressGuard, ReportModeLetsThroughAndSaysWhatWouldHaveBeenRefused) {
    egress_policy policy;
    policy.mode = egress_mode::report;
    address_guard const guard(policy, {{ip("127.0.0.1"), 8080}});
    auto const inside = guard.judge("a", ip("10.0.0.1"), 80);
    EXPECT_TRUE(inside.allowed);
    EXPECT_TRUE(inside.reported);
    EXPECT_EQ(inside.name(), "iana: 10.0.0.0/8 Private-Use");
    EXPECT_TRUE(guard.judge("a", ip("8.8.8.8"), 25).reported);
    EXPECT_FALSE(guard.judge("a", ip("8.8.8.8"), 80).reported);
    EXPECT_FALSE(guard.judge("a", ip("127.0.0.1"), 8080).allowed);
}

TEST(AddressGuard, OpenModeRefusesOwnListenersOnly) {
    egress_policy policy;
    policy.mode = egress_mode::open;
    address_guard const guard(policy, {{ip("127.0.0.1"), 8080}});
    EXPECT_TRUE(guard.judge("a", ip("10.0.0.1"), 25).allowed);
    EXPECT_FALSE(guard.judge("a", ip("10.0.0.1"), 25).reported);
    EXPECT_FALSE(guard.judge("a", ip("127.0.0.1"), 8080).allowed);
}

TEST(AddressGuard, AllocatesNothingWhenItJudges) {
    egress_policy policy;
    policy.allow = {"127.0.0.0/8", "*.a-rather-long-suffix-for-a-test.example"};
    policy.nat64 = {"2a00:99::/32"};
    address_guard const guard(policy, {{ip("0.0.0.0"), 8080}}, {ip("192.168.1.5")});
    std::vector<ip_address> const addresses = {ip("8.8.8.8"), ip("127.0.0.1"), ip("10.0.0.1"),
                                               ip("2a00:99:a00:1::"), ip("2a00::1")};

    auto const before = allocations;
    int allowed = 0;
    for (auto const& address : addresses)
        allowed +=
            guard.judge("host.a-rather-long-name-that-fits-no-small-string.example", address, 443).allowed;
    EXPECT_EQ(allocations, before);
    EXPECT_EQ(allowed, 3);
}

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const p = std::malloc(size))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}
