#include "http/retry.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using namespace std::chrono;

constexpr system_time now = sys_days(2026y / November / 20);
constexpr std::uint32_t least = 0;
constexpr std::uint32_t most = 0xffffffff;

std::optional<milliseconds> after(std::string_view value) {
    headers answer;
    answer.add("retry-after", value);
    return retry_after(answer, now);
}

TEST(Retry, PassingStatusesOfIdempotentMethodsAreTriedAgain) {
    for (int status = 100; status < 600; ++status) {
        bool const listed = status == 408 || status == 425 || status == 429 || status == 500 ||
                            status == 502 || status == 503 || status == 504;
        EXPECT_EQ(worth_retrying("GET", status), listed) << status;
        EXPECT_FALSE(worth_retrying("POST", status)) << status;
    }
    for (auto const* method : {"HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
        EXPECT_TRUE(worth_retrying(method, 503)) << method;
    for (auto const* method : {"PATCH", "get", "CONNECT", ""})
        EXPECT_FALSE(worth_retrying(method, 503)) << method;
}

TEST(Retry, WhatNeverReachedTheOriginIsTriedAgainWhateverTheMethod) {
    for (auto const* method : {"GET", "POST"}) {
        EXPECT_TRUE(worth_retrying(method, failure(stage::dns, code::failed)));
        EXPECT_TRUE(worth_retrying(method, failure(stage::dns, code::timeout)));
        EXPECT_TRUE(worth_retrying(method, failure(stage::connect, code::refused)));
        EXPECT_TRUE(worth_retrying(method, failure(stage::connect, code::timeout)));
        EXPECT_TRUE(worth_retrying(method, failure(stage::tls, code::reset)));
    }
}

TEST(Retry, LostBeforeTheHeadIsTriedAgainWhereTheMethodIsIdempotent) {
    for (auto const& lost : {failure(stage::head, code::closed), failure(stage::head, code::reset),
                             failure(stage::request, code::reset)}) {
        EXPECT_TRUE(worth_retrying("GET", lost));
        EXPECT_FALSE(worth_retrying("POST", lost));
    }
}

TEST(Retry, FinalFailuresAndSlowAnswersAreNot) {
    for (auto const& f :
         {failure(stage::dns, code::not_found), failure(stage::egress, code::refused),
          failure(stage::tls, code::bad_certificate), failure(stage::head, code::malformed),
          failure(stage::head, code::timeout), failure(stage::body, code::reset),
          failure(stage::connect, code::cancelled), failure(stage::admission, code::overloaded)})
        EXPECT_FALSE(worth_retrying("GET", f)) << f.message();
}

TEST(Retry, RetryAfterIsSecondsOrADate) {
    EXPECT_EQ(after("0"), 0ms);
    EXPECT_EQ(after("120"), 120s);
    EXPECT_EQ(after("Fri, 20 Nov 2026 00:01:00 GMT"), 60s);
    EXPECT_EQ(after("Fri, 20 Nov 1998 00:01:00 GMT"), 0ms);
    EXPECT_EQ(after("99999999999999999999999999"), hours(24 * 366));
    EXPECT_EQ(after("Fri, 20 Nov 2099 00:01:00 GMT"), hours(24 * 366));
    for (auto const* nonsense : {"", "-1", "1.5", "+3", "soon", "1 2", "0x10"})
        EXPECT_FALSE(after(nonsense)) << nonsense;
    EXPECT_FALSE(retry_after(headers(), now));
}

TEST(Backoff, IsAnyPartOfADoublingBaseUpToTheCap) {
    retry_config const c{5, 250ms, 1500ms};
    EXPECT_EQ(backoff(c, 1, least, {}), 0ms);
    EXPECT_EQ(backoff(c, 1, most, {}), 250ms);
    EXPECT_EQ(backoff(c, 1, most / 2, {}), 125ms);
    EXPECT_EQ(backoff(c, 2, most, {}), 500ms);
    EXPECT_EQ(backoff(c, 3, most, {}), 1000ms);
    EXPECT_EQ(backoff(c, 4, most, {}), 1500ms);
    EXPECT_EQ(backoff(c, 1'000'000, most, {}), 1500ms);
}

TEST(Backoff, IsNeverShorterThanWhatTheOriginAskedFor) {
    retry_config const c{5, 250ms, 1500ms};
    EXPECT_EQ(backoff(c, 1, least, 3s), 3s);
    EXPECT_EQ(backoff(c, 3, most, 100ms), 1000ms);
}

}  // namespace
}  // namespace fetchd
