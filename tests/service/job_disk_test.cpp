// Theme: jobs on a disk that becomes full, and has room again. The disk is a small file system in memory,
// mounted where only this process and its children see it.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "service/ask.hpp"
#include "service/result_reader.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class JobDisk : public testing::Test {
  protected:
    void SetUp() override {
        place_ = testing::TempDir() + "fetchd-disk-XXXXXX";
        ASSERT_TRUE(::mkdtemp(place_.data()));
        if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            GTEST_SKIP() << "no mount namespace of our own: " << std::strerror(errno);
        if (::mount("tmpfs", place_.c_str(), "tmpfs", 0, "size=24m") != 0)
            GTEST_SKIP() << "no tmpfs: " << std::strerror(errno);
        // Pages do not compress, and are too large to be all in what is kept free.
        std::string page(40'000, ' ');
        for (std::uint32_t at = 1; auto& c : page) {
            at = at * 1'664'525 + 1'013'904'223;
            c = static_cast<char>('!' + at / 65536 % 90);
        }
        origin_.on("/held", script{}.gate("held").answer(200, page, {{"content-type", "text/plain"}}));
    }
    void TearDown() override {
        origin_.open_gate("held");
        service_.reset();
        ::umount2(place_.c_str(), MNT_DETACH);
        ::rmdir(place_.c_str());
    }

    void start(std::string const& keep_free, bool expect_clean = true) {
        auto options = with("[jobs]\nfolder = \"" + place_ + "/jobs\"\nkeep_free = \"" + keep_free +
                            "\"\n[politeness]\nhosts = [\"127.0.0.1 connections=8 delay=0s adaptive=false "
                            "robots=false\"]\n");
        options.expect_clean = expect_clean;
        service_ = std::make_unique<fetchd_process>(std::move(options));
        ASSERT_GT(service_->port(), 0);
    }
    // A file that takes all the room but this.
    void fill(std::uint64_t but) const {
        std::ofstream file(ballast(), std::ios::binary);
        std::string const block(4096, 'b');
        while (std::filesystem::space(place_).available > but && file.write(block.data(), 4096).flush())
            continue;
    }
    void make_room() const { std::filesystem::remove(ballast()); }
    std::string ballast() const { return place_ + "/ballast"; }

    std::string body(std::size_t items) const {
        std::string list;
        for (std::size_t i = 0; i < items; ++i)
            list += (i == 0 ? "\"" : ",\"") + origin_.url("/held") + "\"";
        return "{\"defaults\":{\"output\":[\"text\"]},\"urls\":[" + list + "]}";
    }
    answer submit(std::size_t items) const { return post(service_->port(), "/v1/jobs", body(items)); }
    document job(std::string const& id) const {
        return document(get(service_->port(), "/v1/jobs/" + id).body);
    }
    void expect_all(std::string const& id, std::size_t items) const {
        result_reader reader(id);
        reader.read_from(service_->port());
        ASSERT_TRUE(reader.at_end());
        std::set<std::string> seen;
        for (auto const& line : reader.results()) {
            document const d(line);
            EXPECT_TRUE(seen.insert(d["/item"]).second);
            EXPECT_EQ(d["/outcome"], "ok") << line.substr(0, 500);
            EXPECT_GT(d["/output/text"].size(), 39'000U);
        }
        EXPECT_EQ(seen.size(), items);
        EXPECT_EQ(document(reader.end())["/job/state"], "finished");
    }
    // Full to the last block, with results on their way.
    void fill_while_it_runs(std::string const& keep_free) {
        start(keep_free);
        auto const accepted = submit(60);
        ASSERT_EQ(accepted.status, 202) << accepted.body;
        auto const id = document(accepted.body)["/id"];
        ASSERT_TRUE(origin_.wait_at_gate("held", 8));
        fill(0);
        auto const refused = submit(1);
        EXPECT_EQ(refused.status, 507) << refused.body;
        EXPECT_EQ(document(refused.body).outcome(), "store.too_large");
        origin_.open_gate("held");
        ASSERT_TRUE(service_->wait_for_log("results cannot be stored"));
        EXPECT_EQ(submit(1).status, 507);
        auto const meanwhile = job(id);
        EXPECT_LT(meanwhile.number("/counts/succeeded"), 60);
        EXPECT_EQ(meanwhile.number("/counts/failed"), 0);
        auto const asked = origin_.requests_seen("/held");
        EXPECT_GE(asked, 8U);

        make_room();
        expect_all(id, 60);
        EXPECT_EQ(origin_.requests_seen("/held"), 60U) << "nothing is fetched twice";
        auto const later = submit(3);
        EXPECT_EQ(later.status, 202) << later.body;
        expect_all(document(later.body)["/id"], 3);
    }

    std::string place_;
    scripted_origin origin_;
    std::unique_ptr<fetchd_process> service_;
};

TEST_F(JobDisk, FullToTheLastBlockItRefusesAndWaitsAndGoesOnByItself) {
    fill_while_it_runs("0");
}

TEST_F(JobDisk, WithRoomKeptFreeItRefusesBeforeTheDiskIsFull) {
    start("8MiB");
    auto const accepted = submit(20);
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    fill(6U << 20U);
    EXPECT_EQ(submit(1).status, 507);
    origin_.open_gate("held");
    make_room();
    expect_all(document(accepted.body)["/id"], 20);
    EXPECT_EQ(origin_.requests_seen("/held"), 20U);
    EXPECT_EQ(submit(1).status, 202);
}

TEST_F(JobDisk, KilledWhileTheDiskIsFullItLosesNothing) {
    start("0", false);
    auto const accepted = submit(40);
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    ASSERT_TRUE(origin_.wait_at_gate("held", 8));
    fill(0);
    origin_.open_gate("held");
    ASSERT_TRUE(service_->wait_for_log("results cannot be stored"));
    service_->signal(SIGKILL);
    EXPECT_EQ(service_->wait_exit(), 128 + SIGKILL);
    service_.reset();
    start("0");
    EXPECT_EQ(submit(1).status, 507);
    make_room();
    expect_all(document(accepted.body)["/id"], 40);
    EXPECT_LE(origin_.requests_seen("/held"), 40U + 40U) << "one more of each for the kill";
}

}  // namespace
}  // namespace fetchd::test
