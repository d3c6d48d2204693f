// What tests need that kill the real service, all its processes, and start it again on the same folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "service/ask.hpp"
#include "support/slow_origin.hpp"

namespace fetchd::test {

// Counts each URL. Answers at once, or as it is told.
class counting_origin {
  public:
    // To the n-th request for it, from 1. Called under the lock.
    using answering = std::function<slow_answer(std::string const& target, std::size_t n)>;

    explicit counting_origin(milliseconds delay = milliseconds(0))
        : counting_origin([delay](std::string const& target, std::size_t) {
              return slow_answer{whole_answer("text/plain", target), delay, false};
          }) {}
    explicit counting_origin(answering how) : answer_(std::move(how)), origin_(options()) {}

    std::uint16_t port() const { return origin_.port(); }
    std::string url(std::string const& path) const { return origin_.url(path); }
    bool wait_for_requests(std::uint64_t many) {
        return origin_.wait_until([many](auto const& seen) { return seen.requests >= many; });
    }
    template <class Predicate>
    bool wait_until(Predicate holds, milliseconds at_most = patience()) {
        return origin_.wait_until([&holds](auto const&) { return holds(); }, at_most);
    }
    std::size_t count(std::string const& path) const {
        std::lock_guard const held(mutex_);
        auto const at = seen_.find(path);
        return at == seen_.end() ? 0 : at->second;
    }
    void forget(std::string const& path) {
        std::lock_guard const held(mutex_);
        seen_.erase(path);
    }
    std::uint64_t asked_pages() const {
        std::lock_guard const held(mutex_);
        return pages_;
    }

  private:
    slow_origin_options options() {
        slow_origin_options o;
        o.choose = [this](slow_request const& asked) {
            if (asked.target == "/robots.txt")
                return slow_answer{"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", milliseconds(0),
                                   false};
            std::lock_guard const held(mutex_);
            ++pages_;
            std::string const target(asked.target);
            return answer_(target, ++seen_[target]);
        };
        return o;
    }

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> seen_;
    std::uint64_t pages_ = 0;
    answering answer_;
    slow_origin origin_;  // last: its thread uses the others
};

// The service on one folder, and who may be asked where.
class mortal_service {
  public:
    // Further settings: of [jobs], and of [politeness].
    explicit mortal_service(std::string jobs = "", std::string politeness = "")
        : jobs_(std::move(jobs)), politeness_(std::move(politeness)) {
        // In memory where there is such a place: a kill loses nothing there either.
        std::string const place = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm/" : testing::TempDir();
        folder_ = place + "fetchd-crash-XXXXXX";
        if (!::mkdtemp(folder_.data()))
            throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    ~mortal_service() {
        process_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    void start(bool wait_listening = true) {
        auto options =
            with("[jobs]\nfolder = \"" + folder_ + "\"\nheartbeat = \"1s\"\nkeep_free = \"1MiB\"\n" + jobs_ +
                 "[workers]\ncount = 1\n[politeness]\n" + politeness_ +
                 "hosts = [\"127.0.0.1 connections=16 delay=0s adaptive=false\"]\n");
        options.wait_listening = wait_listening;
        options.expect_clean = false;
        process_ = std::make_unique<fetchd_process>(std::move(options));
        if (wait_listening)
            publish(process_->port());
    }
    void kill() {
        {
            std::lock_guard const held(mutex_);
            port_ = 0;
            ++kills_;
            changed_.notify_all();
        }
        auto const family = process_->children();
        process_->signal(SIGKILL);
        for (auto const& each : family)
            ::kill(each.pid, SIGKILL);
        EXPECT_EQ(process_->wait_exit(), 128 + SIGKILL);
        process_.reset();
    }
    // The port of the one that lives; waits while there is none.
    std::uint16_t port() {
        std::unique_lock held(mutex_);
        EXPECT_TRUE(changed_.wait_for(held, patience(), [this] { return port_ != 0; })) << "no service";
        return port_;
    }
    std::size_t kills() const {
        std::lock_guard const held(mutex_);
        return kills_;
    }
    void wait_for_kills(std::size_t many, milliseconds at_most) {
        std::unique_lock held(mutex_);
        changed_.wait_for(held, at_most, [this, many] { return kills_ >= many; });
    }
    void submission_begins() {
        std::lock_guard const held(mutex_);
        ++submissions_;
        changed_.notify_all();
    }
    void wait_for_submission(milliseconds at_most) {
        std::unique_lock held(mutex_);
        changed_.wait_for(held, at_most, [this, before = submissions_] { return submissions_ != before; });
    }

  private:
    void publish(std::uint16_t port) {
        std::lock_guard const held(mutex_);
        port_ = port;
        changed_.notify_all();
    }

    std::string jobs_;
    std::string politeness_;
    std::string folder_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::uint16_t port_ = 0;
    std::size_t kills_ = 0;
    std::size_t submissions_ = 0;  // begun
    std::unique_ptr<fetchd_process> process_;
};

// How often the service is killed.
inline std::size_t crash_rounds(std::size_t usual) {
    auto const* const asked = std::getenv("FETCHD_CRASH_ROUNDS");
    return asked ? std::strtoul(asked, nullptr, 10) : slowness() > 1 ? usual / 4 : usual;
}

inline void expect_sum(document const& snapshot, std::string const& at = "") {
    double sum = 0;
    for (auto const* part : {"queued", "waiting", "running", "succeeded", "failed", "skipped", "cancelled"})
        sum += snapshot.number(at + "/counts/" + part);
    EXPECT_EQ(sum, snapshot.number(at + "/counts/accepted"));
}

// Again and again under one key, until it is answered; the id of the job.
inline std::string submit_surely(mortal_service& service, std::string const& key, std::string const& type,
                                 std::string const& body, std::size_t items, std::size_t& unanswered) {
    while (!testing::Test::HasFailure()) {
        auto const port = service.port();
        service.submission_begins();
        auto const got = post(port, "/v1/jobs", body, type, {{"idempotency-key", key}});
        if (got.end != answer_end::complete) {
            ++unanswered;  // it may be there or not: the key finds out
            continue;
        }
        EXPECT_EQ(got.status, 202) << got.body;
        document const said(got.body);
        expect_sum(said);
        EXPECT_EQ(said.number("/counts/accepted"), static_cast<double>(items));
        return said["/id"];
    }
    return {};
}

// All jobs the service has, each told to see(document, its place in it).
template <class See>
void for_all_jobs(std::uint16_t port, See see) {
    std::string after;
    do {
        auto const got = get(port, "/v1/jobs?limit=100" + (after.empty() ? "" : "&after=" + after));
        ASSERT_TRUE(got.ok()) << got.body;
        document const page(got.body);
        for (std::size_t i = 0; i < page.size("/jobs"); ++i)
            see(page, "/jobs/" + std::to_string(i));
        after = page["/next"];
    } while (after != "absent" && after != "null" && !after.empty());
}

}  // namespace fetchd::test
