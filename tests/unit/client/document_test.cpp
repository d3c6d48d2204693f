#include "fetchd/document.hpp"

#include <gtest/gtest.h>

#include "library/problem.hpp"
#include "library/status.hpp"

namespace fetchd {
namespace {

constexpr auto whole = R"({
  "id": "f-7", "url": "http://a.test/", "final_url": "http://a.test/b", "outcome": "ok", "status": 203,
  "headers": [["content-type", "text/html"], ["x", "y"]], "content_type": "text/html",
  "charset": {"name": "utf-8", "source": "header"}, "bytes": {"wire": 10, "decoded": 18446744073709551615},
  "timings_us": {"dns": 5, "total": 1200000},
  "redirects": [{"status": 302, "url": "http://a.test/", "location": "/b"}],
  "attempts": [{"url": "http://a.test/", "address": "127.0.0.1:80", "reused": true, "outcome": "failed",
                "error": {"stage": "head", "code": "reset"}, "proxy": "http://p:1", "protocol": "http/1.0",
                "status": 503, "tls": {"version": "TLSv1.2", "resumed": true}, "bytes": {"wire": 7, "decoded": 8},
                "timings_us": {"queue": 3, "body": 4}},
               {"outcome": "failed", "error": "plain words"}],
  "output": {"markdown": "# T\n", "links": [{"url": "http://a.test/c", "text": "C"}, {"text": "none"}, "http://d/"],
             "metadata": {"title": "T", "open_graph": {"image": ["1", "2"]}, "n": null, "words": 3}},
  "unknown": {"deep": [1, 2]}})";

std::string complaint(std::string const& json) {
    auto d = document::parse(json);
    if (d)
        return "";
    EXPECT_EQ(d.error().what, trouble::broken_answer);
    return d.error().message;
}

TEST(Document, GivesEveryField) {
    auto d = document::parse(whole);
    ASSERT_TRUE(d) << d.error().message;
    EXPECT_TRUE(d->ok());
    EXPECT_EQ(d->id, "f-7");
    EXPECT_EQ(d->final_url, "http://a.test/b");
    EXPECT_EQ(d->status, 203);
    ASSERT_EQ(d->headers.size(), 2u);
    EXPECT_EQ(d->headers[1].second, "y");
    EXPECT_EQ(d->charset_source, "header");
    EXPECT_EQ(d->decoded_bytes, 18446744073709551615u);
    EXPECT_EQ(d->took("total").count(), 1200000);
    EXPECT_EQ(d->took("tls").count(), 0);
    ASSERT_EQ(d->redirects.size(), 1u);
    EXPECT_EQ(d->redirects[0].location, "/b");
    ASSERT_EQ(d->attempts.size(), 2u);
    EXPECT_TRUE(d->attempts[0].reused);
    EXPECT_EQ(d->attempts[0].error, "head.reset");
    EXPECT_EQ(d->attempts[0].proxy + d->attempts[0].protocol, "http://p:1http/1.0");
    EXPECT_EQ(d->attempts[0].status, 503);
    EXPECT_EQ(d->attempts[0].tls_version, "TLSv1.2");
    EXPECT_TRUE(d->attempts[0].tls_resumed);
    EXPECT_EQ(d->attempts[0].wire_bytes, 7u);
    EXPECT_EQ(d->attempts[0].decoded_bytes, 8u);
    ASSERT_EQ(d->attempts[0].timings.size(), 2u);
    EXPECT_EQ(d->attempts[0].timings[1].name, "body");
    EXPECT_EQ(d->attempts[0].timings[1].took.count(), 4);
    EXPECT_EQ(d->attempts[1].error, "plain words");
    EXPECT_EQ(d->attempts[1].status, 0);
    EXPECT_EQ(d->markdown(), "# T\n");
    EXPECT_FALSE(d->error);
}

TEST(Document, LinksWithoutAnAddressAreLeftOut) {
    auto links = links_of(*document::parse(whole));
    ASSERT_EQ(links.size(), 2u);
    EXPECT_EQ(links[0].text, "C");
    EXPECT_EQ(links[1].url, "http://d/");
}

TEST(Document, MetadataIsFlattenedInOrder) {
    std::vector<std::pair<std::string, std::string>> want{
        {"title", "T"}, {"open_graph.image", "1"}, {"open_graph.image", "2"}, {"words", "3"}};
    EXPECT_EQ(metadata_of(*document::parse(whole)), want);
}

TEST(Document, RawJsonIsOneLineThatMeansTheSame) {
    auto d = document::parse(whole);
    EXPECT_EQ(d->json.find('\n'), std::string::npos);
    EXPECT_EQ(document::parse(d->json)->markdown(), "# T\n");
}

TEST(Document, WhatIsNotADocumentIsRefusedWithTheReason) {
    EXPECT_NE(complaint("").find("not JSON"), std::string::npos);
    EXPECT_NE(complaint("<html>").find("not JSON"), std::string::npos);
    EXPECT_NE(complaint(R"({"outcome":"ok")").find("not JSON"), std::string::npos);
    EXPECT_NE(complaint(R"({"outcome":"ok"} x)").find("not JSON"), std::string::npos);
    EXPECT_NE(complaint("{\"outcome\":\"\xff\"}").find("not JSON"), std::string::npos);
    EXPECT_NE(complaint("[1]").find("object"), std::string::npos);
    EXPECT_NE(complaint("{}").find("outcome"), std::string::npos);
    EXPECT_NE(complaint(std::string(100000, '[')).find("not JSON"), std::string::npos);
}

TEST(Document, AFieldOfTheWrongTypeIsNamed) {
    auto with = [](std::string const& field) { return complaint(R"({"outcome":"ok",)" + field + "}"); };
    EXPECT_NE(with(R"("status":"200")").find("\"status\""), std::string::npos);
    EXPECT_NE(with(R"("status":99999999999)").find("\"status\""), std::string::npos);
    EXPECT_NE(with(R"("bytes":{"wire":-1})").find("\"bytes.wire\""), std::string::npos);
    EXPECT_NE(with(R"("timings_us":{"dns":1.5})").find("\"timings_us.dns\""), std::string::npos);
    EXPECT_NE(with(R"("redirects":[{},{"status":{}}])").find("\"redirects[1].status\""), std::string::npos);
    EXPECT_NE(with(R"("attempts":[7])").find("\"attempts[0]\""), std::string::npos);
    EXPECT_NE(with(R"("attempts":[{"tls":{"version":1}}])").find("\"attempts[0].tls.version\""),
              std::string::npos);
    EXPECT_NE(with(R"("attempts":[{"timings_us":{"dns":"1"}}])").find("\"attempts[0].timings_us.dns\""),
              std::string::npos);
    EXPECT_NE(with(R"("headers":[["a"]])").find("\"headers\""), std::string::npos);
    EXPECT_NE(with(R"("output":[])").find("\"output\""), std::string::npos);
    EXPECT_NE(with(R"("error":"bad")").find("\"error\""), std::string::npos);
    EXPECT_EQ(with(R"("error":null,"status":null)"), "");
}

TEST(Problem, ReadsTheProblemDocument) {
    auto e = error_from(
        {400, "application/problem+json", "", R"({"title":"Bad Request","detail":"unknown field \"x\""})"});
    EXPECT_EQ(e.what, trouble::refused);
    EXPECT_EQ(e.status, 400);
    EXPECT_EQ(e.message, "unknown field \"x\"");
    EXPECT_FALSE(e.retryable);
}

TEST(Problem, AStageMeansThatTheFetchFailed) {
    auto e = error_from({504, "application/problem+json", "",
                         R"({"title":"t","detail":"d","stage":"head","code":"timeout","retryable":true})"});
    EXPECT_EQ(e.what, trouble::fetch_failed);
    EXPECT_EQ(e.stage, "head");
    EXPECT_EQ(e.code, "timeout");
    EXPECT_TRUE(e.retryable);
}

TEST(Problem, OverloadCarriesTheTimeToComeBack) {
    auto e =
        error_from({503, "application/problem+json", "7", R"({"stage":"admission","code":"overloaded"})"});
    EXPECT_EQ(e.what, trouble::overloaded);
    ASSERT_TRUE(e.retry_after);
    EXPECT_EQ(e.retry_after->count(), 7);
    EXPECT_EQ(error_from({429, "text/plain", "-1", ""}).what, trouble::overloaded);
    EXPECT_FALSE(error_from({429, "text/plain", "-1", ""}).retry_after);
}

TEST(Problem, SurvivesWhatIsNotOne) {
    for (auto const* body : {"", "<html>", "{", "[]", "{\"detail\":3}"}) {
        auto e = error_from({404, "application/json", "", body});
        EXPECT_EQ(e.what, trouble::refused);
        EXPECT_NE(e.message.find("404"), std::string::npos) << body;
    }
}

TEST(Problem, AFailedDocumentBecomesAnErrorThatHoldsIt) {
    auto d = document::parse(
        R"({"outcome":"failed","error":{"stage":"dns","code":"not_found","message":"no such host","retryable":false}})");
    auto e = error_from(std::move(*d));
    EXPECT_EQ(e.what, trouble::fetch_failed);
    EXPECT_EQ(e.message, "no such host");
    ASSERT_TRUE(e.result);
    EXPECT_EQ(e.result->outcome, "failed");
    auto full = error_from(
        *document::parse(R"({"outcome":"failed","error":{"stage":"process","code":"overloaded"}})"));
    EXPECT_EQ(full.what, trouble::overloaded);
    EXPECT_FALSE(full.message.empty());
}

TEST(Metrics, SamplesAreReadAndTheRestIsSkipped) {
    auto all = parse_metrics(
        "# HELP a words\na_total 3\nb{x=\"}\\\"{\",y=\"2\"} 1.5e3 1700000000\n\nbroken\nc{x=\"1\" 2\nd "
        "nope\n{} 1\ninf +Inf");
    ASSERT_GE(all.size(), 2u);
    EXPECT_EQ(all[0].name, "a_total");
    EXPECT_EQ(all[0].value, 3);
    EXPECT_EQ(all[1].labels, R"(x="}\"{",y="2")");
    EXPECT_EQ(all[1].value, 1500);
    for (auto const& m : all)
        EXPECT_TRUE(m.name != "broken" && m.name != "c" && m.name != "d" && !m.name.empty());
}

TEST(Metrics, TotalIsOverAllLabels) {
    service_status s;
    s.metrics = parse_metrics("f{o=\"ok\"} 2\nf{o=\"failed\"} 3\n");
    EXPECT_EQ(s.total("f"), 5);
    EXPECT_FALSE(s.total("g"));
}

TEST(Checks, AreReadWithTheirParticulars) {
    std::string problem;
    auto checks = parse_checks(
        R"({"status":"not_ready","checks":{"loop":{"ok":true},"workers":{"ok":false,"up":0,"want":2,"why":"x"}}})",
        problem);
    EXPECT_EQ(problem, "");
    ASSERT_EQ(checks.size(), 2u);
    EXPECT_TRUE(checks[0].ok);
    EXPECT_FALSE(checks[1].ok);
    EXPECT_EQ(checks[1].detail, "up=0 want=2 why=x");
    parse_checks(R"({"checks":{}})", problem);
    EXPECT_NE(problem.find("status"), std::string::npos);
    problem.clear();
    parse_checks(R"({"status":"ready","checks":{"loop":1}})", problem);
    EXPECT_NE(problem.find("checks.loop"), std::string::npos);
}

}  // namespace
}  // namespace fetchd
