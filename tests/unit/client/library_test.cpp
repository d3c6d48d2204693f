// The client library against a scripted service.

#include <gtest/gtest.h>

#include <latch>

#include "fetchd/client.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchd {
namespace {

using namespace std::chrono_literals;
using fetchctl_test::page;
using fetchctl_test::reply;
using fetchctl_test::request;
using fetchctl_test::scripted_service;

constexpr auto json = "application/json";
constexpr auto problem_json = "application/problem+json";

scripted_service always(std::string const& bytes) {
    return scripted_service([bytes](request const&) { return bytes; });
}

TEST(Client, FetchSendsEveryOptionAsItsField) {
    auto service = always(reply(200, json, page("http://a.test/", "hello")));
    client c({.base_url = service.url() + "/"});
    auto d = c.fetch({.url = "http://a.test/\"x",
                      .outputs = {"markdown", "links"},
                      .headers = {{"accept-language", "de"}},
                      .limits = {.timeout = 1500ms, .max_bytes = 7, .max_redirects = 0}});
    ASSERT_TRUE(d) << d.error().message;
    EXPECT_EQ(d->markdown(), "hello");
    auto const seen = service.seen();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].method + " " + seen[0].target, "POST /v1/fetch");
    EXPECT_TRUE(seen[0].has("Content-Type: application/json\r\n"));
    EXPECT_EQ(seen[0].body,
              R"({"url":"http://a.test/\"x","output":["markdown","links"],"timeout_ms":1500,"max_bytes":7,)"
              R"("max_redirects":0,"headers":{"accept-language":"de"}})");
}

TEST(Client, FetchSendsTheWayTheMethodAndTheBody) {
    auto service = always(reply(200, json, page("u", "")));
    client c({.base_url = service.url()});
    ASSERT_TRUE(c.fetch({.url = "u",
                         .headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"a", ""}},
                         .limits = {.retries = 0,
                                    .min_speed = 8,
                                    .dns_timeout = 1ms,
                                    .connect_timeout = 2ms,
                                    .tls_timeout = 3ms,
                                    .first_byte_timeout = 4ms,
                                    .body_idle_timeout = 5ms},
                         .way = {.proxy = "socks5://p", .session = "s", .allow_downgrade = true},
                         .method = "PUT",
                         .body = std::string("\0\xff\xfe>", 4)}));
    EXPECT_EQ(
        service.seen()[0].body,
        R"({"url":"u","retries":0,"min_speed":8,"dns_timeout_ms":1,"connect_timeout_ms":2,"tls_timeout_ms":3,)"
        R"("first_byte_timeout_ms":4,"body_idle_timeout_ms":5,"proxy":"socks5://p","session":"s",)"
        R"("allow_downgrade":true,"method":"PUT","headers":{"a":["1","3",""],"b":"2"},"body_base64":"AP/+Pg=="})");
}

// RFC 4648 §10, and nothing at all.
TEST(Client, BodiesAreSentAsBase64) {
    auto service = always(reply(200, json, page("u", "")));
    client c({.base_url = service.url()});
    std::size_t n = 0;
    for (auto const& [bytes, text] :
         std::initializer_list<std::pair<char const*, char const*>>{{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"foobar", "Zm9vYmFy"}}) {
        ASSERT_TRUE(c.fetch({.url = "u", .method = "POST", .body = bytes}));
        EXPECT_EQ(service.seen()[n++].body,
                  R"({"url":"u","method":"POST","body_base64":")" + std::string(text) + "\"}");
    }
}

TEST(Client, WhatIsNotSetIsNotSent) {
    auto service = always(reply(200, json, page("u", "")));
    ASSERT_TRUE(client({.base_url = service.url()}).fetch({.url = "u"}));
    EXPECT_EQ(service.seen()[0].body, R"({"url":"u"})");
}

TEST(Client, ProcessSendsTheBytesAndWhatTheyAre) {
    auto service = always(reply(200, json, page("u", "")));
    client c({.base_url = service.url()});
    std::string const bytes("<p>\0", 4);
    ASSERT_TRUE(c.process({.body = bytes,
                           .content_type = "text/html",
                           .content_encoding = "br",
                           .base_url = "http://b/?q",
                           .outputs = {"text", "links"}}));
    auto const seen = service.seen().at(0);
    EXPECT_EQ(seen.target, "/v1/process?output=text%2Clinks&url=http%3A%2F%2Fb%2F%3Fq");
    EXPECT_TRUE(seen.has("Content-Type: text/html\r\n") && seen.has("Content-Encoding: br\r\n")) << seen.head;
    EXPECT_EQ(seen.body, bytes);
}

TEST(Client, ReadEscapesTheUrl) {
    auto service = always(reply(200, "text/markdown", "# hi"));
    auto text =
        client({.base_url = service.url() + "/prefix"}).read("http://a/?b=c&d#ü", "text", {.timeout = 2s});
    ASSERT_TRUE(text);
    EXPECT_EQ(*text, "# hi");
    EXPECT_EQ(service.seen().at(0).target,
              "/prefix/v1/read?url=http%3A%2F%2Fa%2F%3Fb%3Dc%26d%23%C3%BC&output=text&timeout_ms=2000");
}

TEST(Client, AFailedFetchIsAnErrorWithItsDocument) {
    auto service = always(reply(
        200, json,
        R"({"outcome":"failed","error":{"stage":"dns","code":"not_found","message":"no","retryable":false}})"));
    auto d = client({.base_url = service.url()}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::fetch_failed);
    EXPECT_EQ(d.error().stage + "." + d.error().code, "dns.not_found");
    ASSERT_TRUE(d.error().result);
    EXPECT_THROW(std::move(d).value(), error_thrown);
}

TEST(Client, ARefusalIsToldApart) {
    auto service = always(reply(400, problem_json, R"({"detail":"unknown field \"x\""})"));
    auto d = client({.base_url = service.url()}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::refused);
    EXPECT_EQ(d.error().message, "unknown field \"x\"");
}

TEST(Client, OverloadSaysWhenToComeBack) {
    auto service = always(reply(503, problem_json, "{}", "Retry-After: 3\r\n"));
    auto d = client({.base_url = service.url()}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::overloaded);
    EXPECT_EQ(d.error().retry_after, 3s);
}

TEST(Client, NobodyThereIsUnreachableWithTheReason) {
    std::string url;
    {
        auto gone = always("");
        url = gone.url();
    }
    auto d = client({.base_url = url}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::unreachable);
    EXPECT_EQ(d.error().message, "cannot reach fetchd at " + url + ": connection refused");
}

TEST(Client, APasswordInTheBaseUrlIsNeverQuoted) {
    for (auto const* url :
         {"http://me:secret@127.0.0.1:1", "http://me:secret@127.0.0.1:notaport", "ftp://me:secret@x"}) {
        auto d = client({.base_url = url}).fetch({.url = "u"});
        ASSERT_FALSE(d);
        EXPECT_EQ(d.error().what, trouble::unreachable);
        EXPECT_EQ(d.error().message.find("secret"), std::string::npos) << d.error().message;
    }
}

TEST(Client, AnswersThatAreNotTheApiAreBroken) {
    for (auto const& bytes : {reply(200, "text/html", "<html>hello"), reply(200, json, "{\"outcome\":"),
                              std::string("garbage\r\n\r\n")}) {
        auto service = always(bytes);
        auto d = client({.base_url = service.url()}).fetch({.url = "u"});
        ASSERT_FALSE(d);
        EXPECT_EQ(d.error().what, trouble::broken_answer) << bytes;
    }
}

TEST(Client, ACutAnswerIsNoAnswer) {
    for (auto const* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"outcome\":\"ok\"}"}) {
        auto service = always(bytes);
        auto d = client({.base_url = service.url()}).fetch({.url = "u"});
        ASSERT_FALSE(d);
        EXPECT_EQ(d.error().what, trouble::no_answer) << bytes;
        EXPECT_TRUE(d.error().retryable);
    }
}

TEST(Client, AnAnswerIsHeldUpToTheLimitOnly) {
    auto service = always(reply(200, json, page("u", std::string(1000, 'x'))));
    auto const size = page("u", std::string(1000, 'x')).size();
    EXPECT_TRUE(client({.base_url = service.url(), .max_answer = size}).fetch({.url = "u"}));
    auto d = client({.base_url = service.url(), .max_answer = size - 1}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::broken_answer);
    EXPECT_NE(d.error().message.find("larger than"), std::string::npos);
}

TEST(Client, AHeadWithoutEndIsGivenUp) {
    std::string flood = "HTTP/1.1 200 OK\r\n";
    while (flood.size() < 4u << 20)
        flood += "X-A: " + std::string(1000, 'a') + "\r\n";
    auto service = always(flood);
    auto d = client({.base_url = service.url()}).fetch({.url = "u"});
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::broken_answer);
}

TEST(Client, HeadersCannotSmuggleLines) {
    auto service = always(reply(200, json, "{}"));
    client c({.base_url = service.url()});
    for (auto const& bad :
         {header_list{{"a", "b\r\nc: d"}}, header_list{{"a\n", "b"}}, header_list{{"", "b"}},
          header_list{{"a", std::string("b\0c", 3)}}, header_list{{"a b", "c"}}}) {
        auto head = c.raw({.url = "u", .headers = bad}, {});
        ASSERT_FALSE(head);
        EXPECT_EQ(head.error().what, trouble::refused);
    }
    EXPECT_TRUE(service.seen().empty());
}

TEST(Client, AStopTokenEndsACallInFlight) {
    std::latch asked(1);
    std::latch answer(1);
    scripted_service service([&](request const&) {
        asked.count_down();
        answer.wait();
        return std::string();
    });
    std::stop_source source;
    client c({.base_url = service.url(), .stop = source.get_token()});
    std::jthread stopper([&] {
        asked.wait();
        source.request_stop();
    });
    auto d = c.fetch({.url = "u"});
    answer.count_down();
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::cancelled);
    EXPECT_EQ(c.fetch({.url = "u"}).error().what, trouble::cancelled);
}

TEST(Client, TimeoutsAreNoAnswerAndTheServiceIsToldFirst) {
    std::latch finish(1);
    scripted_service service([&](request const&) {
        finish.wait();
        return std::string();
    });
    client c({.base_url = service.url(), .timeout = 10ms});
    auto d = c.fetch({.url = "u"});
    finish.count_down();
    ASSERT_FALSE(d);
    EXPECT_EQ(d.error().what, trouble::no_answer);
    EXPECT_EQ(service.seen().at(0).body, R"({"url":"u","timeout_ms":10})");
}

TEST(Raw, StreamsTheOriginsAnswer) {
    auto service = always(reply(404, "text/plain", "gone", "fetchd-url: http://b/\r\nETag: \"1\"\r\n"));
    std::string body;
    int heads = 0;
    auto head = client({.base_url = service.url()})
                    .raw({.url = "http://a/", .headers = {{"Range", "bytes=0-"}}, .limits = {.max_bytes = 9}},
                         {.head =
                              [&](raw_head const& h) {
                                  ++heads;
                                  EXPECT_EQ(h.status, 404);
                                  return body.empty();
                              },
                          .body =
                              [&](std::string_view bytes) {
                                  body += bytes;
                                  return true;
                              }});
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(heads, 1);
    EXPECT_EQ(body, "gone");
    EXPECT_EQ(head->final_url, "http://b/");
    EXPECT_EQ(head->find("etag"), "\"1\"");
    EXPECT_EQ(service.seen().at(0).target, "/v1/raw?url=http%3A%2F%2Fa%2F&max_bytes=9");
    EXPECT_TRUE(service.seen().at(0).has("Range: bytes=0-\r\n"));
}

TEST(Raw, SendsTheWayInTheQuery) {
    auto service = always(reply(200, "text/plain", "", "Fetchd-Url: u\r\n"));
    client c({.base_url = service.url()});
    ASSERT_TRUE(c.raw({.url = "u",
                       .limits = {.retries = 3, .connect_timeout = 2ms},
                       .way = {.proxy = "http://u:p@h", .session = "a&b", .allow_downgrade = true}},
                      {}));
    EXPECT_EQ(service.seen()[0].target,
              "/v1/raw?url=u&retries=3&connect_timeout_ms=2&proxy=http%3A%2F%2Fu%3Ap%40h&session=a%26b"
              "&allow_downgrade=true");
}

TEST(Raw, AProblemOfTheServiceNeverReachesTheSink) {
    auto service = always(reply(502, problem_json, R"({"stage":"connect","code":"refused","detail":"no"})"));
    auto head = client({.base_url = service.url()})
                    .raw({.url = "u"}, {.head =
                                            [](raw_head const&) {
                                                ADD_FAILURE();
                                                return true;
                                            },
                                        .body =
                                            [](std::string_view) {
                                                ADD_FAILURE();
                                                return true;
                                            }});
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().what, trouble::fetch_failed);
    EXPECT_EQ(head.error().code, "refused");
}

TEST(Raw, AProblemDocumentOfTheOriginIsItsAnswer) {
    auto service = always(reply(502, problem_json, R"({"stage":"connect"})", "fetchd-url: http://b/\r\n"));
    auto head = client({.base_url = service.url()}).raw({.url = "u"}, {});
    ASSERT_TRUE(head);
    EXPECT_EQ(head->status, 502);
}

TEST(Raw, ABodyCutInTheMiddleIsAFailedFetch) {
    auto service =
        always("HTTP/1.1 200 OK\r\nfetchd-url: u\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    std::string body;
    auto head = client({.base_url = service.url()}).raw({.url = "u"}, {.body = [&](std::string_view bytes) {
                                                            body += bytes;
                                                            return true;
                                                        }});
    ASSERT_FALSE(head);
    EXPECT_EQ(body, "hello");
    EXPECT_EQ(head.error().what, trouble::fetch_failed);
    EXPECT_EQ(head.error().stage + "." + head.error().code, "body.truncated");
}

TEST(Raw, ASinkThatHasEnoughEndsTheCall) {
    auto service = always(reply(200, "x/y", std::string(1 << 20, 'x'), "fetchd-url: u\r\n"));
    int calls = 0;
    auto head = client({.base_url = service.url()}).raw({.url = "u"}, {.body = [&](std::string_view) {
                                                            ++calls;
                                                            return false;
                                                        }});
    ASSERT_FALSE(head);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(head.error().what, trouble::cancelled);
}

TEST(Raw, AnotherKindOfServerIsNotTakenForAnOrigin) {
    auto service = always(reply(200, "text/html", "welcome to nginx"));
    EXPECT_FALSE(client({.base_url = service.url()}).raw({.url = "u"}, {}));
}

scripted_service self_report(int ready_status, std::string const& ready, std::string const& metrics) {
    return scripted_service([=](request const& r) {
        if (r.target == "/healthz")
            return reply(200, json, R"({"status":"ok"})");
        if (r.target == "/readyz")
            return reply(ready_status, json, ready);
        return metrics.empty() ? reply(404, problem_json, "{}") : reply(200, "text/plain", metrics);
    });
}

TEST(Status, IsReadFromThreeRoutes) {
    auto service = self_report(200, R"({"status":"ready","checks":{"loop":{"ok":true}}})", "fetchd_x 4\n");
    auto s = client({.base_url = service.url()}).status();
    ASSERT_TRUE(s);
    EXPECT_TRUE(s->ready);
    EXPECT_EQ(s->checks.at(0).name, "loop");
    EXPECT_EQ(s->total("fetchd_x"), 4);
}

TEST(Status, NotReadyIsAnAnswerAndMetricsMayBeMissing) {
    auto service = self_report(503, R"({"status":"not_ready","checks":{"workers":{"ok":false}}})", "");
    auto s = client({.base_url = service.url()}).status();
    ASSERT_TRUE(s);
    EXPECT_FALSE(s->ready);
    EXPECT_TRUE(s->metrics.empty());
}

TEST(Status, GarbageFromReadyzIsBroken) {
    auto service = self_report(200, "<html>", "");
    auto s = client({.base_url = service.url()}).status();
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().what, trouble::broken_answer);
}

}  // namespace
}  // namespace fetchd
