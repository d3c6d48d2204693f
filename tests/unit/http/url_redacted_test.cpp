#include "http/url_redacted.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using std::string_view;

std::string logged(string_view text, std::size_t limit = max_logged_url) {
    return redacted(*url::parse(text), limit);
}

TEST(Redacted, CredentialsAreNeverShown) {
    EXPECT_EQ(logged("https://user:pass@h:8/p?q#f"), "https://***@h:8/p?q#f");
    EXPECT_EQ(logged("https://user@h/"), "https://***@h/");
    EXPECT_EQ(logged("https://:pass@h/"), "https://***@h/");
    EXPECT_EQ(logged("https://h/@x:y"), "https://h/@x:y");
}

TEST(Redacted, TextThatIsNoUrlLosesEverythingBeforeItsLastAt) {
    EXPECT_EQ(redacted(string_view("http://u:p/w@h:x/")), "http://***@h:x/");
    EXPECT_EQ(redacted(string_view("http:u:p@h")), "***@h");
    EXPECT_EQ(redacted(string_view("u:p@h")), "***@h");
    EXPECT_EQ(redacted(string_view("@h")), "***@h");
    EXPECT_EQ(redacted(string_view("://u:p@h")), "***@h");
    EXPECT_EQ(redacted(string_view(std::string(32, 's') + "://u:p@h")), std::string(32, 's') + "://***@h");
    EXPECT_EQ(redacted(string_view(std::string(33, 's') + "://u:p@h")), "***@h");
    EXPECT_EQ(redacted(string_view("ht\ntp://u:p@h")), "***@h");
    EXPECT_EQ(redacted(string_view("http://h h/")), "http://h h/");
}

TEST(Redacted, ALineStaysALine) {
    EXPECT_EQ(redacted(string_view("a\r\n\"\\\x1b\x80\0z", 9)), "a\\x0d\\x0a\\x22\\x5c\\x1b\\x80\\x00z");
    EXPECT_EQ(redacted(string_view("a\x7f")), "a\\x7f");
}

TEST(Redacted, LengthIsBounded) {
    std::string const text = "http://h/" + std::string(5000, 'a');
    auto shown = logged(text);
    EXPECT_EQ(shown.size(), max_logged_url);
    EXPECT_TRUE(shown.ends_with("aaa..."));
    EXPECT_EQ(logged("http://h/" + std::string(23, 'a'), 32), "http://h/" + std::string(23, 'a'));
    EXPECT_EQ(logged("http://h/" + std::string(24, 'a'), 32), "http://h/" + std::string(20, 'a') + "...");
    EXPECT_EQ(logged("http://user:pass@h/" + std::string(50, 'a'), 20), "http://***@h/aaaa...");
    EXPECT_LE(redacted(std::string_view(std::string(100, '\n')), 30).size(), 30U);
}

}  // namespace
}  // namespace fetchd
