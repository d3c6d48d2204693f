// `fetchctl job export` against a scripted service.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "unit/client/job_answers.hpp"

namespace fetchctl_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(JobExport, AsksForWhatTheNameOfTheFileSays) {
    auto const rows = "seq\r\n1\r\n";
    auto service = in_turn({reply(200, "text/csv", rows, finished)});
    scratch_folder folder;
    for (auto const* name : {"a.csv", "a.warc.gz", "a.warc"}) {
        auto r = run(service, {"export", "-o", folder.path(name), "j-1"});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_THAT(r.out + r.err, IsEmpty());
        EXPECT_EQ(folder.read(name), rows);
    }
    EXPECT_EQ(run(service, {"export", "--format", "csv", "-o", folder.path("a.warc"), "--outcome",
                            "ok,failed", "--fields", "url,output.text", "--formulas", "as_it_is", "j-1"})
                  .code,
              0);
    auto lines = in_turn({reply(200, ndjson, line(1) + end(true, 1), finished)});
    EXPECT_EQ(run(lines, {"export", "-o", folder.path("a.csv.jsonl"), "../j"}).code, 0);
    EXPECT_EQ(run(lines, {"export", "-o", "-", "j-1"}).out, line(1) + end(true, 1));
    EXPECT_THAT(targets(service),
                ElementsAre("/v1/jobs/j-1/export?format=csv", "/v1/jobs/j-1/export?format=warc",
                            "/v1/jobs/j-1/export?format=warc",
                            "/v1/jobs/j-1/export?format=csv&outcome=ok%2Cfailed&fields=url%2Coutput.text"
                            "&formulas=as_it_is"));
    EXPECT_THAT(targets(lines),
                ElementsAre("/v1/jobs/..%2Fj/export?format=ndjson", "/v1/jobs/j-1/export?format=ndjson"));
}

TEST(JobExport, IsBegunAgainWhereTheConnectionBrokeAndAppearsWhole) {
    auto const body = line(1) + line(2) + end(true, 2);
    for (std::size_t cut = 0; cut < body.size(); cut += 29) {
        scratch_folder folder;
        auto service = in_turn({broken(body, cut, finished), reply(200, ndjson, body, finished)});
        auto r = run(service, {"export", "-o", folder.path("r"), "j-1"});
        EXPECT_EQ(r.code, 0) << r.err;
        EXPECT_THAT(r.err, HasSubstr("was cut off: beginning again\n"));
        EXPECT_EQ(folder.read("r"), body) << cut;
        EXPECT_THAT(folder.names(), ElementsAre("r"));
    }
}

TEST(JobExport, APartIsNeverTakenForTheWhole) {
    auto const body = line(1) + end(true, 1);
    auto service = in_turn({broken(body, 20, finished)});
    auto r = run(service, {"export", "j-1"});
    EXPECT_EQ(r.code, 3);
    EXPECT_EQ(r.out, body.substr(0, 20));
    EXPECT_THAT(r.err, HasSubstr("was cut off"));
    EXPECT_THAT(r.err, HasSubstr("what was printed is a part only"));
    EXPECT_EQ(service.seen().size(), 1U);
    // Whole for HTTP, but not for the service; or nobody can tell.
    auto endless = in_turn({reply(200, ndjson, line(1), finished)});
    EXPECT_EQ(run(endless, {"export", "j-1"}).code, 3);
    auto unframed = in_turn(
        {"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n" + std::string(finished) + "\r\nseq\r\n1\r\n"});
    scratch_folder folder;
    folder.write("a.csv", "old");
    EXPECT_EQ(run(unframed, {"export", "-o", folder.path("a.csv"), "j-1"}).code, 4);
    EXPECT_EQ(folder.read("a.csv"), "old");
    EXPECT_THAT(folder.names(), ElementsAre("a.csv"));
}

TEST(JobExport, WhatCannotBeIsSaidAndLeavesNoFile) {
    scratch_folder folder;
    auto none = in_turn({reply(404, problem_json, R"({"detail":"no such job"})")});
    auto r = run(none, {"export", "-o", folder.path("a.csv"), "j-1"});
    EXPECT_EQ(r.code, 4);
    EXPECT_EQ(r.err, "fetchctl: j-1: no such job\n");
    auto full = in_turn({reply(503, problem_json, R"({"code":"overloaded"})", "Retry-After: 1\r\n")});
    EXPECT_EQ(run(full, {"export", "-o", folder.path("a.csv"), "j-1"}).code, 5);
    EXPECT_EQ(run(none, {"export", "-o", folder.path("no/a.csv"), "j-1"}).code, 2);
    EXPECT_THAT(folder.names(), IsEmpty());
    EXPECT_EQ(none.seen().size(), 1U);
    auto lines = in_turn({reply(200, ndjson, line(1) + end(true, 1), finished)});
    EXPECT_EQ(run(lines, {"export", "-o", "/dev/full", "j-1"}).code, 1);
    EXPECT_EQ(run(lines, {"export", "j-1"}, {.close_out_early = true}).code, 141);
}

TEST(JobExport, SaysThatThereWillBeMore) {
    auto service = in_turn({reply(200, ndjson, line(1) + end(false, 1), "Fetchd-Job-State: active\r\n")});
    auto r = run(service, {"export", "j-1"});
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.err, "fetchctl: note: the job has not ended: results to come are not in it\n");
}

TEST(JobExport, AnArchiveIsKeptFromATerminal) {
    auto service = in_turn({reply(200, "application/warc+gzip", "\x1f\x8b\x1b[2J", finished)});
    auto r = run(service, {"export", "--format", "warc", "j-1"}, {.out_on_terminal = true});
    EXPECT_EQ(r.code, 2);
    EXPECT_THAT(r.err, HasSubstr("-o FILE"));
    EXPECT_THAT(service.seen(), IsEmpty());
    EXPECT_EQ(run(service, {"export", "--format", "warc", "j-1"}).out, "\x1f\x8b\x1b[2J");
    auto all_the_same =
        run(service, {"export", "--format", "warc", "-o", "-", "j-1"}, {.out_on_terminal = true});
    EXPECT_EQ(all_the_same.code, 0);
    EXPECT_THAT(all_the_same.out, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace fetchctl_test
