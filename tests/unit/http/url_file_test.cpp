// file: URLs and their drive letters. None is ever fetched; that they are read by the standard keeps a base
// of this kind from being taken for another one.
#include <gtest/gtest.h>

#include "http/url.hpp"

namespace fetchd {
namespace {

using std::string_view;

std::string href(string_view text, string_view base = {}) {
    auto const b = url::parse(base);
    auto const u = url::parse(text, b ? &*b : nullptr);
    return u ? std::string(u->href()) : "no: " + u.error().detail;
}

TEST(FileUrl, HasAHostThatMayBeEmpty) {
    EXPECT_EQ(href("file:"), "file:///");
    EXPECT_EQ(href("file:a"), "file:///a");
    EXPECT_EQ(href("file:/a"), "file:///a");
    EXPECT_EQ(href("file://h/a"), "file://h/a");
    EXPECT_EQ(href("file:\\\\h\\a"), "file://h/a");
    EXPECT_EQ(href("file:////a"), "file:////a");
    EXPECT_EQ(href("file://LocalHost/a"), "file:///a");
    EXPECT_EQ(href("file://a b/"), "no: the host holds the forbidden character 0x20");
    EXPECT_EQ(url::parse("file:///etc/hosts")->kind(), host_kind::empty);
    EXPECT_EQ(href("file:a", "http://h/b/c"), "file:///a");
}

TEST(FileUrl, DriveLetterIsTheFirstSegmentAndStays) {
    EXPECT_EQ(href("file:///C|/a"), "file:///C:/a");
    EXPECT_EQ(href("file://C:/a"), "file:///C:/a");
    EXPECT_EQ(href("file:///c:/.."), "file:///c:/");
    EXPECT_EQ(href("file:///C:/a/../../.."), "file:///C:/");
    EXPECT_EQ(href("file:///a/C|/.."), "file:///a/");
    EXPECT_EQ(href("file:///C|a"), "file:///C|a");
    for (string_view text : {"1:", "[:", "{:", "ab", "a-", ":a", "a:b"})
        EXPECT_EQ(href("file:///" + std::string(text) + "/.."), "file:///") << text;
    EXPECT_EQ(href("http://h/C:/.."), "http://h/");
}

TEST(FileUrl, RelativeReferencesKeepHostAndDrive) {
    constexpr string_view base = "file:///C:/a/b?q";
    EXPECT_EQ(href("", base), "file:///C:/a/b?q");
    EXPECT_EQ(href("#f", base), "file:///C:/a/b?q#f");
    EXPECT_EQ(href("?x", base), "file:///C:/a/b?x");
    EXPECT_EQ(href("c", base), "file:///C:/a/c");
    EXPECT_EQ(href("/c", base), "file:///C:/c");
    EXPECT_EQ(href("/D|/c", base), "file:///D:/c");
    EXPECT_EQ(href("//h/c", base), "file://h/c");
    EXPECT_EQ(href("/c", "file://h/a/b"), "file://h/c");
    EXPECT_EQ(href("/c", "file:///C:"), "file:///C:/c");
    for (string_view other : {"file:///a", "file:///1:/x", "file:///ab", "file:///C:x", "file:///"})
        EXPECT_EQ(href("/c", other), "file:///c") << other;
}

TEST(FileUrl, ReferenceThatBeginsWithADriveLetterReplacesThePath) {
    constexpr string_view base = "file://h/a/b";
    EXPECT_EQ(href("D|", base), "file://h/D:");
    EXPECT_EQ(href("D|/c", base), "file://h/D:/c");
    EXPECT_EQ(href("D|\\c", base), "file://h/D:/c");
    EXPECT_EQ(href("D|?c", base), "file://h/D:?c");
    EXPECT_EQ(href("D|c", base), "file://h/a/D|c");
    EXPECT_EQ(href("D-/c", base), "file://h/a/D-/c");
}

}  // namespace
}  // namespace fetchd
