#include "http/base64.hpp"

#include <gtest/gtest.h>

#include "http/basic_auth.hpp"

namespace fetchd {
namespace {

using namespace std::literals;

// RFC 4648 §10.
TEST(Base64, ReadsAndWritesTheVectorsOfTheStandard) {
    std::pair<std::string_view, std::string_view> const vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (auto const& [bytes, text] : vectors) {
        EXPECT_EQ(base64_encode(bytes), text);
        EXPECT_EQ(base64_decode(text), bytes);
    }
}

TEST(Base64, KeepsEveryByteAtEveryPlace) {
    std::string bytes;
    for (std::size_t size = 0; size < 512; ++size) {
        EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes) << size;
        bytes += static_cast<char>(size * 37);
    }
    EXPECT_EQ(base64_encode("\xfb\xff\xbf"), "+/+/");
    EXPECT_EQ(base64_encode("\0\0"s), "AAA=");
}

TEST(Base64, RefusesWhatItDoesNotWrite) {
    for (std::string_view const text : {
             "Z",          // no such length
             "Zg",         // no padding
             "Zg=",        // half of it
             "Zm9v=",      // too much of it
             "Zm9v====",   //
             "====",       //
             "=",          //
             "Z===",       // six bits are no byte
             "Zg==Zg==",   // goes on behind the padding
             "Z=g=",       // padding inside
             "Zh==",       // bits that mean nothing
             "Zm9=",       //
             "Zm8=\n",     // line end
             "Zm9v Zm9v",  // space
             " Zm9v",      //
             "Zm-_",       // the other alphabet
             "Zm9\xff",    //
         })
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    EXPECT_EQ(base64_decode("Zm\0v"sv), std::nullopt);
}

// All texts of four characters out of these: only those that encode writes are taken.
TEST(Base64, TakesEachByteStringInOneSpellingOnly) {
    constexpr std::string_view some = "ABQgw/+=- ";
    std::size_t taken = 0;
    for (char a : some)
        for (char b : some)
            for (char c : some)
                for (char d : some) {
                    std::string const text{a, b, c, d};
                    if (auto const bytes = base64_decode(text)) {
                        EXPECT_EQ(base64_encode(*bytes), text);
                        ++taken;
                    }
                }
    // 7^4 of three bytes; "xyz=" where z is one of A, Q, g, w; "xy==" where y is one of those with four
    // zero bits.
    EXPECT_EQ(taken, 2401u + 7 * 7 * 4 + 7 * 4);
}

// RFC 7617 §2 and §2.1.
TEST(BasicAuthorization, WritesTheExamplesOfTheStandard) {
    EXPECT_EQ(basic_authorization("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    EXPECT_EQ(basic_authorization("test", "123\xc2\xa3"), "Basic dGVzdDoxMjPCow==");
    EXPECT_EQ(basic_authorization("", ""), "Basic Og==");
}

}  // namespace
}  // namespace fetchd
