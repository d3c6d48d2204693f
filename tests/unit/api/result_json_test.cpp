#include "api/result_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace {

using namespace fetchd;
using namespace fetchd::api;
using std::chrono::microseconds;
namespace json = boost::json;

json::object document(fetch_result const& r) {
    auto const text = result_json(r);
    EXPECT_EQ(text.find('\n'), text.size() - 1) << "one line";
    json::error_code ec;
    auto const value = json::parse(text, ec);
    EXPECT_FALSE(ec) << text;
    return ec ? json::object{} : value.as_object();
}

fetch_result fetched() {
    fetch_result r;
    r.id = "f-1";
    r.requested = "http://a.test/";
    r.final_url = "http://b.test/";
    r.status = 200;
    r.fields.add("Content-Type", "text/html");
    r.content_type = "text/html";
    r.charset = "utf-8";
    r.charset_source = "header";
    r.wire_bytes = 10;
    r.decoded_bytes = 20;
    r.timings.dns = microseconds(1);
    r.timings.total = microseconds(9);
    r.trace.redirects.push_back({302, "http://a.test/", "http://b.test/"});
    attempt first;
    first.address = ip_address::from_v4(0x7f000001);
    first.port = 80;
    first.error = failure(stage::connect, code::refused, "x");
    attempt second;
    second.hop = 1;
    second.address = *ip_address::parse("::1");
    second.port = 443;
    second.reused = true;
    second.tls = microseconds(7);
    r.trace.attempts = {first, second};
    r.output = R"({"markdown":"# hi"})";
    return r;
}

TEST(ResultJson, MembersOfAnItemAreTheSameWithoutTheOutput) {
    auto const whole = document(fetched());
    auto o = json::parse("{" + result_members(fetched(), 7, false) + "}").as_object();
    EXPECT_EQ(o.at("item"), 7);
    EXPECT_EQ(o.at("outcome"), "ok");
    EXPECT_FALSE(o.contains("output"));
    EXPECT_EQ(o.at("attempts"), whole.at("attempts"));
    o = json::parse("{" + result_members(fetched(), 7, true) + "}").as_object();
    EXPECT_EQ(o.at("outcome"), "skipped");
}

TEST(ResultJson, ARequestThatIsArchivedIsAMemberOfItsOwn) {
    asked_request asked;
    asked.method = "GET";
    asked.fields.add("X-A", "b\"\xff");
    EXPECT_EQ(request_member(asked),
              "\"request\":{\"method\":\"GET\",\"headers\":[[\"X-A\",\"b\\\"\xef\xbf\xbd\"]]}");
}

TEST(ResultJson, SaysEverythingOfAFetch) {
    auto const o = document(fetched());
    EXPECT_EQ(json::serialize(o.at("output")), R"({"markdown":"# hi"})");
    EXPECT_EQ(o.at("id"), "f-1");
    EXPECT_EQ(o.at("url"), "http://a.test/");
    EXPECT_EQ(o.at("final_url"), "http://b.test/");
    EXPECT_EQ(o.at("outcome"), "ok");
    EXPECT_EQ(o.at("status"), 200);
    EXPECT_EQ(json::serialize(o.at("headers")), R"([["Content-Type","text/html"]])");
    EXPECT_EQ(json::serialize(o.at("charset")), R"({"name":"utf-8","source":"header"})");
    EXPECT_EQ(json::serialize(o.at("bytes")), R"({"wire":10,"decoded":20})");
    EXPECT_EQ(json::serialize(o.at("timings_us")),
              R"({"queue":0,"dns":1,"connect":0,"tls":0,"first_byte":0,"body":0,"process":0,"total":9})");
    EXPECT_EQ(json::serialize(o.at("redirects")),
              R"([{"status":302,"url":"http://a.test/","location":"http://b.test/"}])");
    auto const& attempts = o.at("attempts").as_array();
    ASSERT_EQ(attempts.size(), 2U);
    EXPECT_EQ(attempts[0].at("url"), "http://a.test/");
    EXPECT_EQ(attempts[0].at("address"), "127.0.0.1:80");
    EXPECT_EQ(attempts[0].at("outcome"), "failed");
    EXPECT_EQ(attempts[0].at("error").at("code"), "refused");
    EXPECT_EQ(attempts[1].at("url"), "http://b.test/");
    EXPECT_EQ(attempts[1].at("address"), "[::1]:443");
    EXPECT_EQ(attempts[1].at("reused"), true);
    EXPECT_EQ(attempts[1].at("timings_us").at("tls"), 7);
    EXPECT_FALSE(attempts[1].as_object().contains("error"));
    EXPECT_FALSE(o.contains("error"));
}

TEST(ResultJson, FailureHasAnErrorAndNoOutput) {
    auto r = fetched();
    r.error = failure(stage::body, code::too_large, "more than 5 bytes");
    auto const o = document(r);
    EXPECT_EQ(o.at("outcome"), "failed");
    EXPECT_EQ(o.at("error").at("stage"), "body");
    EXPECT_EQ(o.at("error").at("code"), "too_large");
    EXPECT_EQ(o.at("error").at("retryable"), false);
    EXPECT_EQ(o.at("error").at("message"), r.error->message().c_str());
    EXPECT_FALSE(o.contains("output"));
    EXPECT_EQ(o.at("status"), 200) << "there was an answer";
}

TEST(ResultJson, LeavesOutWhatDoesNotApply) {
    fetch_result r;
    r.id = "f-2";
    r.requested = "http://a.test/";
    r.final_url = r.requested;
    r.error = failure(stage::dns, code::not_found, "a.test");
    auto const o = document(r);
    for (auto const* absent : {"status", "headers", "content_type", "charset", "output"})
        EXPECT_FALSE(o.contains(absent)) << absent;
    EXPECT_TRUE(o.at("attempts").as_array().empty());
    EXPECT_TRUE(o.at("redirects").as_array().empty());
}

TEST(ResultJson, ProcessedDocumentHasNoUrlAndNoAttempts) {
    fetch_result r;
    r.id = "f-3";
    r.output = "{}";
    auto const o = document(r);
    for (auto const* absent : {"url", "final_url", "redirects", "attempts", "status"})
        EXPECT_FALSE(o.contains(absent)) << absent;
    EXPECT_EQ(json::serialize(o.at("timings_us")), R"({"queue":0,"process":0,"total":0})");
    EXPECT_EQ(json::serialize(o.at("output")), "{}");
}

TEST(ResultJson, IsJsonWhateverTheOriginSends) {
    auto r = fetched();
    std::string every;
    for (int c = 1; c < 256; ++c)
        every += static_cast<char>(c);
    r.fields.add("X-Bytes", every);
    r.fields.add("X-Cut", "caf\xc3");
    r.fields.add("X-Surrogate", "\xed\xa0\x80");
    r.fields.add("X-Quote", "\"\\/");
    r.content_type = "text/html; charset=\xff";
    r.trace.attempts[0].error = failure(stage::head, code::malformed, every);
    auto const o = document(r);
    auto const& fields = o.at("headers").as_array();
    ASSERT_EQ(fields.size(), 5U);
    EXPECT_EQ(fields[2].as_array()[1], "caf\xef\xbf\xbd");
    EXPECT_EQ(fields[4].as_array()[1], "\"\\/");
    EXPECT_EQ(o.at("content_type"), "text/html; charset=\xef\xbf\xbd");
    r.error = failure(stage::head, code::malformed, every);
    EXPECT_TRUE(document(r).contains("error"));
}

}  // namespace
