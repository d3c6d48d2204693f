// Theme: fetchctl's jobs over connections that break, and runs of it that are killed.
#include <atomic>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <latch>
#include <random>
#include <semaphore>
#include <sstream>

#include "service/ask.hpp"
#include "service/cutting_relay.hpp"
#include "support/child_process.hpp"
#include "support/slow_origin.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace fetchd::test {
namespace {

struct run {
    int code = -1;
    std::string out;
    std::string err;
};

class JobClient : public testing::Test {
  protected:
    JobClient() : folder_(testing::TempDir() + "fetchctl-jobs-" + std::to_string(::getpid()) + "/") {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
        service_ = std::make_unique<fetchd_process>(
            with("[jobs]\nfolder = \"" + folder_ +
                 "jobs\"\nheartbeat = \"50ms\"\n[politeness]\nhosts = [\"127.0.0.1 connections=16 delay=0s "
                 "adaptive=false\"]\n"));
        RecordProperty("seed", static_cast<int>(seed_));
        std::ofstream list(path("urls.txt"));
        for (std::size_t i = 0; i < items; ++i)
            list << origin_.url("/page?" + std::to_string(i)) << '\n';
    }
    ~JobClient() override {
        if (HasFailure())
            std::cerr << "seed " << seed_ << '\n';
        service_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::string path(std::string const& name) const { return folder_ + name; }
    std::string read(std::string const& name) const {
        std::ostringstream bytes;
        bytes << std::ifstream(path(name), std::ios::binary).rdbuf();
        return bytes.str();
    }
    // A number up to `most`, the small ones as likely as the large: 1..9, 10..99, ...
    std::size_t some(std::size_t most) {
        auto const scale = std::uniform_real_distribution<>(0, std::log(static_cast<double>(most)))(random_);
        return static_cast<std::size_t>(std::exp(scale));
    }
    static std::vector<std::string> line(std::string const& url, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {built_program("fetchctl"), "-s", url, "job"});
        return arguments;
    }
    static run fetchctl(std::string const& url, std::vector<std::string> arguments) {
        child_process child(line(url, std::move(arguments)), {});
        auto const code = child.wait_exit(patience());
        return {code.value_or(-1), child.output(), child.errors()};
    }
    std::string submitted(std::vector<std::string> arguments = {}) const {
        arguments.insert(arguments.begin(), {"submit", path("urls.txt")});
        auto const made = fetchctl(service_->base_url(), std::move(arguments));
        EXPECT_EQ(made.code, 0) << made.err;
        return made.out.substr(0, made.out.find('\n'));
    }
    // All results as the service has them, once the job has ended.
    std::string all_results(std::string const& id) const {
        EXPECT_EQ(fetchctl(service_->base_url(), {"watch", id}).code, 0);
        auto const all = fetchctl(service_->base_url(), {"results", id});
        EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), static_cast<std::ptrdiff_t>(items));
        return all.out;
    }

    std::string archived() const {  // a job that has ended
        auto const id = submitted({"--archive"});
        EXPECT_EQ(fetchctl(service_->base_url(), {"watch", id}).code, 0);
        return id;
    }
    std::string exported(std::string const& id, std::string const& query) const {
        return get(service_->port(), "/v1/jobs/" + id + "/export?" + query).body;
    }
    // Whole, and with nothing left of what was not.
    void expect_archive(std::string const& name) const {
        auto const file = jobs::read_warc(read(name));
        EXPECT_EQ(file.wrong, "");
        EXPECT_EQ(file.records.size(), 1 + 3 * items);
    }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
    }

    static constexpr std::size_t items = 400;
    static constexpr std::size_t most_kills = 12;
    unsigned seed_ = std::random_device()();
    std::mt19937 random_{seed_};
    std::string folder_;
    slow_origin origin_;
    std::unique_ptr<fetchd_process> service_;
};

TEST_F(JobClient, OneJobIsMadeWhereverTheConnectionBreaks) {
    for (std::size_t round = 1; round <= 10; ++round) {
        bool const answer_is_lost = round % 2 == 0;
        cutting_relay relay(service_->port(), [&](std::size_t connection) {
            cutting_relay::cut how;
            if (connection == 0)
                (answer_is_lost ? how.down : how.up) = some(answer_is_lost ? 400 : 12'000);
            return how;
        });
        auto const made = fetchctl(relay.url(), {"submit", path("urls.txt")});
        EXPECT_EQ(made.code, 0) << made.err;
        EXPECT_EQ(relay.cuts(), 1U);
        EXPECT_THAT(made.err, testing::HasSubstr("sending it again"));
        auto const list = fetchctl(service_->base_url(), {"list", "--json"});
        EXPECT_EQ(std::count(list.out.begin(), list.out.end(), '\n'), static_cast<std::ptrdiff_t>(round));
        document const newest(list.out.substr(0, list.out.find('\n')));
        EXPECT_EQ(newest["/id"] + "\n", made.out);
        EXPECT_EQ(newest.number("/counts/accepted"), static_cast<double>(items));
    }
}

TEST_F(JobClient, ResultsComeWithoutGapOrRepeatThroughCutsAnywhere) {
    auto const id = submitted();
    cutting_relay relay(service_->port(), [&](std::size_t connection) {
        cutting_relay::cut how;
        if (connection < 8)  // a head, and whatever of a body: every other time enough for some lines
            how.down = connection % 2 == 0 ? some(60'000) : 3000 + some(60'000);
        return how;
    });
    auto const cut = fetchctl(relay.url(), {"results", "--follow", id});
    EXPECT_EQ(cut.code, 0) << cut.err;
    EXPECT_GE(relay.cuts(), 2U);
    EXPECT_EQ(cut.out, all_results(id));
}

TEST_F(JobClient, ResultsGoOnInTheirFileAfterEveryKill) {
    auto const id = submitted();
    auto const file = path("results.ndjson");
    std::atomic<std::size_t> kills = 0;  // the relay asks from its own thread
    for (bool whole = false; !whole && !HasFailure();) {
        std::binary_semaphore reached(0);
        std::latch over(1);
        cutting_relay relay(service_->port(), [&](std::size_t) {
            cutting_relay::cut how;
            how.down = kills < most_kills ? 1000 + some(80'000) : how.down;
            how.then = [&] {
                reached.release();
                over.wait();
            };
            return how;
        });
        child_process reader(line(relay.url(), {"results", "-f", "-o", file, id}), {});
        bool kill = false;
        while (!kill && reader.running())
            kill = reached.try_acquire_for(milliseconds(10));
        reader.signal(SIGKILL);
        auto const code = reader.wait_exit(patience());
        over.count_down();
        kills += kill;
        whole = code == 0;
        EXPECT_TRUE(whole || kill) << code.value_or(-1) << reader.errors();
        // As a crash of the machine may leave it.
        auto const size = std::filesystem::exists(file) ? std::filesystem::file_size(file) : 0;
        if (!whole && size > 0)
            std::filesystem::resize_file(file, size - std::min<std::size_t>(size, some(300) - 1));
    }
    EXPECT_GE(kills, 3U);
    EXPECT_EQ(read("results.ndjson"), all_results(id));
    // Again: there is nothing to add.
    EXPECT_EQ(fetchctl(service_->base_url(), {"results", "-o", file, id}).code, 0);
    EXPECT_EQ(read("results.ndjson"), all_results(id));
    // Results of another job do not go in there.
    auto const other = fetchctl(service_->base_url(), {"submit", origin_.url("/other")}).out;
    EXPECT_EQ(fetchctl(service_->base_url(), {"watch", other.substr(0, other.size() - 1)}).code, 0);
    EXPECT_EQ(fetchctl(service_->base_url(), {"results", "-o", file, other.substr(0, other.size() - 1)}).code,
              2);
    EXPECT_EQ(read("results.ndjson"), all_results(id));
}

TEST_F(JobClient, ExportsAreTheFilesOfTheService) {
    auto const id = archived();
    auto const url = service_->base_url();
    for (auto const* name : {"a.ndjson", "a.csv", "a.warc.gz"}) {
        auto const made = fetchctl(url, {"export", "-o", path(name), id});
        EXPECT_EQ(made.code, 0) << made.err;
        EXPECT_EQ(made.out + made.err, "");
    }
    EXPECT_EQ(read("a.ndjson"), exported(id, "format=ndjson"));
    EXPECT_EQ(read("a.csv"), exported(id, "format=csv"));
    expect_archive("a.warc.gz");
    EXPECT_EQ(fetchctl(url, {"export", "--outcome", "ok,failed", "--fields", "url,output.text", id}).out,
              exported(id, "format=ndjson&outcome=ok,failed&fields=url,output.text"));
    EXPECT_EQ(fetchctl(url, {"export", "--format", "csv", "--formulas", "as_it_is", id}).out,
              exported(id, "format=csv&formulas=as_it_is"));
    auto const refused = fetchctl(url, {"export", "-o", path("b.warc.gz"), "--fields", "url", id});
    EXPECT_EQ(refused.code, 4);
    EXPECT_THAT(refused.err, testing::HasSubstr("an archive has all of them"));
    auto const none = fetchctl(url, {"export", "-o", path("b.csv"), "j-00000000000000000000000000000000"});
    EXPECT_EQ(none.code, 4);
    EXPECT_THAT(none.err, testing::HasSubstr("j-00000000000000000000000000000000: "));
    EXPECT_EQ(files(), 2U + 3U);
}

TEST_F(JobClient, ExportsAreBegunAgainWhereverTheConnectionBreaks) {
    auto const id = archived();
    for (auto const* name : {"a.ndjson", "a.csv", "a.warc.gz"}) {
        cutting_relay relay(service_->port(), [&](std::size_t connection) {
            cutting_relay::cut how;
            if (connection < 3)
                how.down = some(20'000);
            return how;
        });
        auto const made = fetchctl(relay.url(), {"export", "-o", path(name), id});
        EXPECT_EQ(made.code, 0) << made.err;
        EXPECT_EQ(relay.cuts(), 3U);
        EXPECT_THAT(made.err, testing::HasSubstr("beginning again"));
    }
    EXPECT_EQ(read("a.ndjson"), exported(id, "format=ndjson"));
    EXPECT_EQ(read("a.csv"), exported(id, "format=csv"));
    expect_archive("a.warc.gz");
    EXPECT_EQ(files(), 2U + 3U);
}

TEST_F(JobClient, APrintedExportThatBreaksIsNotTakenForWhole) {
    auto const id = archived();
    cutting_relay relay(service_->port(), [](std::size_t) {
        cutting_relay::cut how;
        how.down = 20'000;
        return how;
    });
    auto const part = fetchctl(relay.url(), {"export", id});
    EXPECT_EQ(part.code, 3);
    EXPECT_THAT(part.err, testing::HasSubstr("what was printed is a part only"));
    EXPECT_EQ(relay.cuts(), 1U);
    auto const whole = exported(id, "format=ndjson");
    EXPECT_GT(part.out.size(), 10'000U);
    EXPECT_LT(part.out.size(), whole.size());
    EXPECT_TRUE(whole.starts_with(part.out));
}

TEST_F(JobClient, AnExportThatIsInterruptedOrKilledIsNoFile) {
    auto const id = archived();
    std::ofstream(path("a.csv")) << "old";
    for (int const number : {SIGINT, SIGTERM, SIGKILL}) {
        std::binary_semaphore reached(0);
        std::latch over(1);
        cutting_relay relay(service_->port(), [&](std::size_t) {
            cutting_relay::cut how;
            how.down = 20'000;
            how.then = [&] {
                reached.release();
                over.wait();
            };
            return how;
        });
        child_process writer(line(relay.url(), {"export", "-o", path("a.csv"), id}), {});
        EXPECT_TRUE(reached.try_acquire_for(patience()));
        writer.signal(number);
        EXPECT_EQ(writer.wait_exit(patience()), 128 + number) << writer.errors();
        over.count_down();
        EXPECT_EQ(read("a.csv"), "old");
        EXPECT_EQ(files(), number == SIGKILL ? 4U : 3U);  // killed, it cannot take its temporary file away
    }
    EXPECT_EQ(fetchctl(service_->base_url(), {"export", "-o", path("a.csv"), id}).code, 0);
    EXPECT_EQ(read("a.csv"), exported(id, "format=csv"));
}

}  // namespace
}  // namespace fetchd::test
