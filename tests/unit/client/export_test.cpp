// Exports of jobs by the client library, against a scripted service.

#include <gtest/gtest.h>

#include "fetchd/client.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchd {
namespace {

using fetchctl_test::reply;
using fetchctl_test::request;
using fetchctl_test::scripted_service;

constexpr auto active = "Fetchd-Job-State: active\r\n";
constexpr auto chunked = "Transfer-Encoding: chunked\r\n";

scripted_service always(std::string const& bytes) {
    return scripted_service([bytes](request const&) { return bytes; });
}

// What the sink has seen, and how the call ended.
struct exported {
    std::vector<std::string> heads;
    std::string body;
    std::optional<answer<export_head>> end;

    exported(scripted_service const& service, std::string const& format) {
        export_sink sink;
        sink.head = [this](export_head const& head) {
            heads.push_back(head.job_state + " " + head.media_type);
            return body.empty();
        };
        sink.body = [this](std::string_view bytes) {
            body += bytes;
            return true;
        };
        end = client({.base_url = service.url()}).export_job({.id = "j-1", .format = format}, sink);
    }
    trouble what() const { return end->error().what; }
};

TEST(Export, StreamsTheFileAsItIs) {
    std::string const bytes("\x1f\x8b\0\n", 4);
    auto service = always(reply(200, "application/warc+gzip", bytes, active));
    exported const got(service, "warc");
    ASSERT_TRUE(*got.end) << got.end->error().message;
    EXPECT_EQ((*got.end)->job_state, "active");
    EXPECT_FALSE((*got.end)->has_ended());
    EXPECT_EQ(got.heads, std::vector<std::string>{"active application/warc+gzip"});
    EXPECT_EQ(got.body, bytes);
    EXPECT_EQ(service.seen().at(0).target, "/v1/jobs/j-1/export?format=warc");
}

TEST(Export, WithoutItsLastChunkItIsCutOff) {
    std::string const head = std::string("HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n") + active + chunked;
    exported const cut(always(head + "\r\n5\r\nseq\r\n\r\n"), "csv");
    ASSERT_FALSE(*cut.end);
    EXPECT_EQ(cut.what(), trouble::no_answer);
    EXPECT_EQ(cut.body, "seq\r\n");
    exported const whole(always(head + "\r\n5\r\nseq\r\n\r\n0\r\n\r\n"), "csv");
    ASSERT_TRUE(*whole.end);
    EXPECT_EQ(whole.body, "seq\r\n");
}

TEST(Export, LinesHaveALastOne) {
    exported const cut(always(reply(200, "application/x-ndjson", "{\"seq\":1}\n", active)), "ndjson");
    ASSERT_FALSE(*cut.end);
    EXPECT_EQ(cut.what(), trouble::no_answer);
    exported const odd(always(reply(200, "application/x-ndjson", "<html>\n", active)), "ndjson");
    ASSERT_FALSE(*odd.end);
    EXPECT_EQ(odd.what(), trouble::broken_answer);
    EXPECT_EQ(odd.body, "");
}

TEST(Export, AnAnswerWhoseEndCannotBeSeenIsNotTaken) {
    exported const got(always(std::string("HTTP/1.1 200 OK\r\n") + active + "\r\nseq\r\n"), "csv");
    ASSERT_FALSE(*got.end);
    EXPECT_EQ(got.what(), trouble::broken_answer);
    EXPECT_TRUE(got.heads.empty());
    EXPECT_EQ(got.body, "");
}

TEST(Export, AnotherKindOfServerIsNotTakenForAService) {
    exported const got(always(reply(200, "text/html", "welcome to nginx")), "csv");
    ASSERT_FALSE(*got.end);
    EXPECT_EQ(got.what(), trouble::broken_answer);
    EXPECT_EQ(got.body, "");
}

TEST(Export, ARefusalNeverReachesTheSink) {
    exported const none(always(reply(404, "application/problem+json",
                                     R"({"detail":"no such job","stage":"store","code":"not_found"})")),
                        "csv");
    ASSERT_FALSE(*none.end);
    EXPECT_EQ(none.what(), trouble::refused);
    EXPECT_EQ(none.end->error().message, "no such job");
    EXPECT_TRUE(none.heads.empty());
    EXPECT_EQ(none.body, "");
    exported const full(
        always(reply(503, "application/problem+json", R"({"code":"overloaded"})", "Retry-After: 7\r\n")),
        "csv");
    ASSERT_FALSE(*full.end);
    EXPECT_EQ(full.what(), trouble::overloaded);
    EXPECT_EQ(full.end->error().retry_after, std::chrono::seconds(7));
}

TEST(Export, ASinkThatHasEnoughEndsTheCall) {
    auto service = always(reply(200, "text/csv", std::string(1 << 20, 'x'), active));
    int calls = 0;
    export_sink sink;
    sink.body = [&](std::string_view) { return ++calls < 1; };
    auto const head = client({.base_url = service.url()}).export_job({.id = "j-1", .format = "csv"}, sink);
    ASSERT_FALSE(head);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(head.error().what, trouble::cancelled);
}

}  // namespace
}  // namespace fetchd
