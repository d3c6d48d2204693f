// Header fields of the request to the origin.
#include "api/request_fields.hpp"

#include <gtest/gtest.h>

namespace fetchd::api {
namespace {

std::string written(headers const& fields) {
    std::string text;
    fields.write_to(text);
    return text;
}

TEST(ForbiddenField, IsWhatFetchdSetsItselfOrWhatBelongsToAConnection) {
    for (auto const* name :
         {"Host", "HOST", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
          "Upgrade", "HTTP2-Settings", "Proxy-Authorization", "Proxy-Authenticate", "Proxy-Connection",
          "proxy-", "PROXY-anything", "Expect", "Accept-Encoding", "Via", "Date"})
        EXPECT_TRUE(forbidden_field(name)) << name;
}

TEST(ForbiddenField, IsNoneOfThoseThatOnlyScriptsMayNotSet) {
    for (auto const* name : {"Accept", "Accept-Charset", "Authorization", "Cookie", "Content-Encoding",
                             "Content-Type", "Origin", "Range", "Referer", "Sec-Fetch-Mode", "User-Agent",
                             "If-None-Match", "X-Anything", "proxy", "prox", "Hosts", ""})
        EXPECT_FALSE(forbidden_field(name)) << name;
}

TEST(PassRequestFields, HandsOnWhatIsOfTheMessageAndNothingElse) {
    headers from, to;
    for (auto const* name :
         {"Accept", "accept-language", "Accept-Encoding", "RANGE", "If-Range", "If-None-Match", "If-Match",
          "If-Modified-Since", "If-Unmodified-Since", "Cookie", "Authorization", "Host", "Connection",
          "User-Agent", "X-Forwarded-For", "Content-Length", "Transfer-Encoding", "Range"})
        from.add(name, "v");
    pass_request_fields(from, to);
    EXPECT_EQ(written(to),
              "Accept: v\r\naccept-language: v\r\nAccept-Encoding: v\r\nRANGE: v\r\nIf-Range: v\r\n"
              "If-None-Match: v\r\nIf-Match: v\r\nIf-Modified-Since: v\r\nIf-Unmodified-Since: v\r\n"
              "Range: v\r\n");
}

TEST(AskForDocument, NamesTheCodingsThatCanBeUndone) {
    headers fields;
    ask_for_document(fields);
    EXPECT_EQ(written(fields),
              "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
              "Accept-Encoding: gzip, deflate, br, zstd\r\n");
}

TEST(AskForDocument, LeavesTheCallersAcceptAndAsksForAPartAsItIs) {
    headers fields;
    fields.add("accept", "image/png");
    fields.add("range", "bytes=0-9");
    ask_for_document(fields);
    EXPECT_EQ(written(fields), "accept: image/png\r\nrange: bytes=0-9\r\nAccept-Encoding: identity\r\n");
}

}  // namespace
}  // namespace fetchd::api
