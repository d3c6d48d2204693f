// The real service, all its processes killed at random moments and started again on the same folder, beside
// clients who submit, come again when they were not answered, and read their results to the end.
//
// The ledger is in this process: what was answered with 202, what was read, and how often the origin was
// asked for each item. Each item has a URL of its own. FETCHD_CRASH_ROUNDS says how often it is killed.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <thread>
#include <unordered_map>

#include "service/crash_fixture.hpp"
#include "service/result_reader.hpp"

namespace fetchd::test {
namespace {

using microseconds = std::chrono::microseconds;

struct submitted {
    std::string key;  // of idempotency, and the beginning of its paths
    std::size_t items = 0;
    bool lines = false;
    std::size_t kills = 0;  // when it was first sent
    std::string id;

    std::string path(std::size_t item) const { return "/" + key + "/" + std::to_string(item); }
};

std::string body_of(submitted const& job, counting_origin const& origin) {
    std::string all;
    for (std::size_t i = 0; i < job.items; ++i) {
        all += job.lines || i == 0 ? "" : ",";
        all += "\"" + origin.url(job.path(i)) + "\"";
        all += job.lines ? "\n" : "";
    }
    return job.lines ? all : "{\"urls\":[" + all + "]}";
}

// One client: a few jobs, each to its last result, and then the next few.
class client {
  public:
    client(mortal_service& service, counting_origin& origin, unsigned seed)
        : service_(service), origin_(origin), random_(seed), name_("c" + std::to_string(seed)) {}

    void run(std::atomic<bool> const& stop) {
        while (!stop && !testing::Test::HasFailure()) {
            std::vector<submitted> some;
            for (auto n = 1 + random_() % 4; n > 0; --n)
                some.push_back(submit());
            for (auto const& each : some)
                read(each);
        }
    }
    std::vector<submitted> const& ended() const { return ended_; }
    std::size_t unanswered() const { return unanswered_; }
    std::size_t cuts() const { return cuts_; }

  private:
    submitted submit() {
        submitted job;
        job.key = name_ + "-" + std::to_string(ended_.size()) + "-" + std::to_string(random_());
        job.lines = random_() % 2 == 0;
        job.items = 1 + random_() % (random_() % 8 == 0 ? 400 : 20);
        job.kills = service_.kills();
        auto const body = body_of(job, origin_);
        auto const* const type = job.lines ? "application/x-ndjson" : "application/json";
        if (random_() % 4 == 0)
            send_and_leave(job.key, type, body);
        job.id = submit_surely(service_, job.key, type, body, job.items, unanswered_);
        return job;
    }
    // Of two that come at the same moment with one key, both are the same job.
    void send_and_leave(std::string const& key, std::string const& type, std::string const& body) {
        http_client gone(service_.port());
        gone.send("POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: " + type + "\r\nidempotency-key: " +
                  key + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    void read(submitted const& job) {
        result_reader reader(job.id);
        while (!reader.at_end() && !testing::Test::HasFailure())
            reader.read_from(service_.port());
        cuts_ += reader.cuts();
        document const end(reader.end());
        expect_sum(end, "/job");
        EXPECT_EQ(end.number("/job/counts/succeeded"), static_cast<double>(job.items)) << reader.end();
        EXPECT_EQ(reader.results().size(), job.items);
        std::set<std::string> urls;
        for (auto const& line : reader.results())
            EXPECT_TRUE(urls.insert(document(line)["/url"]).second) << "twice: " << line;
        auto const kills = service_.kills() - job.kills;
        for (std::size_t i = 0; i < job.items; ++i) {
            EXPECT_TRUE(urls.contains(origin_.url(job.path(i)))) << "no result";
            auto const fetches = origin_.count(job.path(i));
            EXPECT_GE(fetches, 1U) << "a result without a fetch";
            EXPECT_LE(fetches, 1 + kills) << "more than one more for each kill";
            origin_.forget(job.path(i));
        }
        ended_.push_back(job);
    }

    mortal_service& service_;
    counting_origin& origin_;
    std::minstd_rand random_;
    std::string name_;
    std::vector<submitted> ended_;
    std::size_t unanswered_ = 0;
    std::size_t cuts_ = 0;
};

// Nothing but what was answered with 202, all of it, and each result once.
void compare(std::uint16_t port, std::vector<submitted> const& ledger) {
    std::unordered_map<std::string, std::size_t> known;
    for (auto const& job : ledger)
        EXPECT_TRUE(known.emplace(job.id, job.items).second) << "one job for two submissions";
    for_all_jobs(port, [&](document const& page, std::string const& at) {
        auto const found = known.find(page[at + "/id"]);
        ASSERT_NE(found, known.end()) << "a job nobody submitted, or a second one for a key";
        EXPECT_EQ(page[at + "/state"], "finished");
        expect_sum(page, at);
        EXPECT_EQ(page.number(at + "/counts/succeeded"), static_cast<double>(found->second));
        EXPECT_EQ(page.number(at + "/last_seq"), static_cast<double>(found->second));
        known.erase(found);
    });
    EXPECT_TRUE(known.empty()) << known.size() << " jobs are lost";
}

TEST(JobCrash, LosesNothingInventsNothingAndRepeatsNothing) {
    counting_origin origin;
    mortal_service service;
    std::vector<client> clients;
    for (unsigned i = 1; i <= 3; ++i)
        clients.emplace_back(service, origin, i);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (auto& each : clients)
        threads.emplace_back([&each, &stop] { each.run(stop); });

    std::minstd_rand random(4711);
    auto const many = crash_rounds(60);
    for (std::size_t i = 0; i < many && !HasFailure(); ++i) {
        // Some die before they listen, some in the middle of a submission, the others at any time.
        auto const kind = random() % 8;
        service.start(kind != 0);
        if (kind >= 4)
            service.wait_for_submission(milliseconds(100));
        std::this_thread::sleep_for(microseconds(random() % (kind >= 4 ? 3'000 : 120'000)));
        service.kill();
    }
    service.start();
    stop = true;
    for (auto& each : threads)
        each.join();

    std::vector<submitted> ledger;
    std::size_t items = 0, unanswered = 0, cuts = 0;
    for (auto const& each : clients) {
        ledger.insert(ledger.end(), each.ended().begin(), each.ended().end());
        unanswered += each.unanswered();
        cuts += each.cuts();
    }
    for (auto const& job : ledger)
        items += job.items;
    compare(service.port(), ledger);
    EXPECT_GT(items, many) << "it hardly worked at all";
    if (slowness() <= 1) {  // else there are too few rounds for it to be sure
        EXPECT_GT(unanswered, 0U);
    }
    std::printf("%zu kills, %zu jobs, %zu items, %zu fetches, %zu submissions without an answer, %zu cuts\n",
                service.kills(), ledger.size(), items, static_cast<std::size_t>(origin.asked_pages()),
                unanswered, cuts);
}

TEST(JobCrash, WhatWasAcceptedRunsAgainWithinTwoSeconds) {
    counting_origin origin(milliseconds(20));
    mortal_service service;
    service.start();
    submitted job;
    job.key = "again";
    job.items = 2000;
    ASSERT_EQ(post(service.port(), "/v1/jobs", body_of(job, origin)).status, 202);
    for (int round = 0; round < 4; ++round) {
        ASSERT_TRUE(origin.wait_for_requests(origin.asked_pages() + 50));
        service.kill();
        auto const before = origin.asked_pages();
        auto const begun = test_clock::now();
        service.start();
        ASSERT_TRUE(origin.wait_for_requests(before + 5)) << "robots.txt may be among them";
        EXPECT_LT(test_clock::now() - begun, slow(milliseconds(2000))) << "the start included";
    }
    service.kill();
}

TEST(JobCrash, AReaderCutAnywhereMissesNothingAndSeesNothingTwice) {
    counting_origin origin(milliseconds(5));
    mortal_service service;
    service.start();
    submitted job;
    job.key = "read";
    job.items = 4000;
    auto const accepted = post(service.port(), "/v1/jobs", body_of(job, origin));
    ASSERT_EQ(accepted.status, 202);
    auto const id = document(accepted.body)["/id"];
    std::vector<result_reader> readers;
    readers.emplace_back(id, result_reader::form::lines);
    readers.emplace_back(id, result_reader::form::events);
    std::minstd_rand random(42);
    std::vector<std::thread> threads;
    for (auto& each : readers)
        threads.emplace_back([&service, &each, seed = random()] {
            std::minstd_rand lengths(seed);
            while (!each.at_end() && !testing::Test::HasFailure())
                each.read_from(service.port(), 1 + lengths() % 60'000);
        });
    for (int round = 0; round < 6; ++round) {
        EXPECT_TRUE(origin.wait_for_requests(origin.asked_pages() + 150 + random() % 150));
        service.kill();
        service.start();
    }
    for (auto& each : threads)
        each.join();
    for (auto const& each : readers) {
        EXPECT_EQ(each.results().size(), job.items);
        EXPECT_GT(each.cuts(), 20U);
    }
    EXPECT_EQ(readers[0].results(), readers[1].results());
    service.kill();
}

}  // namespace
}  // namespace fetchd::test
