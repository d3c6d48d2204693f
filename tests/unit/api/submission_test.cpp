// What POST /v1/jobs takes, in both forms and in slices of any size.
#include "api/submission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace fetchd::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr jobs::unix_ms now = 1'000'000;

class Submission : public testing::Test {
  protected:
    fetch_config settings_;
    phase_limits phases_;
    schema_limits limits_{settings_, phases_, tasks::standard()};
    std::vector<jobs::item_draft> items_;
    submitted_job job_;

    static std::string detail(std::optional<reply> const& refused) {
        if (!refused)
            return {};
        EXPECT_EQ(refused->status, 400);
        return std::string(boost::json::parse(refused->body).at("detail").as_string());
    }
    std::string read(submission& body, std::string_view text, std::size_t slice) {
        items_.clear();
        for (std::size_t at = 0; at < text.size(); at += slice)
            if (auto const refused = body.feed(text.substr(at, slice), items_))
                return detail(refused);
        auto const refused = body.finish(items_);
        job_ = body.job();
        return detail(refused);
    }
    // The same however it is sliced.
    std::string lines(std::string_view text, std::string_view query = {}) {
        std::string first;
        for (std::size_t const slice : {std::size_t{1} << 20U, std::size_t{1}, std::size_t{7}}) {
            auto opened = ndjson_submission(query, limits_, now);
            if (opened.refused)
                return detail(opened.refused);
            auto const said = read(*opened.body, text, slice);
            if (slice > 7)
                first = said;
            EXPECT_EQ(said, first) << slice;
        }
        return first;
    }
    std::string document(std::string_view text) {
        std::string first;
        for (std::size_t const slice : {std::size_t{1} << 20U, std::size_t{1}, std::size_t{7}}) {
            auto const said = read(*json_submission(limits_, now), text, slice);
            if (slice > 7)
                first = said;
            EXPECT_EQ(said, first) << slice;
        }
        return first;
    }
    std::vector<std::string> urls() const {
        std::vector<std::string> all;
        for (auto const& item : items_)
            all.push_back(item.url);
        return all;
    }
};

TEST_F(Submission, LinesAreUrlsOrObjects) {
    EXPECT_EQ(lines("\"https://A.test/x y#f\"\n"
                    "\r\n"
                    "  {\"max_bytes\":7,\"url\":\"http://b.test:8080\",\"headers\":{\"x\":\"1\"}}\t\r\n"
                    "\"http:\\/\\/c.test\\/\""),
              "");
    EXPECT_THAT(urls(), ElementsAre("https://a.test/x%20y", "http://b.test:8080/", "http://c.test/"));
    EXPECT_EQ(items_[0].origin, "https://a.test");
    EXPECT_EQ(items_[1].origin, "http://b.test:8080");
    EXPECT_EQ(items_[0].options, "");
    EXPECT_EQ(items_[1].options, R"({"headers":{"x":"1"},"max_bytes":7})");
    EXPECT_EQ(job_.draft.options, "");
    EXPECT_FALSE(job_.webhook);
}

TEST_F(Submission, FirstLineMaySayWhatHoldsForAll) {
    EXPECT_EQ(lines(R"({"job":{"priority":-3,"concurrency":8,"deadline_ms":5000,"deduplicate":true,
                     "not_before":"1970-01-01T00:20:00Z","labels":{"team":"a"},
                     "defaults":{"retries":0,"output":["text"]}}})"
                    "\n\"http://a.test\"\n"),
              "line 1: not JSON: incomplete JSON")
        << "one line each";
    EXPECT_EQ(lines(R"({"job":{"priority":-3,"concurrency":8,"deadline_ms":5000,"deduplicate":true,)"
                    R"("archive":true,"robots":false,)"
                    R"("not_before":"1970-01-01T00:20:00Z","labels":{"team":"a"},)"
                    R"("defaults":{"retries":0,"output":["text"]}}})"
                    "\n\"http://a.test\"\n"),
              "");
    EXPECT_EQ(job_.draft.priority, -3);
    EXPECT_EQ(job_.draft.concurrency, 8U);
    EXPECT_EQ(job_.draft.deadline, now + 5000);
    EXPECT_EQ(job_.draft.not_before, 1'200'000);
    EXPECT_TRUE(job_.draft.deduplicate);
    EXPECT_TRUE(job_.draft.archive);
    EXPECT_FALSE(job_.draft.robots);
    EXPECT_EQ(job_.draft.labels, R"({"team":"a"})");
    EXPECT_EQ(job_.draft.options, R"({"output":["text"],"retries":0})");
    EXPECT_THAT(urls(), ElementsAre("http://a.test/"));
}

TEST_F(Submission, WhatIsNotSaidHasItsDefault) {
    EXPECT_EQ(document(R"({"urls":["http://a.test"]})"), "");
    EXPECT_EQ(job_.draft.priority, 0);
    EXPECT_EQ(job_.draft.concurrency, 0U);
    EXPECT_EQ(job_.draft.deadline, jobs::never);
    EXPECT_EQ(job_.draft.not_before, 0);
    EXPECT_FALSE(job_.draft.deduplicate);
    EXPECT_FALSE(job_.draft.archive);
    EXPECT_TRUE(job_.draft.robots);
    EXPECT_EQ(job_.draft.labels, "");
}

TEST_F(Submission, RefusalsNameTheLine) {
    EXPECT_EQ(lines("\"http://a.test\"\n\n\"nonsense\"\n\"http://b.test\"\n").substr(0, 8), "line 3: ");
    EXPECT_EQ(lines("\"http://a.test\"\n\"ftp://b.test\""),
              "line 2: Only http and https URLs can be fetched. (ftp)");
    EXPECT_EQ(lines("\"http://a.test\"\n{\"url\":\"http://b.test\",\"colour\":1}"),
              "line 2: unknown field \"colour\"");
    EXPECT_EQ(lines("\"http://a.test\"\n{\"job\":{}}"), "line 2: url: is missing; give the address to fetch");
    EXPECT_EQ(lines("{\"url\":\"http://b.test\",\"url\":\"http://c.test\"}"),
              "line 1: field \"url\" is given twice");
    EXPECT_EQ(lines("{\"url\":5}"), "line 1: url: want a text");
    EXPECT_EQ(lines("[]"), "line 1: want a URL, or an object with a url");
    EXPECT_EQ(lines("http://a.test"), "line 1: not JSON: syntax error");
    EXPECT_THAT(lines("\"http://a.test\" \"http://b.test\""), StartsWith("line 1: not JSON"));
    EXPECT_THAT(lines("\"http://a\x01.test\""), StartsWith("line 1: not JSON"));
    EXPECT_THAT(lines("\"http://a.test/\xff\""), StartsWith("line 1: not JSON"));
    EXPECT_EQ(lines("{\"job\":{\"defaults\":{\"url\":\"http://a.test\"}}}\n"),
              "line 1: defaults: unknown field \"url\"");
    EXPECT_EQ(lines("{\"job\":{\"retires\":1}}\n"), "line 1: unknown field \"retires\"");
    EXPECT_EQ(lines("{\"job\":{},\"url\":\"http://a.test\"}\n"),
              "line 1: job: want an object of the job's fields, and nothing beside it");
    EXPECT_EQ(lines(""), "there is no URL in it");
    EXPECT_EQ(lines("{\"job\":{}}\n\n"), "there is no URL in it");
}

TEST_F(Submission, LinesAreBounded) {
    std::string const start = "\"http://a.test/";
    auto const fits = start + std::string(max_item_bytes - start.size() - 1, 'x') + "\"";
    EXPECT_EQ(fits.size(), max_item_bytes);
    EXPECT_EQ(lines("\"http://a.test\"\n" + fits + "\n" + fits), "");
    EXPECT_EQ(items_.size(), 3U);
    EXPECT_EQ(lines("\"http://a.test\"\n" + fits + " \n"), "line 2: longer than 65536 bytes");
    EXPECT_EQ(lines("\n" + fits + fits), "line 2: longer than 65536 bytes");
}

TEST_F(Submission, QueriesSayThingsOfTheJobToo) {
    EXPECT_EQ(lines("\"http://a.test\"",
                    "archive=true&priority=5&deduplicate=true&not_before=1970-01-01T00:20:00Z&deadline_ms=1"),
              "");
    EXPECT_EQ(job_.draft.priority, 5);
    EXPECT_TRUE(job_.draft.deduplicate);
    EXPECT_TRUE(job_.draft.archive);
    EXPECT_EQ(job_.draft.not_before, 1'200'000);
    EXPECT_EQ(job_.draft.deadline, now + 1);
    EXPECT_EQ(lines("", "archive=yes"), "archive: want true or false");
    EXPECT_EQ(lines("", "labels=%7B%7D"), "unknown parameter \"labels\"");
    EXPECT_EQ(lines("", "priority=1&priority=1"), "parameter \"priority\" is given twice");
    EXPECT_EQ(lines("", "priority=high"), "priority: want -9..9");
    EXPECT_EQ(lines("{\"job\":{\"priority\":1}}\n", "priority=1"),
              "line 1: field \"priority\" is given twice");
}

TEST_F(Submission, DocumentsHaveTheirMembersInAnyOrder) {
    EXPECT_EQ(document(R"( {"urls" : [ "http://a.test" , {"url":"http://b.test","retries":2},
                            {"url":"http://c.test","timeout_ms":5,"retries":1}, "http://d.test/[\"]{}," ] ,
                            "defaults":{"retries":2}, "priority":1 } )"),
              "");
    EXPECT_THAT(urls(), ElementsAre("http://a.test/", "http://b.test/", "http://c.test/",
                                    "http://d.test/[%22]%7B%7D,"));
    EXPECT_EQ(items_[1].options, "") << "it only repeats what is common";
    EXPECT_EQ(items_[2].options, R"({"retries":1,"timeout_ms":5})");
    EXPECT_EQ(job_.draft.options, R"({"retries":2})");
    auto const before = std::move(items_);
    EXPECT_EQ(
        document(R"({"defaults":{"retries":2},"urls":["http://a.test",{"retries":2,"url":"http://b.test"},
                          {"url":"http://c.test","timeout_ms":5,"retries":1}]})"),
        "");
    for (std::size_t i = 0; i < items_.size(); ++i)
        EXPECT_EQ(items_[i].options, before[i].options) << i;
}

TEST_F(Submission, RefusalsNameTheElement) {
    EXPECT_EQ(document(R"({"urls":["http://a.test","nonsense"]})").substr(0, 9), "urls[1]: ");
    EXPECT_EQ(document(R"({"urls":["http://a.test",{"url":"http://b.test","x":1}]})"),
              "urls[1]: unknown field \"x\"");
    EXPECT_EQ(document(R"({"urls":[{"url":"http://b.test","session":"s"}],)"
                       R"("defaults":{"headers":{"cookie":"a=b"}}})"),
              "urls[0]: session: cannot go with a \"cookie\" header: the session has its own cookies");
    EXPECT_EQ(document(R"({"urls":["http://a.test"],"priority":10})"), "priority: want -9..9");
    EXPECT_EQ(document(R"({"urls":["http://a.test"],"colour":1})"), "unknown field \"colour\"");
    EXPECT_EQ(document(R"({"urls":["http://a.test"],"priority":1,"priority":1})"),
              "field \"priority\" is given twice");
    EXPECT_EQ(document(R"({"urls":["http://a.test"],"labels":{"a":"1","a":"2"}})"),
              "labels: field \"a\" is given twice");
    for (auto const* text : {R"({"urls":[]})", R"({})", R"({"priority":1})"})
        EXPECT_EQ(document(text), "urls: is missing or empty; give the addresses to fetch") << text;
    for (auto const* text : {R"({"urls":"http://a.test"})", R"({"urls":["http://a.test"],"urls":[]})",
                             R"({"\u0075rls":["http://a.test"]})"})
        EXPECT_EQ(document(text), "urls: want one list") << text;
}

TEST_F(Submission, WhatIsNotJsonIsRefused) {
    for (auto const* text : {"",
                             "[]",
                             "\"http://a.test\"",
                             "{\"urls\":[\"http://a.test\"]",
                             "{\"urls\":[\"http://a.test\"]}}",
                             "{\"urls\":[\"http://a.test\"],}",
                             "{\"urls\":[\"http://a.test\",]}",
                             "{,\"urls\":[\"http://a.test\"]}",
                             "{\"urls\":[,\"http://a.test\"]}",
                             "{urls:[\"http://a.test\"]}",
                             "{\"urls\":[\"http://a.test\"}",
                             "{\"urls\":[\"http://a.test\"]]}",
                             "{\"urls\"[\"http://a.test\"]}",
                             "{\"priority\":1 2}",
                             "{\"priority\":}",
                             "{\"labels\":{]}",
                             "{\"urls\":[{\"url\":\"http://a.test\"]}",
                             "{1:2}",
                             "nul",
                             "{\"urls\":[\"http://a.test\"] 1}",
                             "{\"urls\" 1:[\"http://a.test\"]}",
                             "{\"priority\":1]"})
        EXPECT_NE(document(text), "") << text;
}

TEST_F(Submission, DocumentsAreBounded) {
    std::string text = R"({"urls":["http://a.test")";
    for (std::size_t i = 1; i < submission::max_json_items; ++i)
        text += ",\"http://a.test\"";
    auto whole = json_submission(limits_, now);
    EXPECT_EQ(read(*whole, text + "]}", text.size()), "");
    EXPECT_EQ(items_.size(), submission::max_json_items);
    auto more = json_submission(limits_, now);
    EXPECT_THAT(read(*more, text + ",\"http://b.test\"]}", text.size()), StartsWith("urls: at most 10000;"));
    EXPECT_THAT(document("{\"urls\":[\"http://a.test/" + std::string(max_item_bytes, 'x') + "\"]}"),
                HasSubstr("longer than 65536 bytes"));
}

TEST_F(Submission, WebhooksAreChecked) {
    auto const hook = [this](std::string const& members) {
        return document(R"({"urls":["http://a.test"],"webhook":{)" + members + "}}");
    };
    std::string const secret = R"("secrets":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")";
    EXPECT_EQ(hook(R"("url":"https://r.test/in#f",)" + secret), "");
    EXPECT_EQ(job_.webhook->url, "https://r.test/in");
    EXPECT_THAT(job_.webhook->secrets, ElementsAre("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    EXPECT_TRUE(job_.webhook->finished && !job_.webhook->results);
    EXPECT_EQ(hook(R"("url":"https://r.test","events":["job.results"],"batch":7,"window_ms":0,)" + secret),
              "");
    EXPECT_TRUE(!job_.webhook->finished && job_.webhook->results);
    EXPECT_EQ(job_.webhook->batch, 7U);
    EXPECT_EQ(job_.webhook->window, 0);
    EXPECT_EQ(hook(R"("url":"https://r.test")"), "webhook.secrets: is missing");
    EXPECT_EQ(hook(secret), "webhook.url: is missing");
    EXPECT_THAT(hook(R"("url":"ftp://r.test",)" + secret), StartsWith("webhook.url: want an http"));
    EXPECT_THAT(hook(R"("url":"https://u:p@r.test",)" + secret), StartsWith("webhook.url: cannot have"));
    EXPECT_THAT(hook(R"("url":"https://r.test","secrets":[])"), StartsWith("webhook.secrets: want 1 to 4"));
    EXPECT_THAT(hook(R"("url":"https://r.test","secrets":["x"])"),
                StartsWith("webhook.secrets: want \"whsec"));
    EXPECT_THAT(hook(R"("url":"https://r.test","events":["x"],)" + secret),
                StartsWith("webhook.events: want"));
    EXPECT_THAT(hook(R"("url":"https://r.test","events":[],)" + secret), StartsWith("webhook.events: want"));
    EXPECT_EQ(hook(R"("url":"https://r.test","batch":0,)" + secret), "webhook.batch: want 1..1000");
    EXPECT_EQ(hook(R"("to":1)"), "webhook: unknown field \"to\"");
}

TEST_F(Submission, LabelsAreBounded) {
    auto const labels = [this](std::string const& members) {
        return document(R"({"urls":["http://a.test"],"labels":{)" + members + "}}");
    };
    EXPECT_EQ(labels(""), "");
    EXPECT_EQ(job_.draft.labels, "");
    EXPECT_EQ(labels("\"" + std::string(64, 'n') + "\":\"" + std::string(256, 'v') + "\""), "");
    EXPECT_THAT(labels("\"" + std::string(65, 'n') + "\":\"\""), StartsWith("labels: want names"));
    EXPECT_THAT(labels("\"n\":\"" + std::string(257, 'v') + "\""), StartsWith("labels.\"n\": want a text"));
    EXPECT_THAT(labels("\"n\":1"), StartsWith("labels.\"n\": want a text"));
    std::string many = "\"0\":\"\"";
    for (int i = 1; i < 32; ++i)
        many += ",\"" + std::to_string(i) + "\":\"\"";
    EXPECT_EQ(labels(many), "");
    EXPECT_THAT(labels(many + ",\"x\":\"\""), StartsWith("labels: want an object"));
}

TEST(SubmissionForm, IsSaidByTheContentType) {
    for (auto const* type :
         {"application/x-ndjson", "Application/NDJSON; charset=utf-8", "application/jsonl ;a=b"})
        EXPECT_TRUE(is_ndjson(type)) << type;
    for (auto const* type : {"", "application/json", "application/x-www-form-urlencoded", "text/x-ndjson"})
        EXPECT_FALSE(is_ndjson(type)) << type;
}

}  // namespace
}  // namespace fetchd::api
