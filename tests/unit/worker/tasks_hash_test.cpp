#include <gtest/gtest.h>

#include <bit>
#include <boost/json.hpp>

#include "worker/tasks/registry.hpp"
#include "worker/tasks/simhash.hpp"

namespace fetchd::tasks {
namespace {

std::string hashes(std::string_view body, std::string type = "text/html") {
    request r;
    r.names = {"hash"};
    r.json = false;
    r.content_type = std::move(type);
    auto const done = perform(standard(), r, body);
    return done ? done->output : done.error().message();
}

int distance(std::string_view a, std::string_view b) {
    return std::popcount(*simhash(a) ^ *simhash(b));
}

// Distinct words, in an order of their own for each seed.
std::string words(unsigned seed, unsigned count) {
    std::string out;
    for (unsigned i = 0; i < count; ++i) {
        seed = seed * 1664525U + 1013904223U;
        out += "w" + std::to_string(seed >> 20U) + (i % 12 == 11 ? ".\n" : " ");
    }
    return out;
}

TEST(Hash, NumbersOfBytesAndText) {
    EXPECT_EQ(hashes("<p>Tide tables of the harbour</p>"),
              "{\"sha256\":\"70b6867cfa5ee33b8344c861e492110e78b96702dcf5948f20d3bade093bb2b7\","
              "\"xxh3\":\"e254d061b298e75f\",\"simhash\":\"451ab532b60edce0\"}");
    // As sha256sum and xxhsum -H3 say of no bytes.
    EXPECT_EQ(hashes("", "text/plain"),
              "{\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
              "\"xxh3\":\"2d06800538d394c2\",\"simhash\":null}");
}

TEST(Hash, BytesThatAreNoTextHaveNoSimHash) {
    auto const made = hashes(std::string_view("PK\3\4\0\0", 6), "application/zip");
    EXPECT_NE(made.find("\"simhash\":null"), std::string::npos) << made;
}

TEST(Hash, MarkupDoesNotCountForTheText) {
    auto const simhash_in = [](std::string const& json) {
        return std::string(boost::json::parse(json).at("simhash").as_string());
    };
    EXPECT_EQ(simhash_in(hashes("<p>Tide tables <b>of</b> the harbour</p><script>x</script>")),
              simhash_in(hashes("<h1 class=a>Tide</h1> tables of the harbour")));
}

TEST(SimHash, StaysTheSameInEveryVersion) {
    EXPECT_EQ(simhash(""), std::nullopt);
    EXPECT_EQ(simhash(" -- \u3002\u2014"), std::nullopt);
    EXPECT_EQ(*simhash("Tide tables of the harbour"), 0x451ab532b60edce0U);
    EXPECT_EQ(*simhash("\u6E2F\u306E\u6F6E\u6C50\u8868"), 0xf1703e569d58c86aU);
}

TEST(SimHash, CaseSpacesAndSignsDoNotCount) {
    EXPECT_EQ(simhash("Tide tables, of the harbour!"),
              simhash("TIDE\ntables of\u00A0the  \u201Charbour\u201D"));
    EXPECT_EQ(simhash("\u6F6E\u6C50\u8868"), simhash("\u6F6E \u6C50\u3001\u8868"));
    EXPECT_NE(simhash("of tables"), simhash("tables of"));
}

TEST(SimHash, NearTextsDifferInFewBitsUnrelatedOnesInHalf) {
    auto const text = words(1, 600);
    EXPECT_LE(distance(text, text + " updated today at noon"), 6);
    auto changed = text;
    changed.replace(300, 4, "else");
    EXPECT_LE(distance(text, changed), 6);
    double sum = 0;
    for (unsigned seed = 2; seed < 42; ++seed)
        sum += distance(text, words(seed * 7919, 600));
    EXPECT_NEAR(sum / 40, 32, 3);
}

}  // namespace
}  // namespace fetchd::tasks
