#include "http/public_suffix.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace fetchd;
using namespace std::string_view_literals;

TEST(PublicSuffix, IsWhatThePublicRegistersUnder) {
    for (auto const* host :
         {"com", "uk", "co.uk", "github.io", "ck", "x.ck", "unlisted", "localhost", "xn--fiqs8s"})
        EXPECT_TRUE(is_public_suffix(host)) << host;
    for (auto const* host : {"example.com", "www.example.com", "a.co.uk", "me.github.io", "www.ck",
                             "a.unlisted", "xn--85x722f.xn--fiqs8s"})
        EXPECT_FALSE(is_public_suffix(host)) << host;
}

TEST(PublicSuffix, RegistrableDomainIsOneLabelMore) {
    EXPECT_EQ(registrable_domain("example.com"), "example.com");
    EXPECT_EQ(registrable_domain("a.b.example.com"), "example.com");
    EXPECT_EQ(registrable_domain("a.b.example.co.uk"), "example.co.uk");
    EXPECT_EQ(registrable_domain("x.me.github.io"), "me.github.io");
    EXPECT_EQ(registrable_domain("b.test.ck"), "b.test.ck");
    EXPECT_EQ(registrable_domain("www.www.ck"), "www.ck");
    for (auto const* host : {"com", "co.uk", "test.ck", "unlisted", "localhost"})
        EXPECT_EQ(registrable_domain(host), "") << host;
}

TEST(PublicSuffix, RegistrableDomainIsAViewOfTheHost) {
    std::string const host = "a.example.com";
    EXPECT_EQ(registrable_domain(host).data(), host.data() + 2);
}

TEST(PublicSuffix, TheRootsDotChangesNothing) {
    EXPECT_TRUE(is_public_suffix("com."));
    EXPECT_TRUE(is_public_suffix("co.uk."));
    EXPECT_FALSE(is_public_suffix("a.co.uk."));
    EXPECT_EQ(registrable_domain("co.uk."), "");
    EXPECT_EQ(registrable_domain("b.a.co.uk."), "a.co.uk.");
}

TEST(PublicSuffix, AddressesHaveNeither) {
    for (auto const* host : {"127.0.0.1", "1.2.3.4", "1.2.3.4.", "[::1]", "[2001:db8::1]"}) {
        EXPECT_TRUE(is_address(host)) << host;
        EXPECT_FALSE(is_public_suffix(host)) << host;
        EXPECT_EQ(registrable_domain(host), "") << host;
    }
    for (auto const* host : {"example.com", "1.com", "127.0.0.1.example", "a.1b", ""})
        EXPECT_FALSE(is_address(host)) << host;
}

TEST(PublicSuffix, WhatCannotBeANameBelongsToNobody) {
    for (auto const host : {""sv, "."sv, ".."sv, ".com"sv, ".example.com"sv, "a..com"sv, "example.com.."sv,
                            "exam\0ple.com"sv, "example.com\0.de"sv}) {
        EXPECT_TRUE(is_public_suffix(host)) << host;
        EXPECT_EQ(registrable_domain(host), "") << host;
    }
}

TEST(PublicSuffix, NamesAreBoundedInLength) {
    auto const name = [](std::size_t size) { return std::string(size - 12, 'a') + ".example.com"; };
    EXPECT_EQ(registrable_domain(name(252)), "example.com");
    EXPECT_EQ(registrable_domain(name(253)), "example.com");
    EXPECT_EQ(registrable_domain(name(253) + '.'), "example.com.");
    EXPECT_FALSE(is_public_suffix(name(253)));
    EXPECT_EQ(registrable_domain(name(254)), "");
    EXPECT_EQ(registrable_domain(name(254) + '.'), "");
    EXPECT_TRUE(is_public_suffix(name(254)));
}

}  // namespace
