// The parts of `fetchctl job` that need no service.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "fetchctl/job_text.hpp"
#include "fetchctl/persistence.hpp"
#include "fetchctl/results_file.hpp"
#include "fetchctl/submission_source.hpp"
#include "unit/client/scratch_folder.hpp"

namespace fetchctl {
namespace {

using namespace std::chrono_literals;
using fetchctl_test::scratch_folder;
using testing::HasSubstr;
using testing::Not;

std::string cleaned(std::string_view text, std::size_t piece) {
    url_lines lines;
    std::string out;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        EXPECT_TRUE(lines.feed(text.substr(0, piece), out));
    lines.finish(out);
    return out;
}

TEST(UrlLines, KeepTheirNumbersWhateverStandsBetween) {
    constexpr auto list =
        "\xEF\xBB\xBFhttp://a/\r\n\n # note\n  {\"url\":\"http://b/\"} \n\"http://c/\"\nhttp://d/\"\\\x01";
    constexpr auto lines =
        "\"http://a/\"\n\n\n{\"url\":\"http://b/\"}\n\"http://c/\"\n\"http://d/\\\"\\\\\\u0001\"\n";
    for (std::size_t piece : {1U, 3U, 1000U})
        EXPECT_EQ(cleaned(list, piece), lines) << piece;
}

TEST(UrlLines, HoldNoMoreThanALine) {
    url_lines lines;
    std::string out;
    EXPECT_TRUE(lines.feed(std::string(url_lines::max_line, 'a'), out));
    EXPECT_FALSE(lines.feed("a", out));
    EXPECT_EQ(out, "");
}

std::string read_all(submission_source& source, std::size_t room) {
    std::string all;
    std::string piece(room, '\0');
    while (true) {
        auto const n = source.read(piece.data(), room);
        if (!n || *n == 0)
            return all;
        all.append(piece, 0, *n);
    }
}

TEST(SubmissionSource, GivesTheSameBytesAgainFromAnywhere) {
    scratch_folder folder;
    folder.write("a", "http://a/\nhttp://b/");
    folder.write("b", "# nothing\nhttp://d/\n");
    constexpr auto whole = "\"http://a/\"\n\"http://b/\"\n\"http://c/\"\n\n\"http://d/\"\n";
    for (std::size_t before = 0; before < 50; ++before) {
        submission_source source({folder.path("a"), "http://c/", folder.path("b")}, {});
        std::string part(before, '\0');
        for (std::size_t have = 0; have < before;) {
            auto const n = source.read(part.data() + have, before - have).value();
            if (n == 0)
                break;
            have += n;
        }
        ASSERT_TRUE(source.rewind());
        EXPECT_EQ(read_all(source, 7), whole) << before;
        ASSERT_TRUE(source.rewind());
        EXPECT_EQ(read_all(source, 4096), whole) << before;
        EXPECT_EQ(source.urls(), 4U);
    }
}

TEST(SubmissionSource, WhatCannotBeReadIsNamed) {
    submission_source missing({"http://a/", "/nowhere/urls.txt"}, {});
    EXPECT_EQ(read_all(missing, 100), "\"http://a/\"\n");
    EXPECT_THAT(missing.problem(), HasSubstr("cannot read /nowhere/urls.txt: No such file"));

    scratch_folder folder;
    folder.write("long", "http://a/\n" + std::string(url_lines::max_line + 1, 'a'));
    submission_source source({folder.path("long")}, {});
    read_all(source, 100);
    EXPECT_THAT(source.problem(), HasSubstr("line 2 is longer than 65536 bytes"));
}

fetchd::client_error error(fetchd::trouble what) {
    fetchd::client_error e;
    e.what = what;
    return e;
}

TEST(Persistence, WaitsForAServiceThatWasThereOnly) {
    persistence p;
    persistence::time_point const now{};
    EXPECT_FALSE(p.after(error(fetchd::trouble::unreachable), now, 0));
    EXPECT_FALSE(p.after(error(fetchd::trouble::overloaded), now, 0));
    EXPECT_EQ(p.after(error(fetchd::trouble::no_answer), now, 0), 200ms);
    EXPECT_EQ(p.after(error(fetchd::trouble::unreachable), now, 0), 400ms);
    EXPECT_FALSE(p.after(error(fetchd::trouble::refused), now, 0));
    EXPECT_FALSE(p.after(error(fetchd::trouble::broken_answer), now, 0));
    EXPECT_TRUE(p.broken());
    p.went_well();
    EXPECT_FALSE(p.broken());
    EXPECT_EQ(p.after(error(fetchd::trouble::unreachable), now, 1), 100ms);
}

TEST(Persistence, AsksLessAndLessOftenAndGivesUp) {
    persistence p;
    p.went_well();
    persistence::time_point now{};
    std::chrono::milliseconds longest{};
    int tries = 0;
    while (auto const pause = p.after(error(fetchd::trouble::unreachable), now, 0)) {
        longest = std::max(longest, *pause);
        now += *pause;
        ASSERT_LT(++tries, 100);
    }
    EXPECT_EQ(longest, persistence::longest);
    EXPECT_GE(now.time_since_epoch(), persistence::patience);
    EXPECT_LT(now.time_since_epoch(), persistence::patience + persistence::longest);
}

TEST(Persistence, HeedsRetryAfterWithinReason) {
    persistence p;
    p.went_well();
    auto e = error(fetchd::trouble::overloaded);
    e.retry_after = 3s;
    EXPECT_EQ(p.after(e, {}, 0.5), 3000ms);
    e.retry_after = 3600s;
    EXPECT_EQ(p.after(e, {}, 0.5), persistence::longest);
}

constexpr auto two_results = "{\"seq\":8,\"url\":\"http://a/\"}\n{\"seq\":9,\"url\":\"http://b/\"}\n";

TEST(ResultsFile, GoesOnBehindTheLastWholeLineWhereverItWasCut) {
    scratch_folder folder;
    std::string const cut_line = "{\"seq\":10,\"url\":\"http://c/\"}";
    for (std::size_t cut = 0; cut <= cut_line.size(); ++cut) {
        folder.write("r", two_results + cut_line.substr(0, cut));
        std::string problem;
        auto file = results_file::open(folder.path("r"), problem);
        ASSERT_TRUE(file) << problem;
        EXPECT_EQ(file->last_seq(), 9U);
        EXPECT_EQ(file->last_line(), "{\"seq\":9,\"url\":\"http://b/\"}");
        EXPECT_TRUE(file->cut(problem) && file->add(cut_line, problem)) << problem;
        EXPECT_EQ(folder.read("r"), two_results + cut_line + "\n");
    }
}

TEST(ResultsFile, FindsTheLastLineHoweverLongItIs) {
    scratch_folder folder;
    auto const line = "{\"seq\":3,\"output\":\"" + std::string(200'000, 'x') + "\"}";
    folder.write("r", "{\"seq\":2}\n" + line + "\n{\"seq\":4,\"output\":\"" + std::string(150'000, 'y'));
    std::string problem;
    auto file = results_file::open(folder.path("r"), problem);
    ASSERT_TRUE(file) << problem;
    EXPECT_EQ(file->last_seq(), 3U);
    EXPECT_EQ(file->last_line(), line);
    ASSERT_TRUE(file->cut(problem));
    EXPECT_EQ(folder.read("r"), "{\"seq\":2}\n" + line + "\n");
}

TEST(ResultsFile, StartsWithNothing) {
    scratch_folder folder;
    for (std::string const before : {"", "{\"se", "{\"seq\":1,\"url"}) {
        folder.write("r", before);
        std::string problem;
        auto file = results_file::open(folder.path("r"), problem);
        ASSERT_TRUE(file) << problem;
        EXPECT_EQ(file->last_seq(), 0U);
        EXPECT_TRUE(file->cut(problem) && file->add("{\"seq\":1}", problem));
        EXPECT_EQ(folder.read("r"), "{\"seq\":1}\n");
    }
}

TEST(ResultsFile, LeavesOtherFilesAlone) {
    scratch_folder folder;
    for (std::string const text :
         {"dear diary", "dear diary\n", "{\"seq\":1}\nand more", "{\"seq\":1}\n\n"}) {
        folder.write("r", text);
        std::string problem;
        EXPECT_FALSE(results_file::open(folder.path("r"), problem)) << text;
        EXPECT_THAT(problem, HasSubstr("something else than results"));
        EXPECT_EQ(folder.read("r"), text);
    }
}

TEST(ResultsFile, IsWrittenByOneAtATime) {
    scratch_folder folder;
    std::string problem;
    auto first = results_file::open(folder.path("r"), problem);
    ASSERT_TRUE(first);
    EXPECT_FALSE(results_file::open(folder.path("r"), problem));
    EXPECT_THAT(problem, HasSubstr("another process writes"));
}

fetchd::job job_with(std::uint64_t accepted, std::uint64_t succeeded, std::uint64_t failed) {
    fetchd::job j;
    j.id = "j-1";
    j.state = "active";
    j.counts.accepted = accepted;
    j.counts.succeeded = succeeded;
    j.counts.failed = failed;
    j.counts.queued = accepted - succeeded - failed;
    return j;
}

TEST(Pace, LooksAtTheLastTenSecondsOnly) {
    pace p;
    pace::time_point const begin{};
    EXPECT_EQ(p.per_second(), 0);
    EXPECT_FALSE(p.time_for(10));
    p.look(begin, 0);
    p.look(begin + 1s, 1000);
    EXPECT_EQ(p.per_second(), 1000);
    for (int s = 2; s <= 30; ++s)
        p.look(begin + std::chrono::seconds(s), 1000 + static_cast<unsigned>(s) * 10);
    EXPECT_NEAR(p.per_second(), 10, 0.01);
    EXPECT_EQ(p.time_for(1200), 120s);
}

TEST(JobBar, FitsIntoAnyTerminal) {
    pace p;
    p.look(pace::time_point{}, 0);
    p.look(pace::time_point{} + 1s, 450);
    auto const j = job_with(1000, 440, 10);
    EXPECT_EQ(job_bar(j, p, 200, {}),
              "█████████░░░░░░░░░░░   45%  450/1,000  450/s  10 failed  0:01 left  440 ok");
    EXPECT_THAT(job_bar(j, p, 40, {}), Not(HasSubstr("left")));
    EXPECT_EQ(job_bar(j, p, 0, {}), "");
    EXPECT_THAT(job_bar(j, p, 200, {true}), HasSubstr("\x1b[31m10 failed\x1b[0m"));
    EXPECT_THAT(job_bar(j, p, 200, {}), Not(HasSubstr("\x1b")));
}

TEST(JobText, SaysHowItWent) {
    auto j = job_with(3, 3, 0);
    EXPECT_THAT(job_progress(j, {}), HasSubstr("j-1: 3 of 3 done: 3 succeeded"));
    j.state = "finished";
    EXPECT_EQ(job_summary(j), "job j-1 finished: all 3 succeeded");
    j = job_with(1000, 900, 90);
    j.counts.skipped = 10;
    j.counts.duplicates = 7;
    j.state = "finished";
    EXPECT_EQ(job_summary(j),
              "job j-1 finished: 900 succeeded, 90 failed, 10 skipped of 1,000; 7 more were duplicates");
    j.waits = {{"http://a", "back_off", "2026-01-02T03:04:05.000Z", 1}, {"http://\x1b[31m", "paused", "", 2}};
    EXPECT_THAT(job_details(j, {}),
                HasSubstr("waits for    http://a: back_off, until 2026-01-02T03:04:05.000Z (1 item)\n"));
    EXPECT_THAT(job_details(j, {}), HasSubstr(": paused (2 items)\n"));
    j.id = "\x1b[31m";
    EXPECT_THAT(job_summary(j) + job_table({j}, {}) + job_details(j, {}), Not(HasSubstr("\x1b")));
}

TEST(JobText, TimeIsAsOnAClock) {
    EXPECT_EQ(clock_time(4s), "0:04");
    EXPECT_EQ(clock_time(750s), "12:30");
    EXPECT_EQ(clock_time(11100s), "3:05:00");
}

}  // namespace
}  // namespace fetchctl
