// Archives: records, the messages in them, and what a stored result gives for them.
#include "jobs/warc.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs/warc_message.hpp"
#include "unit/jobs/archived_samples.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace fetchd::jobs {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Warc : public testing::Test {
  protected:
    warc_writer writer_{counted_names()};
    std::string bytes_;

    std::vector<read_record> add(archived_exchange const& e) {
        bytes_.clear();
        writer_.add(e, bytes_);
        auto file = read_warc(bytes_);
        EXPECT_EQ(file.wrong, "");
        for (auto const n : file.members)
            EXPECT_EQ(n, 1U) << "a member for each record";
        EXPECT_EQ(file.members.size(), file.records.size());
        return std::move(file.records);
    }
};

std::string get(read_record const& r, std::string_view name) {
    EXPECT_LE(r.fields.count(name), 1U) << name;
    return std::string(r.fields.get(name));
}

TEST_F(Warc, BeginsWithWhatTheFileIs) {
    writer_.begin("j-1.warc.gz", "fetchd/0.1.0", "j-1", a_page().at, bytes_);
    auto const file = read_warc(bytes_);
    ASSERT_EQ(file.records.size(), 1U);
    auto const& r = file.records[0];
    EXPECT_EQ(r.version, "WARC/1.1");
    EXPECT_EQ(get(r, "WARC-Type"), "warcinfo");
    EXPECT_EQ(get(r, "WARC-Filename"), "j-1.warc.gz");
    EXPECT_EQ(get(r, "WARC-Record-ID"), "<urn:uuid:01010101-0101-4101-8101-010101010101>");
    EXPECT_EQ(get(r, "WARC-Date"), "2026-11-21T00:00:00.125Z");
    EXPECT_EQ(get(r, "Content-Type"), "application/warc-fields");
    EXPECT_THAT(r.block, StartsWith("software: fetchd/0.1.0\r\nformat: WARC File Format 1.1\r\n"));
    EXPECT_THAT(r.block, EndsWith("isPartOf: j-1\r\n"));
    auto const response = add(a_page())[0];
    EXPECT_EQ(get(response, "WARC-Warcinfo-ID"), get(r, "WARC-Record-ID"));
}

TEST_F(Warc, AnExchangeIsResponseRequestAndMetadata) {
    auto const records = add(a_page());
    ASSERT_EQ(records.size(), 3U);
    auto const& response = records[0];
    EXPECT_EQ(get(response, "WARC-Type"), "response");
    EXPECT_EQ(get(response, "WARC-Target-URI"), "https://a.test/page?x=1");
    EXPECT_EQ(get(response, "WARC-IP-Address"), "192.0.2.1");
    EXPECT_EQ(get(response, "Content-Type"), "application/http; msgtype=response");
    EXPECT_EQ(response.block,
              "HTTP/1.1 200 \r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<p>Hello</p>");
    // printf '<p>Hello</p>' | openssl sha1 -binary | base32
    EXPECT_EQ(get(response, "WARC-Payload-Digest"), "sha1:4GXYJPEDG5VU7ESI3J4OMBUEXR5R5P3R");
    EXPECT_EQ(get(response, "WARC-Block-Digest"), "sha1:R7SGIFK7RVZAI7B2CD4QPMNYAFEAWTQA");
    EXPECT_EQ(get(response, "WARC-Truncated"), "");
    EXPECT_EQ(get(records[1], "WARC-Type"), "request");
    EXPECT_EQ(get(records[1], "Content-Type"), "application/http; msgtype=request");
    EXPECT_EQ(records[1].block, "GET /page?x=1 HTTP/1.1\r\nHost: a.test\r\nUser-Agent: fetchd\r\n\r\n");
    EXPECT_EQ(get(records[2], "WARC-Type"), "metadata");
    EXPECT_EQ(get(records[2], "Content-Type"), "application/json");
    EXPECT_EQ(records[2].block, R"({"seq":1,"outcome":"ok"})");
    for (std::size_t i = 1; i < 3; ++i) {
        EXPECT_EQ(get(records[i], "WARC-Concurrent-To"), get(response, "WARC-Record-ID"));
        EXPECT_EQ(get(records[i], "WARC-Target-URI"), "https://a.test/page?x=1");
        EXPECT_NE(get(records[i], "WARC-Record-ID"), get(response, "WARC-Record-ID"));
    }
}

TEST_F(Warc, WhatIsNotKnownIsLeftOut) {
    auto e = a_page();
    e.method.clear();
    e.address.clear();
    auto records = add(e);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_FALSE(records[0].fields.has("WARC-IP-Address"));
    e.has_body = false;
    records = add(e);
    ASSERT_EQ(records.size(), 1U) << "a body that was not kept makes no response";
    EXPECT_EQ(get(records[0], "WARC-Type"), "metadata");
    EXPECT_FALSE(records[0].fields.has("WARC-Concurrent-To"));
    e = a_page();
    e.status = 0;
    EXPECT_EQ(add(e).size(), 1U);
}

TEST_F(Warc, TheSamePayloadIsReferredTo) {
    auto const first = add(a_page())[0];
    auto again = a_page("https://b.test/copy");
    again.at += std::chrono::hours(1);
    auto const records = add(again);
    ASSERT_EQ(records.size(), 3U);
    auto const& revisit = records[0];
    EXPECT_EQ(get(revisit, "WARC-Type"), "revisit");
    EXPECT_EQ(get(revisit, "WARC-Profile"),
              "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest");
    EXPECT_EQ(get(revisit, "WARC-Refers-To"), get(first, "WARC-Record-ID"));
    EXPECT_EQ(get(revisit, "WARC-Refers-To-Target-URI"), "https://a.test/page?x=1");
    EXPECT_EQ(get(revisit, "WARC-Refers-To-Date"), get(first, "WARC-Date"));
    EXPECT_EQ(get(revisit, "WARC-Payload-Digest"), get(first, "WARC-Payload-Digest"));
    EXPECT_EQ(get(revisit, "WARC-Truncated"), "length");
    EXPECT_EQ(revisit.block, "HTTP/1.1 200 \r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n");
    EXPECT_EQ(get(add(a_page("https://c.test/", "other"))[0], "WARC-Type"), "response");
    EXPECT_EQ(get(add(a_page("https://c.test/1", ""))[0], "WARC-Type"), "response");
    EXPECT_EQ(get(add(a_page("https://c.test/2", ""))[0], "WARC-Type"), "response") << "nothing is nothing";
}

TEST_F(Warc, BodiesThatWereCutSaySoAndAreNeverTheSame) {
    auto cut = a_page();
    cut.truncated = "time";
    EXPECT_EQ(get(add(cut)[0], "WARC-Truncated"), "time");
    EXPECT_EQ(get(add(a_page())[0], "WARC-Type"), "response");
    EXPECT_EQ(get(add(cut)[0], "WARC-Type"), "response");
    EXPECT_EQ(get(add(a_page())[0], "WARC-Type"), "revisit");
}

TEST_F(Warc, RemembersABoundedNumberOfPayloads) {
    warc_writer plain(counted_names(), false);
    auto const add_page = [&](std::string url, std::size_t n) {
        bytes_.clear();
        plain.add(a_page(std::move(url), "body " + std::to_string(n)), bytes_);
    };
    auto const type = [&](std::string url, std::size_t n) {
        add_page(std::move(url), n);
        return read_warc(bytes_).records.at(0).type();
    };
    auto const most = warc_writer::max_known;
    EXPECT_EQ(type("https://a.test/" + std::string(warc_writer::max_known_url, 'x'), 0), "response");
    EXPECT_EQ(type("https://a.test/", 0), "response") << "the URL was too long to be remembered";
    for (std::size_t n = 1; n < most; ++n)
        add_page("https://a.test/", n);
    EXPECT_EQ(type("https://b.test/", most - 1), "revisit");
    EXPECT_EQ(type("https://b.test/", most), "response");
    EXPECT_EQ(type("https://b.test/", most), "response") << "there was no room for it";
    EXPECT_EQ(type("https://b.test/", 0), "revisit");
}

TEST_F(Warc, LargeBodiesAreWholeAndCompressed) {
    std::string body;
    for (int i = 0; i < 400'000; ++i)
        body += "line " + std::to_string(i) + "\n";
    auto const records = add(a_page("https://a.test/", body));
    EXPECT_THAT(records[0].block, EndsWith("\r\n\r\n" + body));
    EXPECT_LT(bytes_.size(), body.size() / 3);
}

TEST_F(Warc, NothingSplitsARecord) {
    std::string const evil = std::string("x\r\n\r\nWARC/1.1\r\nWARC-Type: response\nA: b\0c\x7f", 42);
    auto e = a_page();
    e.address = e.truncated = evil;
    e.fields.add("X-" + evil, "1");
    e.fields.add("X-Evil", evil);
    e.request_fields.add("X-Evil", evil);
    e.method = "GET";
    auto records = add(e);
    ASSERT_EQ(records.size(), 3U);
    for (auto const& r : records)
        for (std::size_t i = 0; i < r.fields.size(); ++i)
            EXPECT_EQ(r.fields[i].value.find_first_of(std::string_view("\r\n\0", 3)), std::string_view::npos);
    EXPECT_EQ(get(records[0], "WARC-Type"), "response");
    EXPECT_THAT(records[0].block, HasSubstr("X-Evil: x    WARC/1.1  WARC-Type: response A: b c \r\n"));
    EXPECT_THAT(records[0].block, Not(HasSubstr("X-x")));
    EXPECT_EQ(records[0].block.find("\r\n\r\n"), records[0].block.size() - 4 - e.body.size());
    EXPECT_EQ(records[1].block.find("\r\n\r\n"), records[1].block.size() - 4);
    e.method = evil;
    EXPECT_EQ(add(e).size(), 2U) << "no request";
    e.url = "https://a.test/" + evil;
    e.metadata = evil;
    records = add(e);
    EXPECT_EQ(records.back().block, evil) << "a block may hold anything";
    EXPECT_EQ(get(records[0], "WARC-Type"), "response");
    bytes_.clear();
    writer_.begin(evil, evil, evil, e.at, bytes_);
    auto const info = read_warc(bytes_);
    ASSERT_EQ(info.records.size(), 1U);
    EXPECT_EQ(std::count(info.records[0].block.begin(), info.records[0].block.end(), '\n'), 4);
}

TEST(ArchivedResponse, FramingAgreesWithWhatIsKept) {
    auto e = a_page();
    e.fields = {};
    for (auto const& [name, value] : {std::pair{"Transfer-Encoding", "chunked"},
                                      {"content-length", "99"},
                                      {"Trailer", "X"},
                                      {"Content-Encoding", "gzip"},
                                      {"ETag", "\"1\""}})
        e.fields.add(name, value);
    EXPECT_EQ(archived_response_head(e),
              "HTTP/1.1 200 \r\n"
              "X-Archive-Orig-Transfer-Encoding: chunked\r\n"
              "X-Archive-Orig-content-length: 99\r\n"
              "X-Archive-Orig-Trailer: X\r\n"
              "Content-Encoding: gzip\r\n"
              "ETag: \"1\"\r\n"
              "Content-Length: 12\r\n\r\n");
    e.decoded = true;
    EXPECT_THAT(archived_response_head(e), HasSubstr("\r\nX-Archive-Orig-Content-Encoding: gzip\r\n"));
    e.fields = {};
    e.fields.add("Content-Length", "12");
    EXPECT_EQ(archived_response_head(e), "HTTP/1.1 200 \r\nContent-Length: 12\r\n\r\n") << "once, as it was";
}

TEST(ArchivedResponse, AnswersWithoutABodyPromiseNone) {
    auto e = a_page();
    e.body.clear();
    e.fields.add("Content-Length", "500");
    for (int const status : {204, 304}) {
        e.status = status;
        EXPECT_THAT(archived_response_head(e), HasSubstr("\r\nX-Archive-Orig-Content-Length: 500\r\n\r\n"));
        EXPECT_THAT(archived_response_head(e), Not(HasSubstr("\r\nContent-Length")));
    }
    e.status = 200;
    EXPECT_THAT(archived_response_head(e), HasSubstr("\r\nContent-Length: 0\r\n"));
    e.method = "HEAD";
    EXPECT_THAT(archived_response_head(e), Not(HasSubstr("\r\nContent-Length")));
}

TEST(ArchivedRequest, IsWhatWasAsked) {
    auto e = a_page("https://[2001:db8::1]:8443");
    e.method = "POST";
    e.request_fields.add("Content-Length", "9");
    for (auto const* name : {"authorization", "Proxy-Authorization", "COOKIE"})
        e.request_fields.add(name, "secret");
    EXPECT_EQ(archived_request(e),
              "POST / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\nUser-Agent: fetchd\r\n"
              "X-Archive-Orig-Content-Length: 9\r\n\r\n");
    e.request_fields.add("host", "other.test");
    EXPECT_THAT(archived_request(e), Not(HasSubstr("Host: [")));
    e.url = "ftp://a.test/";
    EXPECT_EQ(archived_request(e), "");
}

TEST(Archived, IsReadFromAStoredResult) {
    stored_result r;
    r.at = 1'795'219'200'125;
    r.line = R"({"seq":4,"url":"http://a.test/","final_url":"https://a.test/x","outcome":"ok","status":200,)"
             R"("headers":[["A","1"],["B","2"],["C"],5],"attempts":[{"address":"192.0.2.9:80"},)"
             R"({"address":"[2001:db8::1]:443"}],"request":{"method":"GET","headers":[["Accept","*/*"]]},)"
             R"("output":{"text":"long"}})";
    r.body = "bytes";
    auto const e = archived(r, true).value();
    EXPECT_EQ(e.url, "https://a.test/x");
    EXPECT_EQ(e.at, a_page().at);
    EXPECT_EQ(e.address, "2001:db8::1");
    EXPECT_EQ(e.method, "GET");
    EXPECT_EQ(e.request_fields.get("accept"), "*/*");
    EXPECT_EQ(e.status, 200);
    EXPECT_EQ(e.fields.size(), 2U);
    EXPECT_EQ(e.body, "bytes");
    EXPECT_TRUE(e.has_body && e.decoded);
    EXPECT_THAT(e.metadata, StartsWith(R"({"seq":4,)"));
    EXPECT_THAT(e.metadata, Not(HasSubstr("output")));
}

TEST(Archived, OfAFailureThereIsWhatIsKnown) {
    stored_result r;
    r.line =
        R"({"url":"http://a.test/","outcome":"failed","attempts":[],"status":99,"headers":{},"request":[]})";
    auto const e = archived(r, false).value();
    EXPECT_EQ(e.url, "http://a.test/");
    EXPECT_EQ(e.status, 0);
    EXPECT_EQ(e.address + e.method, "");
    EXPECT_FALSE(e.has_body);
    r.line =
        R"({"url":"http://a.test/","attempts":[{"address":"10.0.0.1:1080","proxy":"socks5://10.0.0.1:1080"}]})";
    EXPECT_EQ(archived(r, false)->address, "") << "the proxy's, not the origin's";
    for (auto const* line : {"", "{", "[]", "{}", R"({"seq":1})"}) {
        r.line = line;
        EXPECT_FALSE(archived(r, false)) << line;
    }
}

}  // namespace
}  // namespace fetchd::jobs
