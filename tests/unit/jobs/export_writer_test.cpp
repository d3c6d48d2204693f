// The pieces of an export, as files.
#include "jobs/export_writer.hpp"

#include <gtest/gtest.h>

#include "unit/jobs/warc_reader.hpp"

namespace fetchd::jobs {
namespace {

stored_result a_result(std::uint64_t seq, std::string const& members, std::optional<std::string> body = {}) {
    stored_result r;
    r.seq = seq;
    r.at = 1'795'000'000'125;
    r.line = "{\"seq\":" + std::to_string(seq) + "," + members + "}";
    r.body = std::move(body);
    return r;
}

std::vector<stored_result> two() {
    std::string const page =
        R"("url":"http://a.test/","final_url":"http://a.test/","outcome":"ok","status":200,"headers":[])";
    std::vector<stored_result> page_of;
    page_of.push_back(a_result(1, page, "<p>one"));
    page_of.push_back(a_result(2, page, "<p>one"));
    return page_of;
}

export_writer a_writer(export_format format, std::string_view fields = {}) {
    export_wish wish;
    wish.format = format;
    if (!fields.empty())
        wish.fields = *result_fields::parse(fields);
    return {wish, {"j-1" + std::string(file_suffix(format)), "fetchd/0.1", "j-1", archive_time()}};
}

TEST(ExportWriter, LinesAreTheResultsAsTheyAreStored) {
    auto writer = a_writer(export_format::ndjson);
    EXPECT_EQ(writer.begin(), "");
    EXPECT_EQ(writer.page(two()), two()[0].line + "\n" + two()[1].line + "\n");
    EXPECT_EQ(writer.page({}), "");
}

TEST(ExportWriter, LinesHaveTheChosenFieldsOnly) {
    auto writer = a_writer(export_format::ndjson, "status");
    EXPECT_EQ(writer.page(two()), "{\"seq\":1,\"status\":200}\n{\"seq\":2,\"status\":200}\n");
}

TEST(ExportWriter, RowsHaveFactsUnlessFieldsAreChosen) {
    EXPECT_TRUE(a_writer(export_format::csv).begin().starts_with("seq,item,url,final_url,outcome,status,"));
    auto writer = a_writer(export_format::csv, "seq,url");
    EXPECT_EQ(writer.begin(), "seq,url\r\n");
    EXPECT_EQ(writer.page(two()), "1,http://a.test/\r\n2,http://a.test/\r\n");
}

TEST(ExportWriter, AnArchiveRefersToWhatIsInAnotherPage) {
    auto writer = a_writer(export_format::warc);
    auto bytes = writer.begin();
    for (auto& r : two()) {
        std::vector<stored_result> page;
        page.push_back(std::move(r));
        bytes += writer.page(std::move(page));
    }
    auto const file = read_warc(bytes);
    ASSERT_EQ(file.wrong, "");
    std::string types;
    for (auto const& r : file.records)
        types += r.type() + " ";
    EXPECT_EQ(types, "warcinfo response metadata revisit metadata ");
    EXPECT_EQ(file.records[0].fields.get("WARC-Filename"), "j-1.warc.gz");
}

TEST(ExportWriter, NamesOfRecordsAreNeverTheSame) {
    auto writer = a_writer(export_format::warc);
    auto const file = read_warc(writer.begin() + writer.page(two()));
    std::vector<std::string> ids;
    for (auto const& r : file.records)
        ids.emplace_back(r.fields.get("WARC-Record-ID"));
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids.size(), 5U);
    EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
}

TEST(ExportWriter, WhatIsNoResultIsLeftOutOfAnArchive) {
    auto writer = a_writer(export_format::warc);
    std::vector<stored_result> page;
    page.push_back(a_result(1, "\"url\":"));
    EXPECT_EQ(writer.page(std::move(page)), "");
}

TEST(ExportWriter, KnowsItsFormats) {
    for (auto const* name : {"ndjson", "csv", "warc"})
        EXPECT_TRUE(parse_export_format(name)) << name;
    for (auto const* name : {"", "CSV", "warc ", "json"})
        EXPECT_FALSE(parse_export_format(name)) << name;
}

}  // namespace
}  // namespace fetchd::jobs
