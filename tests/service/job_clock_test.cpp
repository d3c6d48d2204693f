// Theme: jobs while the system's clock steps by hours. Only timestamps may tell.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "http/rfc3339.hpp"
#include "service/ask.hpp"
#include "service/result_reader.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

constexpr std::int64_t hour = 3600;

class JobClock : public testing::Test {
  protected:
    JobClock() : folder_(testing::TempDir() + "fetchd-clock-XXXXXX") {
        if (!::mkdtemp(folder_.data()))
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
        step_ = ::open((folder_ + "/step").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        set(0);
        origin_.on("/page", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
        origin_.on("/held", script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}}));
    }
    ~JobClock() override {
        origin_.open_gate("held");
        service_.reset();
        ::close(step_);
        std::filesystem::remove_all(folder_);
    }

    void start() {
        service_.reset();
        service_ = std::make_unique<fetchd_process>(
            faulty("[jobs]\nfolder = \"" + folder_ +
                       "/jobs\"\nwebhook_wait = \"20ms\"\n[politeness]\nhosts = [\"127.0.0.1 connections=8 "
                       "delay=0s adaptive=false\"]\n",
                   {{"CLOCK_STEP", folder_ + "/step"}}));
        ASSERT_GT(service_->port(), 0);
    }
    void set(std::int64_t seconds) const {
        ASSERT_EQ(::pwrite(step_, &seconds, sizeof seconds, 0), static_cast<ssize_t>(sizeof seconds));
    }
    std::string submit(std::size_t items, std::string const& path, std::string const& more = "") const {
        std::string list;
        for (std::size_t i = 0; i < items; ++i)
            list += (i == 0 ? "\"" : ",\"") + origin_.url(path) + "\"";
        auto const got = post(service_->port(), "/v1/jobs", "{\"urls\":[" + list + "]" + more + "}");
        EXPECT_EQ(got.status, 202) << got.body;
        return document(got.body)["/id"];
    }
    document job(std::string const& id) const {
        return document(get(service_->port(), "/v1/jobs/" + id).body);
    }
    void expect_done(std::string const& id, std::size_t items) const {
        result_reader reader(id);
        reader.read_from(service_->port());
        ASSERT_TRUE(reader.at_end());
        EXPECT_EQ(reader.results().size(), items);
        EXPECT_EQ(document(reader.end()).number("/job/counts/succeeded"), static_cast<double>(items));
    }

    std::string folder_;
    int step_ = -1;
    scripted_origin origin_;
    std::unique_ptr<fetchd_process> service_;
};

TEST_F(JobClock, StepsWhileItRunsChangeNothing) {
    start();
    auto const id = submit(20, "/held", ",\"deadline_ms\":600000,\"concurrency\":4");
    ASSERT_TRUE(origin_.wait_at_gate("held", 4));
    for (auto const by : {5 * hour, -7 * hour, std::int64_t{0}, 30 * hour}) {
        set(by);
        expect_done(submit(10, "/page", ",\"deadline_ms\":600000"), 10);
        EXPECT_EQ(job(id).number("/counts/failed"), 0) << "the deadline is counted by another clock";
        EXPECT_EQ(job(id)["/state"], "active");
    }
    origin_.open_gate("held");
    expect_done(id, 20);
    EXPECT_EQ(origin_.requests_seen("/held"), 20U);
    EXPECT_EQ(origin_.requests_seen("/robots.txt"), 1U) << "what is cached is no older for it";
}

TEST_F(JobClock, NotBeforeIsMeantAsTheClockShowsItThen) {
    start();
    set(5 * hour);
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto const soon = now + std::chrono::seconds(5 * hour + 1);
    expect_done(submit(3, "/page", ",\"not_before\":\"" + rfc3339(soon) + "\""), 3);
}

TEST_F(JobClock, WebhooksComeAsIfItHadNotStepped) {
    scripted_origin receiver;
    receiver.on("/hook", std::vector{script{}.answer(500, ""), script{}.answer(200, "")});
    start();
    auto const id = submit(1, "/held",
                           ",\"webhook\":{\"url\":\"" + receiver.url("/hook") +
                               "\",\"secrets\":[\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]}");
    auto const wait_for = [&](std::string const& member, double value) {
        auto const until = test_clock::now() + patience();
        while (document(get(service_->port(), "/v1/jobs/" + id + "/webhook").body).number(member) != value)
            if (test_clock::now() > until)
                return false;
        return true;
    };
    ASSERT_TRUE(origin_.wait_at_gate("held"));
    set(5 * hour);
    origin_.open_gate("held");
    ASSERT_TRUE(wait_for("/failures_in_a_row", 1));
    set(-3 * hour);
    EXPECT_TRUE(wait_for("/counts/delivered", 1)) << "it waits for a time that a wrong clock gave";
}

TEST_F(JobClock, TheClockIsTheOneThatSteps) {
    start();
    auto const before = job(submit(1, "/page"))["/created"];
    set(48 * hour);
    auto const after = job(submit(1, "/page"))["/created"];
    EXPECT_NE(before.substr(0, 10), after.substr(0, 10)) << before << " and " << after;
}

TEST_F(JobClock, AcrossARestartWhatWasAcceptedStillRuns) {
    for (std::string const gate : {"back", "ahead"}) {
        origin_.on("/" + gate, script{}.gate(gate).answer(200, "x", {{"content-type", "text/plain"}}));
        set(0);
        start();
        auto const id = submit(20, "/" + gate, ",\"concurrency\":4");
        ASSERT_TRUE(origin_.wait_at_gate(gate, 4));
        service_->signal(SIGTERM);
        ASSERT_TRUE(service_->wait_for_log("draining"));
        set(gate == "ahead" ? 9 * hour : -9 * hour);
        origin_.open_gate(gate);
        EXPECT_EQ(service_->wait_exit(), 0);
        start();
        expect_done(id, 20);
    }
}

}  // namespace
}  // namespace fetchd::test
