// Archives we write, read by others' software; and others' archives, compared with ours.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "unit/jobs/archived_samples.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace fetchd::jobs {
namespace {

std::filesystem::path const folder = FETCHD_SOURCE_DIR "/../shared/corpora/warc";

std::string content(std::filesystem::path const& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
}

// Every kind of record.
std::string an_archive(bool gzip) {
    warc_writer writer(counted_names(), gzip);
    std::string bytes;
    writer.begin("all.warc.gz", "fetchd", "j-1", a_page().at, bytes);
    writer.add(a_page(), bytes);
    writer.add(a_page("https://a.test/copy"), bytes);
    auto decoded = a_page("https://a.test/decoded", std::string(100'000, 'z'));
    decoded.fields.add("Content-Encoding", "gzip");
    decoded.fields.add("Transfer-Encoding", "chunked");
    decoded.decoded = true;
    writer.add(decoded, bytes);
    auto evil = a_page("https://a.test/evil", "evil");
    evil.fields.add("X-Evil", "a\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n");
    writer.add(evil, bytes);
    auto nothing = a_page("https://a.test/nothing", "");
    nothing.status = 204;
    writer.add(nothing, bytes);
    auto failed = a_page("https://a.test/failed");
    failed.status = 0;
    writer.add(failed, bytes);
    return bytes;
}

// What warcio.js says of the file; nothing where it cannot be had here.
std::optional<std::string> checked(std::string const& bytes, int& status) {
    auto const base = std::filesystem::temp_directory_path() / ("fetchd-warc-" + std::to_string(::getpid()));
    auto const file = base.string() + ".warc";
    auto const said = base.string() + ".txt";
    std::ofstream(file, std::ios::binary) << bytes;
    auto const command =
        "'" FETCHD_SOURCE_DIR "/tests/conformance/warc/check' '" + file + "' > '" + said + "' 2>&1";
    auto const ended = std::system(command.c_str());
    status = WIFEXITED(ended) ? WEXITSTATUS(ended) : -1;
    auto text = content(said);
    std::filesystem::remove(file);
    std::filesystem::remove(said);
    return status == 77 ? std::nullopt : std::optional(text);
}

TEST(WarcConformance, WarcioReadsWhatWeWrite) {
    for (bool const gzip : {true, false}) {
        int status = 0;
        auto const said = checked(an_archive(gzip), status);
        if (!said)
            GTEST_SKIP() << "no warcio.js here";
        EXPECT_EQ(status, 0);
        EXPECT_EQ(*said,
                  "warcinfo - 155 -\n"
                  "response 200 12 https://a.test/page?x=1\n"
                  "request - 0 https://a.test/page?x=1\n"
                  "metadata - 24 https://a.test/page?x=1\n"
                  "revisit 200 0 https://a.test/copy\n"
                  "request - 0 https://a.test/copy\n"
                  "metadata - 24 https://a.test/copy\n"
                  "response 200 100000 https://a.test/decoded\n"
                  "request - 0 https://a.test/decoded\n"
                  "metadata - 24 https://a.test/decoded\n"
                  "response 200 4 https://a.test/evil\n"
                  "request - 0 https://a.test/evil\n"
                  "metadata - 24 https://a.test/evil\n"
                  "response 204 0 https://a.test/nothing\n"
                  "request - 0 https://a.test/nothing\n"
                  "metadata - 24 https://a.test/nothing\n"
                  "metadata - 24 https://a.test/failed\n");
    }
}

TEST(WarcConformance, WarcioSeesDamage) {
    auto bytes = an_archive(false);
    bytes.replace(bytes.find("<p>Hello</p>"), 3, "<b>");
    int status = 0;
    auto const said = checked(bytes, status);
    if (!said)
        GTEST_SKIP() << "no warcio.js here";
    EXPECT_NE(status, 0);
    EXPECT_NE(said->find("digest"), said->npos) << *said;
}

std::map<std::string, std::set<std::string>> fields_by_type(read_file const& file) {
    std::map<std::string, std::set<std::string>> all;
    for (auto const& r : file.records)
        for (std::size_t i = 0; i < r.fields.size(); ++i)
            all[r.type()].emplace(r.fields[i].name);
    return all;
}

TEST(WarcCorpus, OurRecordsHaveTheFieldsOfOthers) {
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no " << folder;
    auto const ours = fields_by_type(read_warc(an_archive(true)));
    for (auto const* name : {"example.warc", "example.warc.gz", "example-digest.warc", "post-test.warc.gz"}) {
        auto const file = read_warc(content(folder / name));
        ASSERT_EQ(file.wrong, "") << name;
        for (auto const& [type, fields] : fields_by_type(file))
            for (auto const& field : fields) {
                bool const payload_of_request = type == "request" && field == "WARC-Payload-Digest";
                EXPECT_TRUE(payload_of_request || ours.at(type).contains(field))
                    << name << " " << type << " " << field;
            }
    }
}

TEST(WarcCorpus, OurDigestsAreThoseOfOthers) {
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no " << folder;
    int compared = 0;
    for (auto const* name : {"example.warc.gz", "post-test.warc.gz"})
        for (auto const& theirs : read_warc(content(folder / name)).records) {
            if (theirs.type() != "response")
                continue;
            auto const payload = theirs.block.substr(theirs.block.find("\r\n\r\n") + 4);
            warc_writer writer(counted_names(), false);
            std::string bytes;
            writer.add(a_page("http://a.test/", payload), bytes);
            auto const response = read_warc(bytes).records.at(0);
            EXPECT_EQ(response.fields.get("WARC-Payload-Digest"), theirs.fields.get("WARC-Payload-Digest"));
            ++compared;
        }
    EXPECT_GE(compared, 2);
}

}  // namespace
}  // namespace fetchd::jobs
