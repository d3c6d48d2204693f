// Theme: requests that ask for what cannot be.
#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class BadInput : public testing::Test {
  protected:
    // The detail of the 400 that the body gets.
    std::string refusal(std::string const& body) {
        auto const got = post(service.port(), "/v1/fetch", body);
        EXPECT_EQ(got.status, 400) << body;
        EXPECT_EQ(got.header("content-type"), "application/problem+json");
        return document(got.body)["/detail"];
    }
    std::string refusal_of_query(std::string const& target) {
        auto const got = get(service.port(), target);
        EXPECT_EQ(got.status, 400) << target;
        return document(got.body)["/detail"];
    }

    fetchd_process service;
};

TEST_F(BadInput, UnknownFieldIsNamed) {
    EXPECT_TRUE(contains(refusal(R"({"url":"http://x.test/","timeout":5})"), "\"timeout\""));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw?url=http://x.test/&nope=1"), "\"nope\""));
    EXPECT_TRUE(contains(refusal_of_query("/v1/read?url=http://x.test/&nope"), "\"nope\""));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw?url=http://x.test/&output=text"), "\"output\""));
    auto const process = post(service.port(), "/v1/process?headers=x", "x");
    EXPECT_EQ(process.status, 400);
    EXPECT_TRUE(contains(process.body, "headers"));
}

TEST_F(BadInput, IllTypedFieldIsNamed) {
    for (auto const* const field :
         {R"("timeout_ms":"5")", R"("timeout_ms":-5)", R"("timeout_ms":1.5)", R"("timeout_ms":null)",
          R"("timeout_ms":0)", R"("timeout_ms":99999999999)", R"("timeout_ms":1e400)",
          R"("timeout_ms":18446744073709551615)"})
        EXPECT_TRUE(contains(refusal(fetch_body("http://x.test/", "," + std::string(field))), "timeout_ms"))
            << field;
    EXPECT_TRUE(contains(refusal(fetch_body("http://x.test/", R"(,"max_redirects":21)")), "max_redirects"));
    EXPECT_TRUE(contains(refusal(fetch_body("http://x.test/", R"(,"max_bytes":true)")), "max_bytes"));
    for (auto const* const output : {"5", "[5]", "\"nope\"", "[\"nope\"]", "{}", "null", "\"\""})
        EXPECT_TRUE(
            contains(refusal(fetch_body("http://x.test/", ",\"output\":" + std::string(output))), "output"))
            << output;
    for (auto const* const fields :
         {"5", "[]", R"({"a":5})", R"({"a b":"c"})", R"({"a":"b\nc"})", R"({"host":"x"})",
          R"({"content-length":"1"})", R"({"connection":"close"})", R"({"":"x"})", R"({"a":"\u0000"})"})
        EXPECT_TRUE(
            contains(refusal(fetch_body("http://x.test/", ",\"headers\":" + std::string(fields))), "headers"))
            << fields;
    EXPECT_TRUE(contains(refusal(R"({"url":5})"), "url"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw?url=http://x.test/&timeout_ms=5s"), "timeout_ms"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw?url=http://x.test/&timeout_ms="), "timeout_ms"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/read?url=http://x.test/&output=nope"), "nope"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw?url=http://x.test/&url=http://y.test/"), "twice"));
}

TEST_F(BadInput, MissingUrlIsNamed) {
    EXPECT_TRUE(contains(refusal("{}"), "url"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/raw"), "url"));
    EXPECT_TRUE(contains(refusal_of_query("/v1/read?output=text"), "url"));
}

TEST_F(BadInput, WhatIsNoJsonIsRefused) {
    using namespace std::string_literals;
    for (auto const& body :
         {""s, "{"s, "[]"s, "5"s, "null"s, "{\"url\":}"s, "{'url':1}"s, "{\"url\":\"\xff\"}"s, "{}{}"s,
          "{\"url\":\"http://x.test/\"} trailing"s, "\0"s, "{\"url\":\"a\0b\"}"s, "NaN"s})
        EXPECT_FALSE(refusal(body).empty()) << body;
}

TEST_F(BadInput, DeepNestingIsRefused) {
    std::string deep = "{\"url\":";
    for (int i = 0; i < 50'000; ++i)
        deep += '[';
    EXPECT_TRUE(contains(refusal(deep), "JSON"));
    std::string objects;
    for (int i = 0; i < 10'000; ++i)
        objects += "{\"a\":";
    EXPECT_TRUE(contains(refusal(objects), "JSON"));
}

TEST_F(BadInput, WhatIsNoUrlHasAStage) {
    for (auto const* const bad : {"", "nonsense", "http://", "//x.test/", "http://[::1", "http://a b/",
                                  "http://x.test:99999/", "http://256.256.256.256/", "http://%00/"}) {
        auto const got = post(service.port(), "/v1/fetch", fetch_body(bad));
        EXPECT_EQ(got.status, 400) << bad;
        EXPECT_EQ(document(got.body).outcome(), "admission.bad_url") << bad;
        EXPECT_EQ(document(get(service.port(), raw_target(bad)).body).outcome(), "admission.bad_url");
    }
    for (auto const* const bad : {"ftp://x.test/", "file:///etc/passwd", "javascript:1", "data:text/html,x",
                                  "gopher://x.test/", "about:blank"}) {
        auto const got = post(service.port(), "/v1/fetch", fetch_body(bad));
        EXPECT_EQ(got.status, 400) << bad;
        EXPECT_EQ(document(got.body).outcome(), "admission.unsupported_scheme") << bad;
    }
}

TEST_F(BadInput, SeveralOutputsWithoutJsonAreNotAcceptable) {
    EXPECT_EQ(get(service.port(), read_target("http://x.test/", "&output=text,links")).status, 406);
}

TEST_F(BadInput, DocumentOfAKindNobodyReadsIsUnsupported) {
    EXPECT_EQ(process(service, "markdown", "\x89PNG\r\n\x1a\n", "image/png").outcome(),
              "process.unsupported_type");
    auto const bare = post(service.port(), "/v1/process?output=markdown", "\x89PNG\r\n\x1a\n", "image/png",
                           {{"accept", "text/markdown"}});
    EXPECT_EQ(bare.status, 415);
}

// Header fields and URLs come back in JSON and in logs: never as they are.
TEST_F(BadInput, BytesOfAnOriginCannotBreakTheResultOrTheLog) {
    scripted_origin origin;
    using namespace std::string_literals;
    origin.on("/",
              script{}.send("HTTP/1.1 200 \x1b[31mOK\r\ncontent-type: text/plain\r\nx: \xff\"\\\x1b[31m\r\n"
                            "content-length: 2\r\n\r\nok"s));

    auto const got = fetch(service, origin.url("/?q=%0Ainjected&pass=%22"));

    EXPECT_EQ(got.outcome() == "ok" || got.outcome() == "head.malformed", true) << got.outcome();
    EXPECT_EQ(service.log().find('\x1b'), std::string::npos);
}

TEST_F(BadInput, CredentialsAreNotLogged) {
    scripted_origin origin;
    origin.on("/", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
    auto const port = std::to_string(origin.port());

    fetch(service, "http://user:hunter2@127.0.0.1:" + port + "/?q=fine");

    ASSERT_TRUE(service.wait_for_log("fetch "));
    EXPECT_EQ(service.count_log("hunter2"), 0u) << service.log();
}

}  // namespace
}  // namespace fetchd::test
