#include "api/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace {

using namespace fetchd;
using namespace fetchd::api;

// Strict: invalid UTF-8 does not parse.
boost::json::object body_of(reply const& r) {
    EXPECT_EQ(r.content_type, "application/problem+json");
    EXPECT_EQ(r.body.back(), '\n');
    boost::json::error_code ec;
    auto const value = boost::json::parse(r.body, ec);
    EXPECT_FALSE(ec) << r.body;
    return ec ? boost::json::object{} : value.as_object();
}

TEST(Problem, OfTheRequestHasNoStage) {
    auto const r = problem(404, "There is nothing here");
    EXPECT_EQ(r.status, 404);
    auto const body = body_of(r);
    EXPECT_EQ(body.at("type"), "about:blank");
    EXPECT_EQ(body.at("title"), "Not Found");
    EXPECT_EQ(body.at("status"), 404);
    EXPECT_EQ(body.at("detail"), "There is nothing here");
    EXPECT_FALSE(body.contains("stage"));
    EXPECT_FALSE(body.contains("code"));
    EXPECT_FALSE(r.fields.has("Retry-After"));
}

TEST(Problem, OfAFailureNamesStageAndCode) {
    auto const r = problem(failure(stage::connect, code::refused, "127.0.0.1 port 1"));
    EXPECT_EQ(r.status, 502);
    auto const body = body_of(r);
    EXPECT_EQ(body.at("stage"), "connect");
    EXPECT_EQ(body.at("code"), "refused");
    EXPECT_EQ(body.at("retryable"), true);
    EXPECT_EQ(std::string(body.at("detail").as_string()),
              failure(stage::connect, code::refused, "127.0.0.1 port 1").message());
}

TEST(Problem, EveryFailureHasATitleAndItsStatus) {
    for (auto const& kind : all_failure_kinds()) {
        auto const r = problem(failure(kind.where, kind.what));
        auto const body = body_of(r);
        EXPECT_EQ(r.status, kind.status);
        EXPECT_EQ(body.at("status"), kind.status);
        EXPECT_NE(body.at("title").as_string(), "") << kind.status << " has no reason phrase";
        EXPECT_EQ(r.fields.has("Retry-After"), kind.status == 503) << name(kind.what);
    }
}

TEST(Problem, IsJsonWhateverTheDetailSays) {
    for (auto const* detail : {"quote \" backslash \\", "line\nfeed \x01\x1f", "caf\xe9", "\xed\xa0\x80",
                               "\xff\xfe", "cut \xe2\x82"}) {
        auto const body = body_of(problem(400, detail));
        EXPECT_TRUE(body.contains("detail")) << detail;
        EXPECT_TRUE(body_of(problem(failure(stage::head, code::malformed, detail))).contains("detail"));
    }
    EXPECT_EQ(body_of(problem(400, "a\n\"b\"")).at("detail"), "a\n\"b\"");
    EXPECT_EQ(body_of(problem(400, "caf\xe9")).at("detail"), "caf\xef\xbf\xbd");
}

}  // namespace
