#include "fetchctl/show.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "fetchctl/status.hpp"

namespace fetchctl {
namespace {

fetchd::document sample() {
    return *fetchd::document::parse(R"({"url":"http://a.test/","final_url":"http://a.test/b","outcome":"ok",
        "status":200,"content_type":"text/html","charset":{"name":"koi8-r","source":"header"},
        "bytes":{"wire":2048,"decoded":4096},"timings_us":{"dns":1200,"body":300,"total":34000},
        "redirects":[{"status":302,"url":"http://a.test/","location":"/b"}],
        "attempts":[{"address":"[::1]:80","outcome":"outraced"},
                    {"address":"10.0.0.1:1080","outcome":"ok","reused":true,"proxy":"socks5://p:1080",
                     "tls":{"version":"TLSv1.3","resumed":true},"protocol":"http/1.1","status":200}],
        "output":{"markdown":"# T","links":[{"url":"http://c/","text":"see\tC"}],
                  "metadata":{"title":"A\u001b[2J title"}}})");
}

TEST(Details, TellTheWholeStory) {
    EXPECT_EQ(
        details(sample(), palette{}),
        "http://a.test/\n"
        "  outcome      ok\n"
        "  final URL    http://a.test/b\n"
        "  answer       200  text/html  charset koi8-r (header)\n"
        "  bytes        2.0 KiB on the wire, 4.0 KiB decoded\n"
        "  redirect     302  http://a.test/ -> /b\n"
        "  attempt      outraced  [::1]:80\n"
        "  attempt      ok  10.0.0.1:1080  through socks5://p:1080  reused connection  TLSv1.3 resumed  "
        "http/1.1 200\n"
        "  timing       34.0 ms  (dns 1.2 ms, body 300 us)\n"
        "  title        A\\x1b[2J title\n");
}

TEST(Details, OfAFailureNameStageAndCode) {
    auto d = *fetchd::document::parse(
        R"({"url":"http://x/","outcome":"failed","error":{"stage":"dns","code":"failed","message":"no","retryable":true}})");
    EXPECT_EQ(details(d, palette{}),
              "http://x/\n  outcome      failed\n  error        dns.failed  no  (may be tried again)\n");
}

TEST(Details, StayShortWhateverThePageSays) {
    std::string json = R"({"outcome":"ok","output":{"metadata":{)";
    for (int i = 0; i < 5000; ++i)
        json += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
    auto const text = details(*fetchd::document::parse(json + "}}}"), palette{});
    EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 50);
    EXPECT_NE(text.find("and 4960 more"), std::string::npos);
}

TEST(Palette, PaintsOnlyWhenAsked) {
    EXPECT_EQ(palette{}.bad("x"), "x");
    EXPECT_EQ(palette{true}.bad("x"), "\x1b[31mx\x1b[0m");
}

TEST(OutputText, OneOutputHasNoHeadingAndEndsItsLine) {
    EXPECT_EQ(output_text(sample(), {"markdown"}), "# T\n");
    EXPECT_EQ(output_text(sample(), {"links"}), "http://c/\tsee\tC\n");
    EXPECT_EQ(output_text(sample(), {"metadata"}), "title\tA\\x1b[2J title\n");
    EXPECT_EQ(output_text(sample(), {"sha256"}), "");
}

TEST(OutputText, SeveralHaveHeadings) {
    EXPECT_EQ(output_text(sample(), {"markdown", "links"}),
              "--> markdown <--\n# T\n\n--> links <--\nhttp://c/\tsee\tC\n");
    EXPECT_EQ(missing_output(sample(), {"markdown", "text"}), "text");
    EXPECT_EQ(missing_output(sample(), {"markdown", "links"}), "");
}

TEST(FailedDocument, IsJsonWhateverTheUrl) {
    fetchd::client_error e;
    e.what = fetchd::trouble::refused;
    e.message = "said \"no\"\n";
    auto const line = failed_document("http://x/\"\\\x01\xff\t", e);
    auto const o = boost::json::parse(line).as_object();
    EXPECT_EQ(o.at("outcome").as_string(), "failed");
    EXPECT_EQ(o.at("url").as_string(), "http://x/\"\\\\x01\\xff ");
    EXPECT_EQ(o.at("error").at("code").as_string(), "refused");
    EXPECT_EQ(o.at("error").at("message").as_string(), "said \"no\"\\x0a");
}

fetchd::service_status busy() {
    fetchd::service_status s;
    s.ready = false;
    s.checks = {{"loop", true, ""}, {"workers", false, "up=0 want=2"}};
    s.ready_json = "{\"status\":\n\"not_ready\"}";
    s.metrics = {{"fetchd_fetches_total", "outcome=\"ok\"", 1200},
                 {"fetchd_fetches_total", "outcome=\"failed\"", 34},
                 {"fetchd_lag_seconds_bucket", "le=\"1\"", 7},
                 {"fetchd_idle", "", 0},
                 {"go_threads", "", 3}};
    return s;
}

TEST(StatusTable, ShowsChecksAndNumbersOfTheService) {
    auto const text = status_text("http://h:1", busy(), palette{});
    EXPECT_NE(text.find("fetchd at http://h:1 is not ready\n"), std::string::npos) << text;
    EXPECT_NE(text.find("BAD  up=0 want=2\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" 1,234\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("bucket"), std::string::npos);
    EXPECT_EQ(text.find("go_threads"), std::string::npos);
    EXPECT_EQ(text.find("idle"), std::string::npos);
}

TEST(StatusJson, IsOneLine) {
    auto const text = status_json(busy());
    EXPECT_EQ(text.find('\n'), std::string::npos);
    auto const o = boost::json::parse(text).as_object();
    EXPECT_FALSE(o.at("ready").as_bool());
    EXPECT_EQ(o.at("readiness").at("status").as_string(), "not_ready");
    EXPECT_EQ(o.at("metrics").at("fetchd_fetches_total").to_number<int>(), 1234);
}

}  // namespace
}  // namespace fetchctl
