// Jobs of a real service, on a scripted origin.
#pragma once

#include <csignal>

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {

class Job : public testing::Test {
  protected:
    Job() : folder_(testing::TempDir() + "fetchd-jobs-" + std::to_string(::getpid())) {
        std::filesystem::remove_all(folder_);
        origin_.on("/page", script{}.answer(200, "<p>a page", {{"content-type", "text/html"}}));
        origin_.on("/held", script{}.gate("held").answer(200, "<p>late", {{"content-type", "text/html"}}));
    }
    ~Job() override {
        origin_.open_gate("held");
        service_.reset();
        std::filesystem::remove_all(folder_);
    }

    void start(bool expect_clean = true) {
        auto options = program_("[jobs]\nfolder = \"" + folder_ + "\"\nheartbeat = \"50ms\"\n" + jobs_ +
                                "[politeness]\n" + politeness_ + more_);
        options.expect_clean = expect_clean;
        service_ = std::make_unique<fetchd_process>(std::move(options));
        ASSERT_GT(service_->port(), 0);
    }
    void kill() {
        service_->signal(SIGKILL);
        EXPECT_EQ(service_->wait_exit(), 128 + SIGKILL);
        service_.reset();
    }

    std::string urls(std::size_t many, std::string const& path = "/page") const {
        std::string list;
        for (std::size_t i = 0; i < many; ++i)
            list.append(i == 0 ? "" : ",").append("\"").append(origin_.url(path)).append("\"");
        return "{\"urls\":[" + list + "]}";
    }
    std::string lines(std::size_t many, std::string const& path = "/page") const {
        std::string all;
        for (std::size_t i = 0; i < many; ++i)
            all.append("\"").append(origin_.url(path)).append("\"\n");
        return all;
    }

    answer post_job(std::string const& body, std::string const& type = "application/json",
                    header_list headers = {}) const {
        return post(service_->port(), "/v1/jobs", body, type, std::move(headers));
    }
    std::string submit(std::string const& body, std::string const& type = "application/json") const {
        auto const got = post_job(body, type);
        EXPECT_EQ(got.status, 202) << got.body;
        auto id = document(got.body)["/id"];
        EXPECT_EQ(got.header("location"), "/v1/jobs/" + id);
        return id;
    }
    document job(std::string const& id) const {
        return document(get(service_->port(), "/v1/jobs/" + id).body);
    }
    bool wait_for_state(std::string const& id, std::string const& state) const {
        auto const until = test_clock::now() + slow(patience());
        while (job(id)["/state"] != state)
            if (test_clock::now() > until)
                return false;
        return true;
    }
    static void expect_sum(document const& job) {
        double sum = 0;
        for (auto const* part :
             {"queued", "waiting", "running", "succeeded", "failed", "skipped", "cancelled"})
            sum += job.number(std::string("/counts/") + part);
        EXPECT_EQ(sum, job.number("/counts/accepted"));
    }

    // The lines of results, the last one first taken off.
    static std::vector<std::string> split(std::string const& text) {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < text.size();) {
            auto const end = std::min(text.find('\n', at), text.size());
            all.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return all;
    }
    std::vector<std::string> results(std::string const& id, std::string const& query = "") const {
        auto const got = get(service_->port(), "/v1/jobs/" + id + "/results" + query);
        EXPECT_TRUE(got.ok()) << got.status << got.body;
        return split(got.body);
    }
    // Each item has one result, and these are numbered without a gap.
    void expect_exactly_once(std::string const& id, std::size_t items) const {
        auto const all = results(id);
        ASSERT_EQ(all.size(), items + 1);
        std::set<double> seen;
        for (std::size_t i = 0; i < items; ++i) {
            document const d(all[i]);
            EXPECT_EQ(d.number("/seq"), static_cast<double>(i + 1));
            EXPECT_TRUE(seen.insert(d.number("/item")).second) << all[i];
        }
        EXPECT_EQ(document(all.back())["/end"], "true");
    }

    std::string folder_;
    std::string jobs_;  // further settings
    std::function<process_options(std::string)> program_ = with;
    std::string politeness_ = "hosts = [\"127.0.0.1 connections=8 delay=0s adaptive=false\"]\n";
    std::string more_;  // sections of the configuration
    scripted_origin origin_;
    std::unique_ptr<fetchd_process> service_;
};

}  // namespace fetchd::test
