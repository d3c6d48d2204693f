// Names given twice in one object.
#include "api/json_keys.hpp"

#include <gtest/gtest.h>

namespace fetchd::api {
namespace {

TEST(JsonKeys, AreFoundWhereverTheyStandTwice) {
    EXPECT_EQ(repeated_key(R"({"a":1,"a":2})"), "a");
    EXPECT_EQ(repeated_key(R"({"a":1,"b":[{"c":1,"c":1}],"a":2})"), "c") << "the first that is met";
    EXPECT_EQ(repeated_key(R"({"a":{"b":1},"c":{"b":1,"d":2,"b":3}})"), "b");
    EXPECT_EQ(repeated_key(R"({"":1,"":1})"), "");
    EXPECT_EQ(repeated_key(R"([{"a":1},{"a":1,"a":1}])"), "a");
}

TEST(JsonKeys, AreComparedAsTheNamesTheyStandFor) {
    EXPECT_EQ(repeated_key(R"({"a":1,"\u0061":2})"), "a");
    EXPECT_EQ(repeated_key(R"({"\u0000a":1,"\u0000a":2})"), std::string("\0a", 2));
    EXPECT_EQ(repeated_key(R"({"\ud83d\ude00":1,"😀":2})"), "😀");
    EXPECT_EQ(repeated_key(R"({"a":1,"A":2,"a ":3})"), std::nullopt);
}

TEST(JsonKeys, MayStandOnceInEveryObject) {
    EXPECT_EQ(repeated_key(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"c":"a","d":["a","a"]})"),
              std::nullopt);
    for (auto const* text : {"{}", "[]", "null", "1.5", "-1", "18446744073709551615", "true", "\"a\"", ""})
        EXPECT_EQ(repeated_key(text), std::nullopt) << text;
}

TEST(JsonKeys, LongNamesAreComparedWhole) {
    std::string const name(50'000, 'n');
    EXPECT_EQ(repeated_key("{\"" + name + "\":1,\"" + name + "x\":1}"), std::nullopt);
    EXPECT_EQ(repeated_key("{\"" + name + "\":1,\"" + name + "\":1}"), name);
}

}  // namespace
}  // namespace fetchd::api
