// What the client library makes of jobs and streams of results.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fetchd/job.hpp"
#include "library/result_lines.hpp"

namespace fetchd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto a_job =
    R"({"id":"j-1","state":"finished","created":"2026-11-21T00:00:00.000Z","counts":{"accepted":3,"queued":0,)"
    R"("waiting":0,"running":0,"succeeded":2,"failed":1,"skipped":0,"cancelled":0,"duplicates":4},)"
    R"("labels":{"run":"7"},"first_seq":1,"last_seq":3,"bytes":99,"new":[{}]})";

struct seen {
    std::vector<std::uint64_t> seqs;
    std::string lines;
    std::vector<std::uint64_t> alive;
    result_sink sink;

    seen() {
        sink.line = [this](std::string_view line, std::uint64_t seq) {
            seqs.push_back(seq);
            lines.append(line).append("|");
            return true;
        };
        sink.alive = [this](std::uint64_t next) { alive.push_back(next); };
    }
};

std::string const stream =
    "{\"seq\":4,\"url\":\"http://a/\"}\n{\"heartbeat\":true,\"next\":6}\n{\"seq\":7}\n" +
    std::string("{\"end\":true,\"next\":7,\"job\":") + a_job + "}\n";

TEST(Job, IsReadAndUnknownFieldsArePassedOver) {
    auto const j = job::parse(std::string(a_job) + "\n");
    ASSERT_TRUE(j) << j.error().message;
    EXPECT_EQ(j->id, "j-1");
    EXPECT_TRUE(j->has_ended());
    EXPECT_FALSE(j->all_succeeded());
    EXPECT_EQ(j->counts.settled(), 3U);
    EXPECT_EQ(j->counts.duplicates, 4U);
    EXPECT_EQ(j->last_seq, 3U);
    EXPECT_THAT(j->labels, ElementsAre(std::pair<std::string, std::string>("run", "7")));
    EXPECT_EQ(j->json, a_job);
}

TEST(Job, SaysWhatItWaitsFor) {
    auto const j = job::parse(
        R"({"id":"j","state":"active","waits":[{"origin":"http://a","why":"rate","until":"2026","items":2},)"
        R"({"origin":"http://b","why":"paused","items":1}]})");
    ASSERT_TRUE(j) << j.error().message;
    ASSERT_EQ(j->waits.size(), 2U);
    EXPECT_EQ(j->waits[0].origin + j->waits[0].why + j->waits[0].until, "http://arate2026");
    EXPECT_EQ(j->waits[0].items, 2U);
    EXPECT_EQ(j->waits[1].until, "");
    EXPECT_THAT(job::parse(R"({"id":"j","state":"active","waits":[{"items":"x"}]})").error().message,
                HasSubstr("waits[0].items"));
}

TEST(Job, WhatIsNoJobIsAnErrorThatSaysWhy) {
    EXPECT_THAT(job::parse("{}").error().message, HasSubstr("\"id\" is missing"));
    EXPECT_THAT(job::parse("[]").error().message, HasSubstr("not a JSON object"));
    EXPECT_THAT(job::parse(R"({"id":"j","state":"active","counts":{"failed":"x"}})").error().message,
                HasSubstr("counts.failed"));
    EXPECT_EQ(job::parse("{").error().what, trouble::broken_answer);
}

TEST(Job, KeysOfIdempotencyAreLongAndNeverTheSame) {
    EXPECT_EQ(new_idempotency_key().size(), 32U);
    EXPECT_NE(new_idempotency_key(), new_idempotency_key());
}

TEST(Job, UrlsBecomeLinesInPiecesOfAnySize) {
    for (std::size_t room : {1U, 5U, 1000U}) {
        auto s = job_of({"http://a/\"", "http://b/"});
        std::string all;
        std::string piece(room, '\0');
        while (auto const n = s.read(piece.data(), room).value())
            all.append(piece, 0, n);
        EXPECT_EQ(all, "\"http://a/\\\"\"\n\"http://b/\"\n");
    }
}

TEST(ResultLines, AreTheSameWhereverTheStreamIsCut) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        seen s;
        result_lines lines(s.sink, 4096);
        ASSERT_TRUE(lines.feed(std::string_view(stream).substr(0, cut))) << cut;
        EXPECT_EQ(lines.end().has_value(), cut == stream.size());
        ASSERT_TRUE(lines.feed(std::string_view(stream).substr(cut))) << cut;
        EXPECT_THAT(s.seqs, ElementsAre(4, 7));
        EXPECT_EQ(s.lines, "{\"seq\":4,\"url\":\"http://a/\"}|{\"seq\":7}|");
        EXPECT_THAT(s.alive, ElementsAre(6));
        ASSERT_TRUE(lines.end());
        EXPECT_TRUE(lines.end()->end);
        EXPECT_EQ(lines.end()->about.id, "j-1");
    }
}

TEST(ResultLines, ALineCutOffIsNeverGivenOut) {
    seen s;
    result_lines lines(s.sink, 4096);
    EXPECT_TRUE(lines.feed("{\"seq\":1}\n{\"seq\":2,\"url\":\"http"));
    EXPECT_THAT(s.seqs, ElementsAre(1));
}

TEST(ResultLines, WhatIsNotAStreamOfResultsIsRefused) {
    for (auto const* text :
         {"nonsense\n", "[]\n", "{}\n", "{\"seq\":1x}\n", "{\"seq\":99999999999999999999}\n",
          "{\"end\":true,\"next\":1}\n", "{\"end\":true,\"job\":{}}\n", "\n"}) {
        seen s;
        result_lines lines(s.sink, 4096);
        EXPECT_FALSE(lines.feed(text)) << text;
        ASSERT_TRUE(lines.error()) << text;
        EXPECT_EQ(lines.error()->what, trouble::broken_answer);
    }
    seen s;
    result_lines lines(s.sink, 4096);
    EXPECT_FALSE(lines.feed(stream + "{\"seq\":8}\n"));
}

TEST(ResultLines, HoldNoMoreThanALine) {
    seen s;
    result_lines lines(s.sink, 16);
    EXPECT_TRUE(lines.feed("{\"seq\":1,\"a\":2}\n"));
    EXPECT_TRUE(lines.feed("{\"seq\":2,"));
    EXPECT_FALSE(lines.feed("\"a\":34567}"));
    EXPECT_THAT(lines.error()->message, HasSubstr("longer than 16 bytes"));
}

TEST(ResultLines, TheSinkEndsThem) {
    result_sink sink;
    sink.line = [](std::string_view, std::uint64_t) { return false; };
    result_lines lines(sink, 4096);
    EXPECT_FALSE(lines.feed(stream));
    EXPECT_FALSE(lines.error());
}

}  // namespace
}  // namespace fetchd
