#include "worker/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fetchd::worker {
namespace {

fingerprint of(fingerprint_secret const& secret, std::string_view asked, std::string_view body,
               std::size_t piece = 1U << 20U) {
    fingerprinter f(secret);
    f.begin_part(asked.size());
    f.feed(asked);
    f.begin_part(body.size());
    for (std::size_t at = 0; at < body.size(); at += piece)
        f.feed(body.substr(at, piece));
    return f.value();
}

TEST(Fingerprint, IsTheSameHoweverTheBodyIsCut) {
    fingerprint_secret const secret;
    std::string body(300'000, 'x');
    for (std::size_t i = 0; i < body.size(); i += 7)
        body[i] = static_cast<char>(i);
    for (std::size_t const piece : {1U, 63U, 1024U, 131'072U})
        EXPECT_EQ(of(secret, "text", body, piece), of(secret, "text", body)) << piece;
}

TEST(Fingerprint, TellsApartBodyAndQuestion) {
    fingerprint_secret const secret;
    auto const one = of(secret, "text", "body");
    EXPECT_NE(one, of(secret, "text", "bodz"));
    EXPECT_NE(one, of(secret, "html", "body"));
    EXPECT_NE(one, of(secret, "textb", "ody")) << "the boundary counts";
    EXPECT_NE(of(secret, "", ""), of(secret, "", std::string_view("\0", 1)));
}

TEST(Fingerprint, IsAnotherWithAnotherSecret) {
    fingerprint_secret const a;
    fingerprint_secret const b;
    EXPECT_NE(of(a, "text", "body"), of(b, "text", "body"));
}

}  // namespace
}  // namespace fetchd::worker
