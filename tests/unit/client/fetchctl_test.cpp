// The real fetchctl against a scripted service: outputs, files and exit codes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <latch>

#include "unit/client/run_fetchctl.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchctl_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr auto json = "application/json";
constexpr auto problem_json = "application/problem+json";

std::string failed_page(std::string const& url) {
    return R"({"url":")" + url +
           R"(","outcome":"failed","error":{"stage":"dns","code":"not_found","message":"no such host","retryable":false}})";
}

// Any URL is a page that says its own name; URLs with "fail" in them fail.
scripted_service pages() {
    return scripted_service([](request const& r) {
        auto const url = asked_url(r);
        if (r.target.starts_with("/v1/raw"))
            return reply(200, "x/y", "raw " + url, "fetchd-url: u\r\n");
        return reply(200, json,
                     url.find("fail") == std::string::npos ? page(url, "# " + url) : failed_page(url));
    });
}

scripted_service always(std::string const& bytes) {
    return scripted_service([bytes](request const&) { return bytes; });
}

run_result run(scripted_service const& service, std::vector<std::string> arguments,
               run_options options = {}) {
    options.environment.push_back("FETCHD_URL=" + service.url());
    return run_fetchctl(std::move(arguments), std::move(options));
}

TEST(Fetchctl, PrintsThePageAndNothingElse) {
    auto service = pages();
    auto r = run(service, {"get", "http://a/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "# http://a/\n");
    EXPECT_THAT(r.err, IsEmpty());
}

TEST(Fetchctl, SeveralPagesAreSeparatedAndInOrder) {
    std::latch second_done(1);
    scripted_service service([&](request const& r) {
        auto const url = asked_url(r);
        if (url == "http://a/")
            second_done.wait();
        else
            second_done.count_down();
        return reply(200, json, page(url, url));
    });
    auto r = run(service, {"get", "http://a/", "http://b/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "==> http://a/ <==\nhttp://a/\n\n==> http://b/ <==\nhttp://b/\n");
}

TEST(Fetchctl, JsonIsOneDocumentALineFailedOnesToo) {
    auto service = pages();
    auto r = run(service, {"get", "--json", "http://a/", "http://fail/"});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.out, page("http://a/", "# http://a/") + "\n" + failed_page("http://fail/") + "\n");
    EXPECT_EQ(r.err, "fetchctl: http://fail/: dns.not_found: no such host\n");
}

TEST(Fetchctl, DetailsShowTimingAndMetadata) {
    auto service = pages();
    auto r = run(service, {"get", "--details", "http://a/"});
    EXPECT_THAT(r.out, StartsWith("http://a/\n  outcome      ok\n"));
    EXPECT_THAT(r.out, HasSubstr("timing       34.0 ms  (dns 1.2 ms)\n"));
    EXPECT_THAT(r.out, HasSubstr("open_graph.type article\n\n# http://a/\n"));
    EXPECT_THAT(service.seen().at(0).body, HasSubstr(R"("output":["markdown","metadata"])"));
}

TEST(Fetchctl, OutputsAreChosenByName) {
    auto service = pages();
    auto r = run(service, {"get", "--output", "metadata,markdown", "http://a/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out,
              "--> metadata <--\ntitle\tA page\nopen_graph.type\tarticle\n\n--> markdown <--\n# http://a/\n");
    auto missing = run(service, {"get", "--output", "text", "http://a/"});
    EXPECT_EQ(missing.code, 1);
    EXPECT_THAT(missing.err, HasSubstr("the answer holds no text"));
}

TEST(Fetchctl, UrlsComeFromStandardInput) {
    auto service = pages();
    auto r = run(service, {"get", "--json", "-"}, {.input = "# list\nhttp://a/\n\nhttp://b/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(service.seen().size(), 2u);
    EXPECT_EQ(run(service, {"get", "-"}, {.input = "\n"}).code, 2);
}

TEST(Fetchctl, RawPassesBytesThrough) {
    std::string bytes("\0\x1b[31m\r\n\xff", 9);
    bytes += std::string(300'000, 'x');
    auto service = always(reply(200, "x/y", bytes, "fetchd-url: u\r\n"));
    auto r = run(service, {"get", "--raw", "-H", "Accept: image/*", "http://a/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, bytes);
    EXPECT_TRUE(service.seen().at(0).has("Accept: image/*\r\n"));
}

TEST(Fetchctl, SeveralRawAnswersFollowEachOther) {
    auto service = pages();
    auto r = run(service, {"get", "--raw", "a", "b", "c"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "raw araw braw c");
}

TEST(Fetchctl, LimitsAndHeadersGoToTheService) {
    auto service = pages();
    run(service, {"--timeout", "1.5", "get", "-H", "Accept-Language: de", "--max-bytes", "9",
                  "--max-redirects", "0", "http://a/"});
    EXPECT_EQ(service.seen().at(0).body,
              R"({"url":"http://a/","timeout_ms":1500,"max_bytes":9,"max_redirects":0,)"
              R"("headers":{"Accept-Language":"de"}})");
}

TEST(Fetchctl, ProcessSendsAFileWithItsType) {
    scratch_folder folder;
    folder.write("a.html", "<p>hi");
    auto service = always(reply(200, json, page("", "hi")));
    auto r = run(service, {"process", "--base", "http://b/", folder.path("a.html")});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "hi\n");
    auto const seen = service.seen().at(0);
    EXPECT_EQ(seen.target, "/v1/process?url=http%3A%2F%2Fb%2F");
    EXPECT_TRUE(seen.has("Content-Type: text/html\r\n"));
    EXPECT_EQ(seen.body, "<p>hi");
}

TEST(Fetchctl, ProcessReadsStandardInput) {
    auto service = always(reply(200, json, page("", "hi")));
    auto r = run(service, {"process", "--type", "application/pdf", "-"}, {.input = "%PDF"});
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(service.seen().at(0).has("Content-Type: application/pdf\r\n"));
    auto none = run(service, {"process", "/no/such/file"});
    EXPECT_EQ(none.code, 2);
    EXPECT_EQ(none.err, "fetchctl: cannot read /no/such/file: No such file or directory\n");
}

TEST(FetchctlFiles, OneDocumentGoesToOneFile) {
    scratch_folder folder;
    auto service = pages();
    auto r = run(service, {"get", "-o", folder.path("a.md"), "http://a/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, IsEmpty());
    EXPECT_EQ(folder.read("a.md"), "# http://a/\n");
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.md"});
}

TEST(FetchctlFiles, AFailedFetchLeavesTheOldFile) {
    scratch_folder folder;
    folder.write("a.md", "old");
    auto service = pages();
    EXPECT_EQ(run(service, {"get", "-o", folder.path("a.md"), "http://fail/"}).code, 1);
    EXPECT_EQ(folder.read("a.md"), "old");
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.md"});
}

TEST(FetchctlFiles, ARawBodyCutInTheMiddleLeavesNothing) {
    scratch_folder folder;
    auto service = always("HTTP/1.1 200 OK\r\nfetchd-url: u\r\nContent-Length: 100\r\n\r\nhalf");
    auto r = run(service, {"get", "--raw", "-o", folder.path("a"), "http://a/"});
    EXPECT_EQ(r.code, 1);
    EXPECT_THAT(r.err, HasSubstr("body.truncated"));
    EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(FetchctlFiles, SeveralDocumentsNeedAFolder) {
    scratch_folder folder;
    folder.write("file", "old");
    auto service = pages();
    auto r = run(service, {"get", "-o", folder.path("new/sub"), "http://a/", "http://fail/", "http://b/"});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(folder.read("new/sub/a.md"), "# http://a/\n");
    EXPECT_EQ(folder.read("new/sub/b.md"), "# http://b/\n");
    EXPECT_EQ(run(service, {"get", "-o", folder.path("file"), "http://a/", "http://b/"}).code, 2);
    EXPECT_EQ(folder.read("file"), "old");
    EXPECT_EQ(run(service, {"get", "--raw", "-o", folder.path("raw/"), "http://a/", "http://a/"}).code, 0);
    EXPECT_EQ(folder.read("raw/a"), "raw http%3A%2F%2Fa%2F");
    EXPECT_EQ(folder.read("raw/a-2"), "raw http%3A%2F%2Fa%2F");
}

TEST(FetchctlFiles, JsonLinesGoToOneFile) {
    scratch_folder folder;
    auto service = pages();
    EXPECT_EQ(run(service, {"get", "--json", "-o", folder.path("all"), "http://a/", "http://fail/"}).code, 1);
    EXPECT_EQ(folder.read("all"),
              page("http://a/", "# http://a/") + "\n" + failed_page("http://fail/") + "\n");
}

TEST(FetchctlFiles, AFileThatCannotBeWrittenIsAnError) {
    auto service = pages();
    auto r = run(service, {"get", "--raw", "-o", "/no/such/folder/x", "http://a/"});
    EXPECT_EQ(r.code, 1);
    EXPECT_THAT(r.err, HasSubstr("cannot write /no/such/folder/x"));
}

TEST(FetchctlExit, UsageIsTwo) {
    for (auto const& line : std::vector<std::vector<std::string>>{
             {},
             {"nonsense"},
             {"get"},
             {"get", "--raw", "--json", "u"},
             {"get", "--json", "--details", "u"},
             {"get", "-j", "0", "u"},
             {"get", "--output", "Mark down", "u"},
             {"get", "-H", "no colon", "u"},
             {"get", "--timeout", "-1", "u"},
             {"get", "--max-bytes", "-1", "u"},
             {"--server", "localhost:1", "get", "u"},
             {"--server", "ftp://x", "status"},
             {"process"},
         }) {
        auto r = run_fetchctl(line);
        EXPECT_EQ(r.code, 2) << testing::PrintToString(line);
        EXPECT_THAT(r.err, HasSubstr("Try: fetchctl --help"));
        EXPECT_THAT(r.out, IsEmpty());
    }
}

TEST(FetchctlExit, HelpAndVersionAreNoErrors) {
    auto help = run_fetchctl({"--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, HasSubstr("Exit codes:"));
    EXPECT_THAT(help.out, HasSubstr("fetchctl get https://example.com/"));
    auto version = run_fetchctl({"--version"});
    EXPECT_EQ(version.code, 0);
    EXPECT_THAT(version.out, StartsWith("fetchctl "));
    EXPECT_TRUE(version.out.ends_with("\n"));
}

TEST(FetchctlExit, NobodyThereIsThreeAndIsSaidOnce) {
    auto r = run_fetchctl(
        {"--server", "http://127.0.0.1:1", "get", "-j", "1", "http://a/", "http://b/", "http://c/"});
    EXPECT_EQ(r.code, 3);
    EXPECT_EQ(r.err,
              "fetchctl: cannot reach fetchd at http://127.0.0.1:1: connection refused. Is it running? Start "
              "it with: "
              "make run (another place: --server or FETCHD_URL)\nfetchctl: 2 URLs not tried\n");
}

TEST(FetchctlExit, ARefusalIsFour) {
    auto service = always(reply(400, problem_json, R"({"detail":"unknown output \"x\""})"));
    auto r = run(service, {"get", "--json", "--output", "x", "http://a/"});
    EXPECT_EQ(r.code, 4);
    EXPECT_EQ(r.err, "fetchctl: http://a/: unknown output \"x\"\n");
    EXPECT_THAT(r.out, HasSubstr(R"("code":"refused")"));
    auto other = always(reply(200, "text/html", "<h1>It works!"));
    EXPECT_EQ(run(other, {"get", "http://a/"}).code, 4);
}

TEST(FetchctlExit, OverloadIsFive) {
    auto service = always(reply(503, problem_json, R"({"detail":"full."})", "Retry-After: 2\r\n"));
    auto r = run(service, {"get", "http://a/"});
    EXPECT_EQ(r.code, 5);
    EXPECT_EQ(r.err, "fetchctl: http://a/: full. Try again in 2 seconds\n");
}

TEST(FetchctlExit, AnOriginsErrorPageCountsOnlyWithFail) {
    auto gone = R"({"outcome":"ok","status":404,"output":{"markdown":"gone"}})";
    auto service = always(reply(200, json, gone));
    auto r = run(service, {"get", "http://a/"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.out, "gone\n");
    EXPECT_EQ(r.err, "fetchctl: note: http://a/: the origin answered 404\n");
    EXPECT_THAT(run(service, {"--quiet", "get", "http://a/"}).err, IsEmpty());
    auto strict = run(service, {"get", "--fail", "http://a/"});
    EXPECT_EQ(strict.code, 1);
    EXPECT_THAT(strict.out, IsEmpty());
}

TEST(FetchctlExit, AReaderThatWentAwayIs141AndQuiet) {
    auto service = pages();
    auto r = run(service, {"get", "http://a/", "http://b/"}, {.close_out_early = true});
    EXPECT_EQ(r.code, 141);
    EXPECT_THAT(r.err, IsEmpty());
}

TEST(FetchctlExit, InterruptedIs130AndLeavesNoFile) {
    scratch_folder folder;
    std::latch asked(1);
    std::latch finish(1);
    scripted_service service([&](request const&) {
        asked.count_down();
        finish.wait();
        return std::string();
    });
    running_fetchctl it({"--server", service.url(), "get", "-o", folder.path("a"), "http://a/"});
    asked.wait();
    it.signal(SIGINT);
    auto r = it.wait();
    EXPECT_EQ(r.code, 130);
    EXPECT_THAT(r.err, IsEmpty());
    finish.count_down();
    EXPECT_THAT(folder.names(), IsEmpty());
}

scripted_service self_report(bool ready) {
    return scripted_service([ready](request const& r) {
        if (r.target == "/healthz")
            return reply(200, json, R"({"status":"ok"})");
        if (r.target == "/readyz")
            return ready ? reply(200, json, R"({"status":"ready","checks":{"workers":{"ok":true,"up":2}}})")
                         : reply(503, json,
                                 R"({"status":"not_ready","checks":{"workers":{"ok":false,"up":0}}})");
        return reply(200, "text/plain", "fetchd_fetches_total{outcome=\"ok\"} 1234\n");
    });
}

TEST(FetchctlStatus, ReadyIsZeroWithATable) {
    auto service = self_report(true);
    auto r = run(service, {"status"});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, StartsWith("fetchd at " + service.url() + " is ready\n"));
    EXPECT_THAT(r.out, HasSubstr("ok   up=2\n"));
    EXPECT_THAT(r.out, HasSubstr(" 1,234\n"));
    EXPECT_THAT(run(service, {"--quiet", "status"}).out, IsEmpty());
}

TEST(FetchctlStatus, NotReadyIsFive) {
    auto service = self_report(false);
    auto r = run(service, {"status"});
    EXPECT_EQ(r.code, 5);
    EXPECT_THAT(r.out, HasSubstr("BAD  up=0\n"));
    auto j = run(service, {"status", "--json"});
    EXPECT_EQ(j.code, 5);
    EXPECT_THAT(j.out, StartsWith(R"({"ready":false,)"));
    EXPECT_EQ(run_fetchctl({"--server", "http://127.0.0.1:1", "status"}).code, 3);
}

}  // namespace
}  // namespace fetchctl_test
