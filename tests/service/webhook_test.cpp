// Theme: what receivers of webhooks get, with receivers that fail and a service that is killed.
#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "http/standard_webhooks.hpp"
#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

constexpr auto const* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto const* other_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

class Webhook : public testing::Test {
  protected:
    Webhook() : folder_(testing::TempDir() + "fetchd-webhooks-" + std::to_string(::getpid())) {
        std::filesystem::remove_all(folder_);
        origin_.on("/page", script{}.answer(200, "<p>a page", {{"content-type", "text/html"}}));
        receiver_.otherwise(script{}.answer(200, ""));
    }
    ~Webhook() override {
        receiver_.open_gate("held");
        service_.reset();
        std::filesystem::remove_all(folder_);
    }

    void start(bool expect_clean = true, std::string const& more = "") {
        auto options = with("[jobs]\nfolder = \"" + folder_ +
                            "\"\nwebhook_wait = \"20ms\"\n[politeness]\nhosts = [\"127.0.0.1 "
                            "connections=8 delay=0s adaptive=false robots=false\"]\n" +
                            more);
        options.expect_clean = expect_clean;
        service_ = std::make_unique<fetchd_process>(std::move(options));
        ASSERT_GT(service_->port(), 0);
    }
    void kill() {
        service_->signal(SIGKILL);
        EXPECT_EQ(service_->wait_exit(), 128 + SIGKILL);
        service_.reset();
    }

    // A job of so many pages; `more` are further members of its webhook.
    std::string submit(std::size_t pages, std::string const& more = "") const {
        std::string list;
        for (std::size_t i = 0; i < pages; ++i)
            list.append(i == 0 ? "\"" : ",\"").append(origin_.url("/page")).append("\"");
        auto const got =
            post(service_->port(), "/v1/jobs",
                 "{\"urls\":[" + list + "],\"webhook\":{\"url\":\"" + receiver_.url("/hook") +
                     "\",\"secrets\":[\"" + secret + "\",\"" + other_secret + "\"]" + more + "}}");
        EXPECT_EQ(got.status, 202) << got.body;
        return document(got.body)["/id"];
    }
    static constexpr auto const* each_result = ",\"events\":[\"job.results\",\"job.finished\"],\"batch\":1";

    document webhook(std::string const& id, std::string const& rest = "") const {
        return document(get(service_->port(), "/v1/jobs/" + id + "/webhook" + rest).body);
    }
    answer tell(std::string const& id, std::string const& what, std::string const& body = "") const {
        return post(service_->port(), "/v1/jobs/" + id + "/webhook/" + what, body);
    }
    bool wait_for_count(std::string const& id, std::string const& state, double want) const {
        auto const until = test_clock::now() + patience();
        while (webhook(id).number("/counts/" + state) != want)
            if (test_clock::now() > until)
                return false;
        return true;
    }

    // Ids of what was answered with 200, and how often each came.
    std::map<std::string, int> taken() const {
        std::lock_guard const lock(mutex_);
        return taken_;
    }
    script take(seen_request const& r) {
        std::lock_guard const lock(mutex_);
        ++taken_[r.header("webhook-id").value_or("none")];
        return script{}.answer(200, "");
    }
    // Each result in one event, each event's id its own, and one of the end.
    void expect_exactly(std::size_t results) const {
        auto const got = taken();
        std::map<std::string, std::string> bodies;
        for (auto const& r : receiver_.record().requests)
            if (got.contains(r.header("webhook-id").value_or("")))
                bodies[*r.header("webhook-id")] = r.body;
        EXPECT_EQ(bodies.size(), results + 1);
        std::set<double> seen;
        std::size_t ends = 0;
        for (auto const& [id, body] : bodies) {
            document const d(body);
            ends += d["/type"] == "job.finished";
            if (d["/type"] == "job.results") {
                EXPECT_EQ(d["/data/complete"], "true");
                EXPECT_TRUE(seen.insert(d.number("/data/first_seq")).second) << body;
                EXPECT_EQ(d.number("/data/results/0/seq"), d.number("/data/first_seq"));
            }
        }
        EXPECT_EQ(ends, 1u);
        EXPECT_EQ(seen.size(), results);
        EXPECT_EQ(seen.empty() ? 0 : *seen.rbegin(), static_cast<double>(results));
    }

    scripted_origin origin_;
    scripted_origin receiver_;
    std::unique_ptr<fetchd_process> service_;

  private:
    std::string const folder_;
    mutable std::mutex mutex_;
    std::map<std::string, int> taken_;
};

bool signed_with(seen_request const& r, char const* text) {
    headers fields;
    for (auto const& [name, value] : r.headers)
        fields.add(name, value);
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return verify_webhook(fields, *webhook_secret::parse(text), r.body, now);
}

TEST_F(Webhook, ComesSignedWithEverySecret) {
    start();
    auto const id = submit(3, ",\"events\":[\"job.results\",\"job.finished\"],\"window_ms\":0");
    ASSERT_TRUE(receiver_.wait_until(
        [](origin_record const& seen) {  // in whichever order they come
            double told = 0;
            bool finished = false;
            for (auto const& r : seen.requests) {
                document const d(r.body);
                finished = finished || d["/type"] == "job.finished";
                if (d["/type"] == "job.results")
                    told += d.number("/data/last_seq") - d.number("/data/first_seq") + 1;
            }
            return finished && told == 3;
        },
        "the end of the job"));
    std::set<std::string> ids;
    for (auto const& r : receiver_.record().requests) {
        EXPECT_EQ(r.method, "POST");
        EXPECT_EQ(r.header("content-type"), "application/json");
        EXPECT_TRUE(signed_with(r, secret)) << r.head;
        EXPECT_TRUE(signed_with(r, other_secret));
        EXPECT_FALSE(signed_with(r, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS0"));
        EXPECT_TRUE(ids.insert(r.header("webhook-id").value_or("")).second);
        EXPECT_EQ(document(r.body)[document(r.body)["/type"] == "job.finished" ? "/data/id" : "/data/job"],
                  id);
    }
    ASSERT_TRUE(wait_for_count(id, "delivered", static_cast<double>(ids.size())));
    auto const shown = get(service_->port(), "/v1/jobs/" + id + "/webhook").body;
    EXPECT_EQ(document(shown)["/url"], receiver_.url("/hook"));
    EXPECT_EQ(document(shown)["/state"], "active");
    EXPECT_FALSE(contains(shown, "whsec_"));
    EXPECT_FALSE(contains(service_->log(), "whsec_"));
}

TEST_F(Webhook, AReceiverThatFailsHalfTheTimeGetsExactlyTheRightSet) {
    // At random, but never so often in a row that it would be left alone for half a minute.
    std::mutex mutex;
    std::minstd_rand random(1);
    std::map<std::string, int> tries;
    int run = 0;
    int failed = 0;
    receiver_.on("/hook", [&](seen_request const& r) {
        std::lock_guard const lock(mutex);
        bool const fails = random() % 2 == 0 && run < 3 && ++tries[r.header("webhook-id").value_or("")] < 4;
        run = fails ? run + 1 : 0;
        failed += fails;
        return fails ? script{}.answer(500, "") : take(r);
    });
    start();
    auto const id = submit(60, each_result);
    ASSERT_TRUE(wait_for_count(id, "delivered", 61));
    expect_exactly(60);
    for (auto const& [event, times] : taken())
        EXPECT_EQ(times, 1) << event;
    EXPECT_EQ(webhook(id).number("/counts/dead"), 0);
    EXPECT_GT(failed, 20);
}

TEST_F(Webhook, AKillInTheMiddleLosesNoEvent) {
    std::atomic<int> asked = 0;
    receiver_.on("/hook", [&](seen_request const& r) {
        auto const n = asked++;
        return n == 9 || n == 10 ? script{}.gate("held").answer(200, "") : take(r);
    });
    start(false);
    auto const id = submit(40, each_result);
    ASSERT_TRUE(receiver_.wait_at_gate("held", 2));
    kill();
    receiver_.open_gate("held");
    start();
    ASSERT_TRUE(wait_for_count(id, "delivered", 41));
    expect_exactly(40);
}

TEST_F(Webhook, GoneDisablesTheReceiverUntilItIsEnabled) {
    receiver_.on("/hook", script{}.answer(410, ""));
    start();
    auto const id = submit(1);
    ASSERT_TRUE(wait_for_count(id, "dead", 1));
    EXPECT_EQ(webhook(id)["/state"], "disabled");
    auto const next = submit(1);
    ASSERT_TRUE(wait_for_count(next, "dead", 1));
    EXPECT_EQ(receiver_.requests_seen(), 1u) << "nothing is sent to it any more";
    EXPECT_TRUE(contains(webhook(next, "/dead")["/dead/0/note"], "410"));

    receiver_.on("/hook", [&](seen_request const& r) { return take(r); });
    EXPECT_EQ(document(tell(next, "enable").body)["/state"], "active");
    EXPECT_EQ(document(tell(next, "replay").body).number("/replayed"), 1);
    ASSERT_TRUE(wait_for_count(next, "delivered", 1));
    EXPECT_EQ(taken().size(), 1u);
    EXPECT_EQ(webhook(id).number("/counts/dead"), 1) << "only what was asked for";
}

TEST_F(Webhook, RedirectsAreFailuresAndDeadLettersCanBeSentAgain) {
    receiver_.on("/hook", script{}.answer(302, "", {{"location", receiver_.url("/elsewhere")}}));
    start();
    auto const id = submit(1);
    ASSERT_TRUE(receiver_.wait_for_requests(2));
    EXPECT_EQ(receiver_.requests_seen("/elsewhere"), 0u);
    auto const first = receiver_.request(0);
    auto const second = receiver_.request(1);
    EXPECT_EQ(first.header("webhook-id"), second.header("webhook-id"));
    receiver_.on("/hook", script{}.answer(410, ""));
    ASSERT_TRUE(wait_for_count(id, "dead", 1));
    auto const letter = webhook(id, "/dead")["/dead/0/id"];
    EXPECT_EQ(letter, first.header("webhook-id"));

    receiver_.on("/hook", [&](seen_request const& r) { return take(r); });
    EXPECT_EQ(tell(id, "replay", "{\"id\":\"evt_0\"}").status, 404);
    EXPECT_EQ(tell(id, "replay", "{\"what\":1}").status, 400);
    EXPECT_EQ(tell(id, "enable").status, 200);
    EXPECT_EQ(document(tell(id, "replay", "{\"id\":\"" + letter + "\"}").body).number("/replayed"), 1);
    ASSERT_TRUE(wait_for_count(id, "delivered", 1));
    EXPECT_EQ(taken().begin()->first, letter) << "with its old id";
}

TEST_F(Webhook, MetricsTellWhatBecameOfMessages) {
    std::atomic<int> asked = 0;
    receiver_.on("/hook", [&](seen_request const& r) {
        auto const n = asked++;
        return n == 0 ? script{}.answer(500, "") : n == 1 ? take(r) : script{}.answer(410, "");
    });
    start();
    auto const page = [&](std::string const& name) { return metric(*service_, "fetchd_webhook_" + name); };
    ASSERT_TRUE(wait_for_count(submit(1), "delivered", 1));
    ASSERT_TRUE(wait_for_count(submit(1), "dead", 1));
    EXPECT_EQ(page("attempts_total{result=\"failed\"}"), 1);
    EXPECT_EQ(page("attempts_total{result=\"delivered\"}"), 1);
    EXPECT_EQ(page("attempts_total{result=\"gone\"}"), 1);
    EXPECT_EQ(page("attempts_total{result=\"later\"}"), 0);
    EXPECT_EQ(page("attempt_seconds_count"), 3);
    EXPECT_TRUE(wait_for_metric(*service_, "fetchd_webhook_dead_letters_total", 1));
    EXPECT_EQ(page("receivers_disabled"), 1);
    EXPECT_EQ(page("receivers_paused"), 0);
    EXPECT_TRUE(wait_for_metric(*service_, "fetchd_webhook_messages_held", 0));
    EXPECT_EQ(page("messages_in_flight"), 0);
    EXPECT_EQ(page("store_failures_total"), 0);
}

TEST_F(Webhook, LeavesOnlyThroughTheGuard) {
    start(true, "[egress]\nallow = []\n");
    auto const id = submit(1);
    ASSERT_TRUE(wait_for_count(id, "pending", 1));
    ASSERT_TRUE(service_->wait_for_log("webhook failed"));
    EXPECT_TRUE(contains(service_->log(), "egress.allow")) << service_->log();
    EXPECT_EQ(receiver_.connections_opened(), 0u);
}

TEST_F(Webhook, JobsWithoutOneSaySo) {
    start();
    auto const got = post(service_->port(), "/v1/jobs", "{\"urls\":[\"" + origin_.url("/page") + "\"]}");
    auto const id = document(got.body)["/id"];
    for (auto const* rest : {"", "/dead"})
        EXPECT_EQ(get(service_->port(), "/v1/jobs/" + id + "/webhook" + rest).status, 404) << rest;
    EXPECT_EQ(tell(id, "replay").status, 404);
    EXPECT_EQ(tell("j-0", "enable").status, 404);
}

}  // namespace
}  // namespace fetchd::test
