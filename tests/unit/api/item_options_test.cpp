#include "api/item_options.hpp"

#include <gtest/gtest.h>

namespace fetchd::api {
namespace {

class ItemOptions : public testing::Test {
  protected:
    fetch_config settings_;
    phase_limits phases_;
    item_options options_{{settings_, phases_, tasks::standard()}};
    jobs::item_draft item_;
    asked out_;

    void common(std::string_view text) { EXPECT_FALSE(options_.set_common(text)) << text; }
    bool read(std::string_view text) {
        item_ = {};
        return !options_.read(text, item_);
    }
    fetch_request const& request() {
        out_ = {};
        auto const refused = options_.request(item_.url, item_.options, out_);
        EXPECT_FALSE(refused) << refused->body;
        return out_.fetch.value();
    }
};

TEST_F(ItemOptions, MembersOfTheItemTakeThePlaceOfTheJobs) {
    common(R"({"retries":1,"max_bytes":9,"headers":{"a":"1","b":"2"},"method":"POST","body":"x"})");
    ASSERT_TRUE(read(R"({"url":"http://a.test/p","retries":5,"headers":{"c":"3"},"timeout_ms":77})"));
    EXPECT_EQ(request().target.href(), "http://a.test/p");
    EXPECT_EQ(request().retry.most, 5U);
    EXPECT_EQ(request().max_bytes, 9U);
    EXPECT_EQ(request().out.method + request().out.body, "POSTx");
    EXPECT_TRUE(request().out.fields.has("c") && !request().out.fields.has("a"));
    EXPECT_EQ(out_.timeout, milliseconds(77));
    EXPECT_TRUE(out_.retries_named && out_.max_bytes_named);
}

TEST_F(ItemOptions, WithoutOptionsOfItsOwnItIsTheJobsRequest) {
    common(R"({"max_redirects":3,"output":["text"],"session":"s"})");
    ASSERT_TRUE(read("\"http://u:p@a.test/x\""));
    EXPECT_EQ(item_.url, "http://u:p@a.test/x");
    EXPECT_EQ(item_.origin, "http://a.test");
    EXPECT_EQ(item_.options, "");
    EXPECT_EQ(request().target.href(), "http://u:p@a.test/x");
    EXPECT_EQ(request().max_redirects, 3U);
    EXPECT_EQ(request().output.names, std::vector<std::string>{"text"});
    EXPECT_EQ(request().session, "s");
}

TEST_F(ItemOptions, TheUserAgentIsTheItemsOrElseTheJobs) {
    ASSERT_TRUE(read("\"http://a.test\""));
    EXPECT_EQ(options_.user_agent(item_.options), "");
    common(R"({"headers":{"user-agent":"ours/1"},"retries":1})");
    EXPECT_EQ(options_.user_agent(item_.options), "ours/1");
    ASSERT_TRUE(read(R"({"url":"http://a.test","retries":2})"));
    EXPECT_EQ(options_.user_agent(item_.options), "ours/1");
    ASSERT_TRUE(read(R"({"url":"http://a.test","headers":{"User-Agent":"mine/1"}})"));
    EXPECT_EQ(options_.user_agent(item_.options), "mine/1");
    ASSERT_TRUE(read(R"({"url":"http://a.test","headers":{"x":"1"}})"));
    EXPECT_EQ(options_.user_agent(item_.options), "") << "its headers take the place of the job's";
}

TEST_F(ItemOptions, KeepsOnlyWhatDiffersInOneOrder) {
    common(R"({"retries":1,"headers":{"a":"1"}})");
    ASSERT_TRUE(
        read(R"({"retries":1,"timeout_ms":5,"url":"http://a.test","headers":{"a":"1"},"max_bytes":6})"));
    EXPECT_EQ(item_.options, R"({"max_bytes":6,"timeout_ms":5})");
    auto const first = item_.options;
    ASSERT_TRUE(read(R"({"max_bytes":6,"url":"http://a.test","timeout_ms":5})"));
    EXPECT_EQ(item_.options, first);
    ASSERT_TRUE(read(R"({"url":"http://a.test"})"));
    EXPECT_EQ(item_.options, "");
    ASSERT_TRUE(read(R"({"url":"http://a.test","headers":{"a":"2"}})"));
    EXPECT_EQ(item_.options, R"({"headers":{"a":"2"}})");
}

TEST_F(ItemOptions, TheSameJobAfterARestart) {
    common(R"({"retries":4,"options":{"markdown":{"links":"drop"}},"output":["markdown"]})");
    item_options again({settings_, phases_, tasks::standard()});
    ASSERT_FALSE(again.set_common(options_.common()));
    EXPECT_EQ(again.common(), options_.common());
    ASSERT_FALSE(again.request("http://a.test/", "", out_));
    EXPECT_EQ(out_.fetch->retry.most, 4U);
    EXPECT_EQ(out_.fetch->output.settings.size(), 1U);
    ASSERT_FALSE(again.set_common(""));
    EXPECT_EQ(again.common(), "");
}

TEST_F(ItemOptions, WhatDoesNotGoTogetherIsRefused) {
    common(R"({"body":"x","method":"POST"})");
    EXPECT_TRUE(read(R"({"url":"http://a.test","body":"y"})"));
    EXPECT_FALSE(read(R"({"url":"http://a.test","body_base64":"AA=="})"));
    EXPECT_FALSE(read(R"({"url":"http://a.test","method":"GET"})"));
    EXPECT_FALSE(read("\"file:///etc/passwd\""));
    EXPECT_TRUE(options_.set_common(R"({"body":"x"})"));
    EXPECT_TRUE(options_.set_common("[]"));
    EXPECT_TRUE(options_.set_common("{"));
    asked out;
    EXPECT_TRUE(options_.request("http://a.test/", "[]", out));
    EXPECT_TRUE(options_.request("nonsense", "", out));
}

}  // namespace
}  // namespace fetchd::api
