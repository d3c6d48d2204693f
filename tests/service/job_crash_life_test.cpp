// The real service, killed at random moments, in the longer life of jobs: items that fail first and are tried
// again, redirects, pauses, cancels, webhooks and archives.
//
// As in job_crash_test.cpp the ledger is in this process. Each client has an origin of its own, whose URLs
// say what they do. FETCHD_CRASH_SEED says with which random numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <set>
#include <thread>

#include "service/crash_fixture.hpp"
#include "service/failing_receiver.hpp"
#include "service/result_reader.hpp"
#include "service/wayward_origin.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace fetchd::test {
namespace {

using jobs::read_warc;

struct entry {
    std::string key;  // of idempotency, the beginning of its paths, and the name of its receiver
    std::string id;
    std::vector<std::string> paths;
    bool hooked = false;
    bool archive = false;
    bool cancelled = false;  // and that was answered
    std::size_t kills = 0;   // when it was first sent
    std::vector<std::string> results;
    std::size_t asked = 0;  // of the origin, at its end
};

// A job at a time, each to its end.
class owner {
  public:
    owner(mortal_service& service, failing_receiver& receiver, unsigned seed, unsigned number)
        : service_(service),
          receiver_(receiver),
          seed_(seed),
          random_(seed + number),
          name_("o" + std::to_string(number)) {}

    void run(std::atomic<bool> const& stop) {
        SCOPED_TRACE("FETCHD_CRASH_SEED=" + std::to_string(seed_));
        while (!stop && !testing::Test::HasFailure()) {
            auto job = submit();
            switch (random_() % 4) {
                case 0:
                    wait_for_some(job);
                    cancel(job);
                    break;
                case 1:
                    wait_for_some(job);
                    pause_for_a_while(job, stop);
                    break;
                default:
                    break;
            }
            read(job);
            ended_.push_back(std::move(job));
        }
    }
    std::vector<entry> const& ended() const { return ended_; }
    std::size_t unanswered() const { return unanswered_; }
    std::size_t pauses() const { return pauses_; }
    std::size_t retried() const { return retried_; }
    // What has ended is not asked for again, however much later.
    void expect_quiet() const {
        origin_.catch_up();
        for (auto const& job : ended_)
            EXPECT_EQ(asked(job), job.asked) << job.id;
    }

  private:
    entry submit() {
        entry job;
        job.key = name_ + "-" + std::to_string(ended_.size()) + "-" + std::to_string(random_());
        job.hooked = random_() % 2 == 0;
        job.archive = random_() % 4 == 0;
        job.kills = service_.kills();
        auto const items = 1 + random_() % (random_() % 4 == 0 ? 120 : 20);
        std::string list;
        constexpr char const* ends[] = {"busy1", "cut1", "cut2", "short1", "short2", "moved"};
        for (std::size_t i = 0; i < items; ++i) {
            auto const end = random_() % 16;
            job.paths.push_back("/" + job.key + "/" + std::to_string(i) + "/" +
                                (random_() % 128 == 0    ? "busy2"
                                 : end < std::size(ends) ? ends[end]
                                                         : "page"));
            list += (i == 0 ? "\"" : ",\"") + origin_.url(job.paths.back()) + "\"";
        }
        std::string body = "{\"urls\":[" + list + "],\"defaults\":{\"retries\":2}";
        if (job.archive)
            body += ",\"archive\":true";
        if (job.hooked)
            body += ",\"webhook\":{\"url\":\"" + receiver_.open(job.key) +
                    "\",\"secrets\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\",\"events\":[\"job.results\","
                    "\"job.finished\"],\"batch\":" +
                    std::to_string(1 + random_() % 9) + ",\"window_ms\":" + std::to_string(random_() % 100) +
                    "}";
        job.id = submit_surely(service_, job.key, "application/json", body + "}", items, unanswered_);
        return job;
    }
    std::size_t asked(entry const& job) const {
        std::size_t all = 0;
        for (auto const& path : job.paths)
            all += origin_.count(path) + origin_.count(path + "/page");
        return all;
    }
    void wait_for_some(entry const& job) {
        auto const many = random_() % (job.paths.size() + 1);
        EXPECT_TRUE(origin_.wait_until([&] { return asked(job) >= many; })) << job.id << " does not begin";
    }

    // What the service says of the job, at last.
    document ask(entry const& job, std::string const& method = "GET", std::string const& what = "") {
        auto const until = test_clock::now() + 2 * patience();
        while (test_clock::now() < until) {
            auto const got = request(service_.port(), method, "/v1/jobs/" + job.id + what);
            if (got.end != answer_end::complete)
                continue;
            EXPECT_EQ(got.status, 200) << method << " " << what << " " << got.body;
            document said(got.body);
            expect_sum(said);
            return said;
        }
        ADD_FAILURE() << "no answer to " << method << " " << job.id << what;
        return document("{}");
    }
    void cancel(entry& job) {
        auto const state = ask(job, "DELETE")["/state"];
        EXPECT_TRUE(state == "cancelling" || state == "cancelled" || state == "finished") << state;
        job.cancelled = state != "finished";
        origin_.catch_up();
        job.asked = asked(job);
    }
    // What runs may finish; then nothing is asked for, whatever is killed.
    void pause_for_a_while(entry& job, std::atomic<bool> const& stop) {
        auto const state = ask(job, "POST", "/pause")["/state"];
        EXPECT_TRUE(state == "paused" || state == "finished") << state;
        auto const until = test_clock::now() + patience();
        while (ask(job).number("/counts/running") != 0 && test_clock::now() < until)
            continue;
        origin_.catch_up();
        auto const before = asked(job);
        auto const kills = service_.kills();
        if (!stop)
            service_.wait_for_kills(kills + random_() % 3, milliseconds(1500));
        pauses_ += service_.kills() > kills;
        auto const later = ask(job);
        EXPECT_TRUE(later["/state"] == state || later["/state"] == "finished") << later["/state"];
        EXPECT_EQ(later.number("/counts/running"), 0);
        EXPECT_FALSE(origin_.wait_until([&] { return asked(job) > before; }, milliseconds(20)))
            << job.id << " is fetched in a pause";
        if (random_() % 4 == 0)
            return cancel(job);
        auto const resumed = ask(job, "POST", "/resume")["/state"];
        EXPECT_TRUE(resumed == "active" || resumed == "finished") << resumed;
    }

    void read(entry& job) {
        result_reader reader(job.id);
        auto const until = test_clock::now() + 3 * patience();
        while (!reader.at_end() && !testing::Test::HasFailure() && test_clock::now() < until)
            reader.read_from(service_.port());
        if (!reader.at_end()) {
            EXPECT_TRUE(testing::Test::HasFailure()) << job.id << " does not end";
            return;
        }
        job.results = reader.results();
        document const end(reader.end());
        expect_sum(end, "/job");
        EXPECT_EQ(end["/job/state"], job.cancelled ? "cancelled" : "finished");
        EXPECT_EQ(end.number("/job/counts/succeeded"), static_cast<double>(job.results.size()));
        EXPECT_EQ(end.number("/job/counts/cancelled"),
                  static_cast<double>(job.paths.size() - job.results.size()));
        origin_.catch_up();
        auto const all = asked(job);
        if (job.cancelled) {
            EXPECT_EQ(all, job.asked) << job.id << " is fetched after it was cancelled";
        } else {
            EXPECT_EQ(job.results.size(), job.paths.size());
        }
        job.asked = all;
        expect_right(job);
    }
    void expect_right(entry const& job) {
        std::set<std::string> urls;
        for (auto const& line : job.results) {
            document const d(line);
            EXPECT_TRUE(urls.insert(d["/url"]).second) << "twice: " << line;
            EXPECT_EQ(d["/outcome"], "ok") << line;
            EXPECT_EQ(d.number("/status"), 200) << line;
            EXPECT_EQ(d["/final_url"], d["/url"] + (d["/url"].ends_with("moved") ? "/page" : "")) << line;
        }
        auto const kills = service_.kills() - job.kills;
        for (auto const& path : job.paths) {
            auto const has_result = urls.erase(origin_.url(path)) == 1;
            auto const fetches = origin_.count(path);
            auto const failures = origin_.failures(path);
            EXPECT_GE(fetches, has_result ? 1 + failures : 0) << path << " has a result without a fetch";
            EXPECT_LE(fetches, 1 + failures + kills) << path << ": more than one more for each kill";
            EXPECT_LE(origin_.count(path + "/page"), 1 + kills) << path;
            retried_ += failures > 0 && kills == 0;
        }
        EXPECT_TRUE(urls.empty()) << "a result of no item: " << *urls.begin();
    }

    mortal_service& service_;
    failing_receiver& receiver_;
    wayward_origin origin_;
    unsigned const seed_;
    std::minstd_rand random_;
    std::string const name_;
    std::vector<entry> ended_;
    std::size_t unanswered_ = 0;
    std::size_t pauses_ = 0;   // with a kill in them
    std::size_t retried_ = 0;  // without a kill
};

// Nothing but what was answered with 202, and as it was when it ended.
void compare(std::uint16_t port, std::vector<entry> const& ledger) {
    std::unordered_map<std::string, entry const*> known;
    for (auto const& job : ledger)
        EXPECT_TRUE(known.emplace(job.id, &job).second) << "one job for two submissions";
    for_all_jobs(port, [&](document const& page, std::string const& at) {
        auto const found = known.find(page[at + "/id"]);
        ASSERT_NE(found, known.end()) << "a job nobody submitted, or a second one for a key";
        auto const& job = *found->second;
        EXPECT_EQ(page[at + "/state"], job.cancelled ? "cancelled" : "finished");
        expect_sum(page, at);
        EXPECT_EQ(page.number(at + "/last_seq"), static_cast<double>(job.results.size()));
        known.erase(found);
    });
    EXPECT_TRUE(known.empty()) << known.size() << " jobs are lost";
}

// Waits until no message of it is on its way. How many there were.
double settle_webhook(std::uint16_t port, entry const& job) {
    auto const at = "/v1/jobs/" + job.id + "/webhook";
    auto const until = test_clock::now() + patience();
    while (test_clock::now() < until) {
        document const said(get(port, at).body);
        EXPECT_EQ(said.number("/counts/dead"), 0);
        if (said.number("/counts/pending") == 0)
            return said.number("/counts/delivered");
        if (said["/state"] == "paused") {  // kills took the answers between its failures
            EXPECT_EQ(post(port, at + "/enable", "").status, 200);
        }
    }
    ADD_FAILURE() << job.id << " has messages that are not delivered: " << get(port, at).body;
    return -1;
}

// Each result in one message, as it was read, and one message of the end.
void expect_told(entry const& job, std::vector<document> const& messages) {
    std::set<double> told;
    std::size_t ends = 0;
    for (auto const& m : messages) {
        if (m["/type"] == "job.finished") {
            ++ends;
            EXPECT_EQ(m["/data/state"], job.cancelled ? "cancelled" : "finished");
            EXPECT_EQ(m.number("/data/last_seq"), static_cast<double>(job.results.size()));
            continue;
        }
        EXPECT_EQ(m["/data/complete"], "true");
        auto const first = m.number("/data/first_seq");
        auto const many = m.size("/data/results");
        EXPECT_EQ(m.number("/data/last_seq"), first + static_cast<double>(many) - 1);
        for (std::size_t i = 0; i < many; ++i) {
            auto const at = "/data/results/" + std::to_string(i);
            auto const seq = m.number(at + "/seq");
            EXPECT_EQ(seq, first + static_cast<double>(i));
            EXPECT_TRUE(told.insert(seq).second) << job.id << ": told twice: " << seq;
            ASSERT_LE(seq, static_cast<double>(job.results.size())) << "a result that does not exist";
            EXPECT_EQ(m[at + "/url"], document(job.results[static_cast<std::size_t>(seq) - 1])["/url"]);
        }
    }
    EXPECT_EQ(ends, 1U) << job.id;
    EXPECT_EQ(told.size(), job.results.size()) << job.id;
}

void compare_webhooks(std::uint16_t port, std::vector<entry> const& ledger,
                      failing_receiver const& receiver) {
    std::map<std::string, double> delivered;  // by target
    for (auto const& job : ledger)
        if (job.hooked)
            delivered["/hook/" + job.key] = settle_webhook(port, job);
    std::map<std::string, std::vector<document>> messages;
    for (auto const& [id, m] : receiver.messages()) {
        EXPECT_TRUE(m.taken) << id;
        messages[m.target].emplace_back(m.body);
        document const& d = messages[m.target].back();
        EXPECT_TRUE(d["/type"] == "job.results" || d["/type"] == "job.finished") << m.body;
    }
    for (auto const& job : ledger) {
        auto const& mine = messages["/hook/" + job.key];
        for (auto const& m : mine)
            EXPECT_EQ(m[m["/type"] == "job.finished" ? "/data/id" : "/data/job"], job.id);
        if (job.hooked) {
            EXPECT_EQ(static_cast<double>(mine.size()), delivered["/hook/" + job.key]);
            expect_told(job, mine);
        }
    }
}

void compare_archives(std::uint16_t port, std::vector<entry> const& ledger) {
    for (auto const& job : ledger) {
        if (!job.archive)
            continue;
        auto const got = get(port, "/v1/jobs/" + job.id + "/export?format=warc");
        ASSERT_TRUE(got.ok()) << got.status;
        auto const file = read_warc(got.body);
        EXPECT_EQ(file.wrong, "") << job.id;
        EXPECT_TRUE(std::all_of(file.members.begin(), file.members.end(), [](auto n) { return n == 1; }));
        std::set<std::string> responses;
        for (auto const& r : file.records)
            if (r.type() == "response")
                responses.emplace(r.fields.get("WARC-Target-URI"));
        EXPECT_EQ(responses.size(), job.results.size()) << job.id;
        for (auto const& line : job.results)
            EXPECT_TRUE(responses.contains(document(line)["/final_url"])) << line;
    }
}

unsigned seed() {
    auto const* const asked = std::getenv("FETCHD_CRASH_SEED");
    return asked ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : std::random_device()();
}

TEST(JobCrashLife, PausesCancelsRetriesAndWebhooksOutliveKills) {
    auto const chosen = seed();
    SCOPED_TRACE("FETCHD_CRASH_SEED=" + std::to_string(chosen));
    failing_receiver receiver(chosen);
    mortal_service service("webhook_wait = \"20ms\"\n", "back_off = \"1s\"\nlongest_back_off = \"1s\"\n");
    std::list<owner> owners;
    for (unsigned i = 1; i <= 5; ++i)
        owners.emplace_back(service, receiver, chosen, i);
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (auto& each : owners)
        threads.emplace_back([&each, &stop] { each.run(stop); });

    std::minstd_rand random(chosen);
    auto const many = crash_rounds(12);
    for (std::size_t i = 0; i < many && !HasFailure(); ++i) {
        // Some live long enough to try again what failed.
        service.start(random() % 8 != 0);
        std::this_thread::sleep_for(milliseconds(random() % (i % 6 == 5 ? 1500 : 150)));
        service.kill();
    }
    service.start();
    stop = true;
    for (auto& each : threads)
        each.join();

    std::vector<entry> ledger;
    std::size_t items = 0, results = 0, unanswered = 0, pauses = 0, retried = 0;
    for (auto const& each : owners) {
        ledger.insert(ledger.end(), each.ended().begin(), each.ended().end());
        unanswered += each.unanswered();
        pauses += each.pauses();
        retried += each.retried();
    }
    compare(service.port(), ledger);
    compare_webhooks(service.port(), ledger, receiver);
    compare_archives(service.port(), ledger);
    for (auto const& each : owners)
        each.expect_quiet();
    std::size_t cancelled = 0;
    for (auto const& job : ledger) {
        items += job.paths.size();
        results += job.results.size();
        cancelled += job.cancelled;
    }
    EXPECT_GT(results, many) << "it hardly worked at all";
    std::printf(
        "seed %u: %zu kills, %zu jobs (%zu cancelled, %zu paused across a kill), %zu items, %zu "
        "results, %zu tried again without a kill, %zu messages, %zu failures to take one, %zu "
        "submissions without an answer\n",
        chosen, service.kills(), ledger.size(), cancelled, pauses, items, results, retried,
        receiver.messages().size(), receiver.failed(), unanswered);
}

}  // namespace
}  // namespace fetchd::test
