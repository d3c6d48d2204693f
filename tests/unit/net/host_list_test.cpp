#include "net/host_list.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

ip_address ip(std::string_view text) {
    return *ip_address::parse(text);
}

TEST(HostList, MatchesNamesWithoutRegardToCaseAndFinalDot) {
    host_list const list({"Intranet", "*.Corp.example"}, "allow: ");
    EXPECT_EQ(list.match("intranet"), "allow: Intranet");
    EXPECT_EQ(list.match("INTRANET."), "allow: Intranet");
    EXPECT_EQ(list.match("a.corp.example"), "allow: *.Corp.example");
    EXPECT_EQ(list.match("a.b.corp.example."), "allow: *.Corp.example");
    for (auto const* other : {"", ".", "intranets", "x.intranet", "corp.example", "acorp.example", "example"})
        EXPECT_EQ(list.match(other), "") << other;
}

TEST(HostList, MatchesAddressesOfTheBlocksFamilyOnly) {
    host_list const list({"10.0.0.0/8", "192.0.2.7", "fd00::/8"});
    EXPECT_EQ(list.match(ip("10.255.255.255")), "10.0.0.0/8");
    EXPECT_EQ(list.match(ip("192.0.2.7")), "192.0.2.7");
    EXPECT_EQ(list.match(ip("fd12::1")), "fd00::/8");
    for (auto const* other : {"11.0.0.0", "192.0.2.8", "fe00::1", "::ffff:10.0.0.1"})
        EXPECT_EQ(list.match(ip(other)), "") << other;
    EXPECT_EQ(list.match("10.0.0.1"), "") << "a name that looks like one is no address";
}

TEST(HostList, LeavesOutWhatItFindsFaultWith) {
    for (auto const* bad : {"", "*", "*.", "a..b", ".a", "a.", "10.0.0.0/33", "300.1.1.1", "a b", "ex/ample"})
        EXPECT_NE(host_list::problem_of(bad), "") << bad;
    for (auto const* bad : {"a{", "a[", "a@b", "a:", "\xc3\xa9"})
        EXPECT_NE(host_list::problem_of(bad), "") << bad;
    EXPECT_EQ(host_list::problem_of("*.a_b-c.example"), "");
    EXPECT_EQ(host_list::problem_of("a0.b9z"), "");
    EXPECT_EQ(host_list::problem_of(std::string(253, 'a')), "");
    EXPECT_NE(host_list::problem_of(std::string(254, 'a')), "");
    EXPECT_TRUE(host_list({"*.", "10.0.0.0/33"}).empty());
    EXPECT_TRUE(host_list().empty());
}

}  // namespace
}  // namespace fetchd
