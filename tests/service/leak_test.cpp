// Theme: nothing is left behind. Also: workers killed at random under load.
#include <atomic>
#include <csignal>
#include <optional>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

constexpr std::size_t mib = 1 << 20;

// One fetch of every kind of failure there is, and some that succeed.
class Storm {
  public:
    Storm(fetchd_process const& service, test_ca const& ca) : service_(service), asking_(service.port()) {
        origin_options options;
        options.tls.emplace().identity = ca.wrong_name();
        tls_.emplace(options);
        auto const half = answer_head(200, {{"content-length", "99"}}) + "half";
        origin_.on("/good", script{}.answer(200, "<p>good", {{"content-type", "text/html"}}));
        origin_.on("/short", script{}.send(half).close());
        origin_.on("/cut", script{}.send(half).reset());
        origin_.on("/chunk",
                   script{}.send(answer_head(200, {{"transfer-encoding", "chunked"}}) + "zz\r\n").stall());
        origin_.on("/stall", script{}.stall());
        origin_.on("/drip", script{}.send(half).stall());
        origin_.on("/garbage", script{}.send("nonsense\r\n\r\n").stall());
        origin_.on("/none", script{}.close());
        origin_.on("/loop", script{}.answer(302, "", {{"location", "/loop"}}));
        origin_.on("/inside", script{}.answer(302, "", {{"location", "http://10.0.0.1/"}}));
        origin_.on("/gzip", script{}.answer(200, "not gzip", {{"content-encoding", "gzip"}}));
        origin_.on("/endless", script{}.send(answer_head(200)).send_repeated("x", 1ull << 40));
    }

    void blow() {
        auto const refused = "http://127.0.0.1:" + std::to_string(refusing_.port()) + "/";
        for (auto const* const path : {"/good", "/short", "/cut", "/chunk", "/stall", "/drip", "/garbage",
                                       "/none", "/loop", "/inside", "/gzip"})
            each_way(origin_.url(path));
        each_way(refused);
        each_way(tls_->url());
        each_way("https://127.0.0.1:" + std::to_string(origin_.port()) + "/");
        each_way("http://10.0.0.1/");
        each_way("http://missing.test/");
        for (auto const* const output : {"abort", "spin", "huge", "text"})
            post(service_.port(), std::string("/v1/process?timeout_ms=100&output=") + output,
                 std::to_string(++documents_));
        fetch(service_, origin_.url("/endless"), ",\"max_bytes\":1000");
        hang_up(raw_target(origin_.url("/stall")));
        hang_up(raw_target(origin_.url("/endless")));
        hang_up(read_target(origin_.url("/drip")));
        hang_up("/v1/fetch");
        for (auto const* const bad : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n", "",
                                      "POST /v1/process HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx"}) {
            http_client client(service_.port());
            client.send(bad);
        }
    }

    // Everything that ends by itself has ended; the pool's idle connections were ended by the origin. Asked
    // on a connection that stays, so that it is the only one then.
    void settle() {
        origin_.close_all();
        tls_->close_all();
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_fetches_in_flight", 0));
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_origin_connections_idle", 0));
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_client_connections", 1));
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_workers_busy", 0));
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_pool_running", 0));
        // Last: a busy one may end by being ended, and is up until then.
        EXPECT_TRUE(wait_for_metric(asking_, "fetchd_workers_up", 2));
    }

  private:
    void each_way(std::string const& url) {
        fetch(service_, url, ",\"timeout_ms\":60");
        get(service_.port(), raw_target(url, "&timeout_ms=60"));
        get(service_.port(), read_target(url, "&timeout_ms=60"));
    }
    void hang_up(std::string const& target) {
        http_client client(service_.port());
        client.send("GET " + target + " HTTP/1.1\r\nhost: x\r\n\r\n");
    }

    fetchd_process const& service_;
    http_client asking_;
    scripted_origin origin_;
    int documents_ = 0;
    std::optional<scripted_origin> tls_;
    refusing_port refusing_;
};

TEST(Leak, StormOfEveryFailureLeavesNothing) {
    test_ca ca;
    fetchd_process service{
        faulty("[workers]\ncount = 2\nmax_output = \"1MiB\"\nkill_grace = \"20ms\"\n"
               "[server]\nhead_timeout = \"200ms\"\n[net]\nca_file = \"" +
               ca.file() + "\"\n")};
    Storm storm(service, ca);
    storm.blow();  // what is allocated once, is
    storm.settle();
    auto const descriptors = service.descriptors();
    auto const resident = service.resident();

    int const times = long_tests() ? 50 : 5;
    for (int i = 0; i < times; ++i)
        storm.blow();
    storm.settle();

    EXPECT_EQ(service.descriptors(), descriptors);
    if (slowness() <= 1) {  // sanitizers keep freed memory
        EXPECT_LE(service.resident(), resident + 4 * mib);
    }
    EXPECT_EQ(service.children().size(), 3u);
    EXPECT_TRUE(service.running());
}

// Every worker that is there dies again and again while documents are processed: each request gets a
// complete, correct answer, or an error that names the stage.
TEST(Leak, WorkersKilledAtRandomHurtNoAnswer) {
    // It would be the page's fault, if nobody outside killed them.
    fetchd_process service{{.config = "[workers]\nquarantine = 0\n"}};
    auto const began_as = service.pid();
    scripted_origin origin;
    std::string page = "<h1>Title</h1>";
    for (int i = 0; i < 500; ++i)
        page += "<p>Paragraph <b>number</b> " + std::to_string(i) + "</p>";
    origin.on("/", script{}.answer(200, page, {{"content-type", "text/html"}}));
    auto const whole = fetch(service, origin.url())["/output/markdown"];
    ASSERT_TRUE(contains(whole, "Paragraph **number** 499"));

    std::atomic<bool> over = false;
    std::atomic<int> good = 0;
    std::atomic<int> failed = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i)
        clients.emplace_back([&] {
            while (!over) {
                auto const got = fetch(service, origin.url());
                if (got.outcome() == "ok") {
                    EXPECT_EQ(got["/output/markdown"], whole);
                    ++good;
                } else {
                    EXPECT_EQ(got["/error/stage"], "process");
                    EXPECT_TRUE(got["/error/code"] == "crashed" || got["/error/code"] == "not_ready")
                        << got.outcome();
                    ++failed;
                }
            }
        });
    std::mt19937 random(4711);
    auto const until = test_clock::now() + milliseconds{long_tests() ? 60'000 : 3'000};
    int killed = 0;
    while (test_clock::now() < until) {
        std::this_thread::sleep_for(milliseconds{50});
        auto const workers = service.workers();
        if (!workers.empty())
            killed += ::kill(workers[random() % workers.size()].pid, SIGKILL) == 0;
    }
    over = true;
    for (auto& each : clients)
        each.join();

    EXPECT_GT(killed, 10);
    EXPECT_GT(good, 50);
    EXPECT_LE(failed, killed);  // one document a death at most
    EXPECT_TRUE(service.running());
    EXPECT_EQ(service.pid(), began_as);
    EXPECT_TRUE(wait_for_metric(service, "fetchd_workers_up", metric(service, "fetchd_workers_wanted")));
    EXPECT_EQ(fetch(service, origin.url())["/output/markdown"], whole);
}

}  // namespace
}  // namespace fetchd::test
