#include "http/url_ip.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

std::string text4(std::string_view input) {
    auto address = parse_url_ipv4(input);
    if (!address)
        return "no";
    std::string out;
    append_ipv4(out, *address);
    return out;
}

std::string text6(std::string_view input) {
    auto address = parse_url_ipv6(input);
    if (!address)
        return "no";
    std::string out;
    append_ipv6(out, *address);
    return out;
}

TEST(UrlIpv4, LastPartFillsTheRest) {
    EXPECT_EQ(text4("1.2.3"), "1.2.0.3");
    EXPECT_EQ(text4("1.2.65535"), "1.2.255.255");
    EXPECT_EQ(text4("1.2.65536"), "no");
    EXPECT_EQ(text4("1.16777215"), "1.255.255.255");
    EXPECT_EQ(text4("4294967295"), "255.255.255.255");
    EXPECT_EQ(text4("4294967296"), "no");
    EXPECT_EQ(text4("18446744073709551617"), "no");
    EXPECT_EQ(text4("256.1"), "no");
}

TEST(UrlIpv4, OctalAndHexadecimal) {
    EXPECT_EQ(text4("0x"), "0.0.0.0");
    EXPECT_EQ(text4("0"), "0.0.0.0");
    EXPECT_EQ(text4("0XfF.010"), "255.0.0.8");
    EXPECT_EQ(text4("08"), "no");
    EXPECT_EQ(text4("0xg"), "no");
    EXPECT_EQ(text4("1..2"), "no");
    EXPECT_EQ(text4("1.2.3.4.5"), "no");
    EXPECT_EQ(text4(""), "no");
}

TEST(UrlIpv4, WhichDomainsAreNumbers) {
    EXPECT_TRUE(ends_in_number("a.1"));
    EXPECT_TRUE(ends_in_number("a.1."));
    EXPECT_TRUE(ends_in_number("a.0x"));
    EXPECT_TRUE(ends_in_number("a.09"));
    EXPECT_FALSE(ends_in_number("a.1.."));
    EXPECT_FALSE(ends_in_number("1.a"));
    EXPECT_FALSE(ends_in_number("a.0xg"));
    EXPECT_FALSE(ends_in_number("."));
    EXPECT_FALSE(ends_in_number(""));
}

TEST(UrlIpv6, CompressesTheFirstLongestRun) {
    EXPECT_EQ(text6("::"), "::");
    EXPECT_EQ(text6("1::"), "1::");
    EXPECT_EQ(text6("::1"), "::1");
    EXPECT_EQ(text6("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
    EXPECT_EQ(text6("1:0:0:2:3:0:0:4"), "1::2:3:0:0:4");
    EXPECT_EQ(text6("1:0:2:3:4:5:6:7"), "1:0:2:3:4:5:6:7");
    EXPECT_EQ(text6("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
    EXPECT_EQ(text6("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
    EXPECT_EQ(text6("2001:DB8::0a:1.2.3.4"), "2001:db8::a:102:304");
}

TEST(UrlIpv6, RefusesWhatIsNoAddress) {
    for (std::string_view text : {"",
                                  ":",
                                  ":::",
                                  "1",
                                  "1:",
                                  ":1",
                                  "1::2::3",
                                  "1:2:3:4:5:6:7",
                                  "1:2:3:4:5:6:7:8:9",
                                  "1:2:3:4:5:6:7:8:",
                                  "12345::",
                                  "::g",
                                  "::1%eth0",
                                  "::1.2.3",
                                  "::1.2.3.4.5",
                                  "::01.2.3.4",
                                  "::1.2.3.256",
                                  "::1.2.2567.4",
                                  "::1..2.3",
                                  "::1.2a.3.4",
                                  "::.1.2.3",
                                  "1:2:3:4:5:6:7:1.2.3.4",
                                  "::1.2.3.4:5",
                                  "::2:3:4:5:6:7:8:9",
                                  "1:2:3:4:5:6::1.2.3.4"})
        EXPECT_EQ(text6(text), "no") << text;
}

}  // namespace
}  // namespace fetchd
