#include "net/exchange.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ssl/error.hpp>

namespace {

using namespace fetchd;
namespace errors = asio::error;

std::string word(stage where, error_code ec) {
    auto const f = io_failure(where, ec);
    return std::string(name(f.where)) + "." + std::string(name(f.what)) +
           (f.detail.empty() ? "" : " (" + f.detail + ")");
}

TEST(IoFailure, OfARequest) {
    EXPECT_EQ(word(stage::request, errors::timed_out), "request.failed (Connection timed out)");
    EXPECT_EQ(word(stage::request, errors::host_unreachable), "request.failed (No route to host)");
    EXPECT_EQ(word(stage::request, errors::connection_reset), "request.reset");
    EXPECT_EQ(word(stage::request, errors::broken_pipe), "request.reset");
    EXPECT_EQ(word(stage::request, errors::operation_aborted), "request.timeout");
    EXPECT_TRUE(io_failure(stage::request, errors::timed_out).retryable());
}

TEST(IoFailure, OfAHead) {
    EXPECT_EQ(word(stage::head, errors::eof), "head.closed");
    EXPECT_EQ(word(stage::head, asio::ssl::error::stream_truncated), "head.closed");
    EXPECT_EQ(word(stage::head, errors::connection_reset), "head.reset");
    EXPECT_EQ(word(stage::head, errors::timed_out), "head.reset (Connection timed out)");
    EXPECT_EQ(word(stage::head, errors::operation_aborted), "head.timeout");
}

}  // namespace
