// Theme: the results of a job as files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace fetchd::test {
namespace {

using jobs::read_file;
using jobs::read_warc;

class JobExport : public testing::Test {
  protected:
    JobExport() : folder_(testing::TempDir() + "fetchd-export-" + std::to_string(::getpid())) {
        std::filesystem::remove_all(folder_);
        origin_.on("/page", html("<p>a page"));
        origin_.on("/other", html("<p>another"));
        origin_.on("/held", script{}.gate("held").answer(200, "<p>late", {{"content-type", "text/html"}}));
        service_ = std::make_unique<fetchd_process>(
            with("[jobs]\nfolder = \"" + folder_ +
                 "\"\n[politeness]\nhosts = [\"127.0.0.1 connections=8 delay=0s adaptive=false\"]\n"));
    }
    ~JobExport() override {
        origin_.open_gate("held");
        service_.reset();
        std::filesystem::remove_all(folder_);
    }

    static script html(std::string const& body) {
        return script{}.answer(200, body, {{"content-type", "text/html"}});
    }
    std::string list(std::vector<std::string> const& paths) const {
        std::string all;
        for (auto const& path : paths)
            all.append(all.empty() ? "" : ",").append("\"").append(origin_.url(path)).append("\"");
        return "\"urls\":[" + all + "]";
    }
    std::string submit(std::string const& body) const {
        auto const got = post(service_->port(), "/v1/jobs", body);
        EXPECT_EQ(got.status, 202) << got.body;
        return document(got.body)["/id"];
    }
    bool wait_for(std::string const& id, std::string const& place, std::string const& value) const {
        auto const until = test_clock::now() + patience();
        while (document(get(service_->port(), "/v1/jobs/" + id).body)[place] != value)
            if (test_clock::now() > until)
                return false;
        return true;
    }
    std::string finished(std::string const& body) const {
        auto id = submit(body);
        EXPECT_TRUE(wait_for(id, "/state", "finished"));
        return id;
    }
    answer exported(std::string const& id, std::string const& query) const {
        return get(service_->port(), "/v1/jobs/" + id + "/export?" + query);
    }
    static std::string types(read_file const& file) {
        std::string all;
        for (auto const& r : file.records)
            all += r.type() + " ";
        return all;
    }
    // By another implementation; false where it cannot be had.
    static void expect_warcio_agrees(std::string const& bytes) {
        auto const path = testing::TempDir() + "fetchd-" + std::to_string(::getpid()) + ".warc.gz";
        std::ofstream(path, std::ios::binary) << bytes;
        auto const status = std::system((FETCHD_WARC_CHECK " " + path + " >&2").c_str());
        std::filesystem::remove(path);
        if (WEXITSTATUS(status) == 77)
            GTEST_SKIP() << "there is no warcio.js here";
        EXPECT_EQ(WEXITSTATUS(status), 0);
    }

    std::string folder_;
    scripted_origin origin_;
    std::unique_ptr<fetchd_process> service_;
};

TEST_F(JobExport, LinesAreTheResults) {
    auto const id = finished("{" + list({"/page", "/other", "/none"}) + "}");
    auto const got = exported(id, "format=ndjson");
    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("content-type"), "application/x-ndjson");
    EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\"" + id + ".ndjson\"");
    EXPECT_EQ(got.header("fetchd-job-state"), "finished");
    EXPECT_EQ(got.body, get(service_->port(), "/v1/jobs/" + id + "/results").body);
    EXPECT_EQ(exported(id, "").body, got.body);
    auto const some = exported(id, "fields=status&outcome=ok").body;
    EXPECT_TRUE(some.starts_with("{\"seq\":1,\"status\":")) << some;
}

TEST_F(JobExport, RowsAreParsedBack) {
    auto const id = finished("{" + list({"/page", "/page"}) + "}");
    auto const got = exported(id, "format=csv&fields=seq,url,status,output.markdown");
    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("content-type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\"" + id + ".csv\"");
    auto const url = origin_.url("/page");
    EXPECT_EQ(got.body, "seq,url,status,output.markdown\r\n1," + url + ",200,\"a page\n\"\r\n2," + url +
                            ",200,\"a page\n\"\r\n");
    EXPECT_TRUE(exported(id, "format=csv").body.starts_with("seq,item,url,final_url,outcome,status,"));
}

TEST_F(JobExport, FormulasAreDefusedUnlessTheyAreWanted) {
    origin_.on("/formula", html("<p>=1+1"));
    auto const id = finished("{" + list({"/formula"}) + R"(,"defaults":{"output":["text"]}})");
    auto const cells = "format=csv&fields=output.text";
    EXPECT_TRUE(contains(exported(id, cells).body, "'=1+1"));
    auto const exact = exported(id, std::string(cells) + "&formulas=as_it_is").body;
    EXPECT_TRUE(contains(exact, "=1+1"));
    EXPECT_FALSE(contains(exact, "'=1+1"));
}

TEST_F(JobExport, AnArchiveHasRequestsAndBodies) {
    auto const id =
        finished("{\"archive\":true," + list({"/page", "/other", "/page"}) +
                 R"(,"concurrency":1,"defaults":{"headers":{"Authorization":"Basic c2VjcmV0","X-A":"b"}}})");
    EXPECT_EQ(document(get(service_->port(), "/v1/jobs/" + id).body)["/archive"], "true");
    auto const got = exported(id, "format=warc");
    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("content-type"), "application/warc+gzip");
    EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\"" + id + ".warc.gz\"");

    auto const file = read_warc(got.body);
    ASSERT_EQ(file.wrong, "");
    EXPECT_EQ(types(file),
              "warcinfo response request metadata response request metadata revisit request metadata ");
    EXPECT_TRUE(file.records[1].block.ends_with("\r\n\r\n<p>a page")) << file.records[1].block;
    EXPECT_TRUE(file.records[4].block.ends_with("\r\n\r\n<p>another")) << file.records[4].block;
    EXPECT_EQ(file.records[7].fields.get("WARC-Refers-To"), file.records[1].fields.get("WARC-Record-ID"));
    auto const& request = file.records[2].block;
    EXPECT_TRUE(request.starts_with("GET /page HTTP/1.1\r\nHost: 127.0.0.1:")) << request;
    EXPECT_TRUE(contains(request, "X-A: b\r\n"));
    EXPECT_TRUE(contains(request, "User-Agent: fetchd"));
    for (auto const& r : file.records)
        EXPECT_FALSE(contains(r.block, "c2VjcmV0")) << r.block;
    expect_warcio_agrees(got.body);
}

TEST_F(JobExport, ABodyIsArchivedAsItWasCoded) {
    // printf '<p>gz' | gzip -n | xxd -p
    std::string const coded(
        "\x1f\x8b\x08\0\0\0\0\0\0\x03\xb3\x29\xb0\x4b\xaf\x02\0\xde\xaf\x55\x7d\x05\0\0\0", 25);
    origin_.on("/coded",
               script{}.answer(200, coded, {{"content-type", "text/html"}, {"content-encoding", "gzip"}}));
    auto const id = finished("{\"archive\":true," + list({"/coded"}) + "}");
    auto const got = exported(id, "format=warc");
    auto const file = read_warc(got.body);
    ASSERT_EQ(file.records.size(), 4U) << file.wrong;
    EXPECT_TRUE(file.records[1].block.ends_with("\r\n\r\n" + coded));
    EXPECT_TRUE(contains(file.records[1].block, "content-encoding: gzip\r\n"));
}

TEST_F(JobExport, AnEmptyBodyAndAFailureAreArchivedToo) {
    origin_.on("/empty", script{}.answer(200, "", {{"content-type", "text/html"}}));
    origin_.on("/cut", script{}.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx").close());
    auto const id = finished("{\"archive\":true,\"concurrency\":1," + list({"/empty", "/cut"}) + "}");
    auto const file = read_warc(exported(id, "format=warc").body);
    EXPECT_EQ(file.wrong, "");
    EXPECT_EQ(types(file), "warcinfo response request metadata metadata ");
}

TEST_F(JobExport, WithoutArchiveNoBodyIsKept) {
    auto const id = finished("{" + list({"/page"}) + "}");
    EXPECT_EQ(types(read_warc(exported(id, "format=warc").body)), "warcinfo metadata ");
    EXPECT_FALSE(contains(exported(id, "").body, "\"request\":"));
}

TEST_F(JobExport, AJobThatGoesOnGivesWhatIsThereAndSaysSo) {
    auto const id = submit("{" + list({"/page", "/held"}) + "}");
    ASSERT_TRUE(wait_for(id, "/counts/succeeded", "1"));
    auto const got = exported(id, "format=ndjson");
    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.header("fetchd-job-state"), "active");
    auto const end = document(got.body.substr(got.body.find('\n') + 1));
    EXPECT_EQ(end["/end"], "false") << got.body;
    EXPECT_EQ(end.number("/next"), 1);
    EXPECT_EQ(exported(id, "format=csv&fields=seq").body, "seq\r\n1\r\n");
}

TEST_F(JobExport, HeadHasTheFieldsAndNoBody) {
    auto const id = finished("{" + list({"/page"}) + "}");
    http_client client(service_->port());
    read_options to_head;
    to_head.to_head = true;
    auto const got = client.exchange("HEAD", "/v1/jobs/" + id + "/export?format=csv", {}, {}, to_head);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("content-type"), "text/csv; charset=utf-8; header=present");
    EXPECT_EQ(got.header("content-disposition"), "attachment; filename=\"" + id + ".csv\"");
    EXPECT_EQ(client.exchange("GET", "/v1/jobs/" + id).status, 200) << "the connection goes on";
}

TEST_F(JobExport, WhatMakesNoSenseIsRefused) {
    auto const id = finished("{" + list({"/page"}) + "}");
    for (auto const* query : {"format=xml", "fields=nonsense", "outcome=good", "formulas=on", "limit=3",
                              "format=warc&fields=url", "format=ndjson&formulas=as_it_is"})
        EXPECT_EQ(exported(id, query).status, 400) << query;
    EXPECT_EQ(exported("j-00000000000000000000000000000000", "").status, 404);
}

// Many pages, large enough to fill what the sockets hold: a reader that goes away in the middle, one that
// does not read, and then one that gets all of it.
TEST_F(JobExport, ManyResultsGoInPagesAndACutClientIsHarmless) {
    constexpr std::size_t items = 1'500;
    origin_.on("/large", html("<p>" + std::string(16 << 10, 'x')));
    std::string lines = "{\"job\":{\"archive\":true}}\n";
    for (std::size_t i = 0; i < items; ++i)
        lines += "\"" + origin_.url("/large?" + std::to_string(i)) + "\"\n";
    auto const accepted = post(service_->port(), "/v1/jobs", lines, "application/x-ndjson");
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    auto const id = document(accepted.body)["/id"];
    ASSERT_TRUE(wait_for(id, "/state", "finished"));
    auto const target = "/v1/jobs/" + id + "/export";
    auto const before = service_->resident();
    for (auto const* format : {"ndjson", "warc"}) {
        http_client cut(service_->port(), "127.0.0.1", 4096);
        cut.send("GET " + target + "?format=" + format + " HTTP/1.1\r\nhost: x\r\n\r\n");
        EXPECT_EQ(cut.read_head().status, 200);
        cut.reset();
    }
    std::vector<http_client> asleep;
    for (int i = 0; i < 6; ++i) {
        asleep.emplace_back(service_->port(), "127.0.0.1", 4096);
        asleep.back().send("GET " + target + " HTTP/1.1\r\nhost: x\r\n\r\n");
        EXPECT_EQ(asleep.back().read_head().status, 200);
    }
    auto const all = exported(id, "format=ndjson&fields=item");
    EXPECT_TRUE(all.ok());
    EXPECT_EQ(std::count(all.body.begin(), all.body.end(), '\n'), items + 1);
    auto const archive = exported(id, "format=warc");
    EXPECT_TRUE(archive.ok());
    auto const file = read_warc(archive.body);
    EXPECT_EQ(file.wrong, "");
    EXPECT_EQ(file.records.size(), 1 + 3 * items);
    std::size_t revisits = 0;
    for (auto const& r : file.records)
        revisits += r.type() == "revisit";
    EXPECT_EQ(revisits, items - 1);
    if (slowness() > 1)
        GTEST_SKIP() << "a sanitizer keeps what was freed";
    // 24 MB of results, and several readers of them.
    EXPECT_LT(service_->resident(), before + (std::size_t{40} << 20U));
}

TEST_F(JobExport, NoMoreThanSomeAtATime) {
    constexpr std::size_t items = 600;
    origin_.on("/large", html("<p>" + std::string(64 << 10, 'x')));
    std::vector<std::string> const paths(items, "/large");
    auto const id = finished("{" + list(paths) + "}");
    std::vector<http_client> asleep;
    for (int i = 0; i < 8; ++i) {
        asleep.emplace_back(service_->port(), "127.0.0.1", 4096);
        asleep.back().send("GET /v1/jobs/" + id + "/export HTTP/1.1\r\nhost: x\r\n\r\n");
        EXPECT_EQ(asleep.back().read_head().status, 200);
    }
    auto const refused = exported(id, "");
    EXPECT_EQ(refused.status, 503);
    EXPECT_NE(refused.count("retry-after"), 0U);
    asleep.clear();
    auto const until = test_clock::now() + patience();
    while (exported(id, "fields=item").status != 200 && test_clock::now() < until) {
    }
    EXPECT_EQ(exported(id, "fields=item").status, 200);
}

}  // namespace
}  // namespace fetchd::test
