#include "http/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace fetchd;
using namespace std::string_view_literals;

std::string text(headers const& h) {
    std::string out;
    h.write_to(out);
    return out;
}

TEST(Headers, KeepTheirOrderAndTheirSpelling) {
    headers h;
    h.add("B", "1");
    h.add("a", "");
    h.add("b", "2");
    EXPECT_EQ(text(h), "B: 1\r\na: \r\nb: 2\r\n");
    EXPECT_EQ(h.size(), 3U);
    EXPECT_EQ(h[2].name, "b");
    EXPECT_EQ(h[2].value, "2");
}

TEST(Headers, FindsNamesWhateverTheirCase) {
    headers h;
    h.add("Content-Type", "text/html");
    h.add("content-type", "text/plain");
    EXPECT_EQ(h.get("CONTENT-TYPE"), "text/html") << "the first one";
    EXPECT_EQ(h.count("content-Type"), 2U);
    EXPECT_FALSE(h.find("Content-Typ"));
    EXPECT_FALSE(h.find("Content-Type "));
    EXPECT_EQ(h.get("missing"), "");
    EXPECT_FALSE(h.has("missing"));
}

TEST(Headers, EmptyValueIsNotAMissingField) {
    headers h;
    h.add("A", "");
    EXPECT_TRUE(h.has("a"));
    EXPECT_TRUE(h.find("a"));
}

TEST(Headers, CompareAsciiCaseAndNothingMore) {
    EXPECT_TRUE(same_name("Host", "hOST"));
    EXPECT_FALSE(same_name("a", "ab"));
    EXPECT_FALSE(same_name("[", "{")) << "they differ by the bit of the case only";
    EXPECT_FALSE(same_name("@", "`"));
    EXPECT_FALSE(same_name("\xc3\x84", "\xc3\xa4"));
    EXPECT_TRUE(same_name("", ""));
}

TEST(Headers, SetReplacesAllOfTheName) {
    headers h;
    h.add("a", "1");
    h.add("b", "2");
    h.add("A", "3");
    h.set("a", "4");
    EXPECT_EQ(text(h), "b: 2\r\na: 4\r\n");
    h.set("c", "5");
    EXPECT_EQ(h.get("c"), "5");
}

TEST(Headers, RemoveLeavesTheOthersWhole) {
    headers h;
    h.add("first", "1");
    h.add("x", "2");
    h.add("last", "3");
    h.remove("X");
    h.remove("never there");
    EXPECT_EQ(text(h), "first: 1\r\nlast: 3\r\n");
    h.add("x", "4");
    EXPECT_EQ(h.get("x"), "4");
}

TEST(Headers, CopiesStandAlone) {
    headers copy;
    {
        headers h;
        h.add("a", std::string(1000, 'x'));
        copy = h;
        h.remove("a");
    }
    EXPECT_EQ(copy.get("a"), std::string(1000, 'x'));
}

TEST(Headers, FindTokensOfAListOverAllItsLines) {
    headers h;
    h.add("Connection", "keep-alive ,\tX-One");
    h.add("connection", ",,CLOSE");
    h.add("Other", "upgrade");
    EXPECT_TRUE(h.has_token("connection", "close"));
    EXPECT_TRUE(h.has_token("Connection", "x-one"));
    EXPECT_TRUE(h.has_token("Connection", "Keep-Alive"));
    EXPECT_FALSE(h.has_token("Connection", "keep"));
    EXPECT_FALSE(h.has_token("Connection", "upgrade"));
    EXPECT_FALSE(h.has_token("Connection", "x-one,close"));
    EXPECT_FALSE(h.has_token("missing", "close"));
}

TEST(FieldName, IsAToken) {
    for (auto const name : {"A"sv, "x-1"sv, "!#$%&'*+-.^_`|~"sv, "Content-Type"sv})
        EXPECT_TRUE(valid_name(name)) << name;
    for (auto const name : {""sv, " "sv, "a b"sv, "a:"sv, "a\r"sv, "a\n"sv, "a\0"sv, "\0"sv, "(a)"sv, "a,b"sv,
                            "\xc3\xa4"sv, "a\x7f"sv, "\"a\""sv, "a/b"sv, "a@b"sv, "[a]"sv, "{a}"sv})
        EXPECT_FALSE(valid_name(name)) << name;
}

TEST(FieldValue, HasNoControlsAndNoOuterSpace) {
    for (auto const value : {""sv, "a"sv, "a b"sv, "a\tb"sv, "\xc3\xa4"sv, "\xff"sv, "(){}:;\"'"sv})
        EXPECT_TRUE(valid_value(value)) << value;
    for (auto const value :
         {" a"sv, "a "sv, "\ta"sv, "a\r\nX: y"sv, "a\nb"sv, "a\rb"sv, "a\0b"sv, "\x1b[m"sv, "a\x7f"sv, " "sv})
        EXPECT_FALSE(valid_value(value)) << value;
}

TEST(AllValues, AreThoseOfEveryLineInTheirOrder) {
    headers fields;
    EXPECT_TRUE(all_values(fields, "Link").empty());
    fields.add("Link", "</a>");
    fields.add("Server", "x");
    fields.add("LINK", "</b>");
    EXPECT_EQ(all_values(fields, "link"), (std::vector<std::string>{"</a>", "</b>"}));
    EXPECT_TRUE(all_values(fields, "Lin").empty());
}

TEST(HopByHop, NamesTheFieldsOfAConnection) {
    for (auto const* name : {"Connection", "keep-alive", "TE", "Trailer", "TRANSFER-ENCODING", "Upgrade",
                             "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection"})
        EXPECT_TRUE(hop_by_hop(name)) << name;
    for (auto const* name : {"Content-Length", "Content-Encoding", "Host", "", "Trailers", "Via"})
        EXPECT_FALSE(hop_by_hop(name)) << name;
}

}  // namespace
