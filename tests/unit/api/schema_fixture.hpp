// A fixture for what callers may ask for: asks, and tells why it was refused.
#pragma once

#include "api/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace fetchd::api {

class Schema : public testing::Test {
  protected:
    fetch_config settings_;
    phase_limits phases_;
    schema_limits limits_{settings_, phases_, tasks::standard()};
    asked out_;

    // The detail of the refusal; empty when all is well.
    std::string detail(std::optional<reply> const& refused) {
        if (!refused)
            return {};
        EXPECT_EQ(refused->status, 400);
        boost::json::error_code ec;
        auto const problem = boost::json::parse(refused->body, ec);
        EXPECT_FALSE(ec) << refused->body;
        return ec ? "not JSON" : std::string(problem.at("detail").as_string());
    }
    std::string query(std::string const& text, bool with_output = true) {
        out_ = {};
        return detail(read_query(text, with_output, limits_, out_));
    }
    std::string body(std::string const& text) {
        out_ = {};
        return detail(read_fetch_body(text, limits_, out_));
    }
    std::string member(std::string const& text) { return body(R"({"url":"http://a.test/",)" + text + "}"); }
    fetch_request const& request() { return out_.fetch.value(); }

    // dns_timeout_ms=1 connect=2 tls=3 first_byte=4 body_idle=6 min_speed=8 retries=9, the downgrade allowed,
    // session "s", a proxy.
    void expect_all_options() {
        auto const& limits = request().out.limits;
        EXPECT_EQ(limits.dns, milliseconds(1));
        EXPECT_EQ(limits.connect, milliseconds(2));
        EXPECT_EQ(limits.tls, milliseconds(3));
        EXPECT_EQ(limits.first_byte, milliseconds(4));
        EXPECT_EQ(limits.idle, milliseconds(6));
        EXPECT_EQ(limits.min_speed, 8U);
        EXPECT_EQ(request().retry.most, 9U);
        EXPECT_EQ(request().retry.base, settings_.retry.base);
        EXPECT_TRUE(request().allow_downgrade && out_.retries_named);
        EXPECT_EQ(request().session, "s");
        ASSERT_TRUE(request().out.via);
        EXPECT_EQ(request().out.via->text(), "socks5://10.0.0.1:1080");
        EXPECT_EQ(request().out.via->user + request().out.via->password, "up");
    }
};

}  // namespace fetchd::api
