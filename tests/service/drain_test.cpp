// Theme: the service is told to stop.
#include <csignal>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

script held() {
    return script{}.gate("held").answer(200, "the answer", {{"content-type", "text/plain"}});
}

TEST(Drain, IdleServiceEndsAtOnce) {
    fetchd_process service;
    http_client idle(service.port());
    EXPECT_EQ(idle.exchange("GET", "/healthz").status, 200);

    service.signal(SIGTERM);

    EXPECT_EQ(service.wait_exit(), 0);
    EXPECT_TRUE(idle.wait_for_close());
    EXPECT_EQ(service.count_log("draining"), 1u);
    EXPECT_EQ(service.count_log("stopped"), 1u);
}

TEST(Drain, InterruptDoesTheSame) {
    fetchd_process service;
    service.signal(SIGINT);
    EXPECT_EQ(service.wait_exit(), 0);
}

TEST(Drain, FetchesInFlightGetTheirAnswers) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/", held());
    auto fetched = fetch_later(service, origin.url());
    auto raw = get_later(service, raw_target(origin.url()));
    ASSERT_TRUE(origin.wait_at_gate("held", 2));

    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));
    EXPECT_FALSE(http_client(service.port()).connected());
    EXPECT_TRUE(service.running());
    origin.open_gate("held");

    EXPECT_EQ(document(fetched.get().body)["/output/text"], "the answer");
    auto const passed = raw.get();
    EXPECT_TRUE(passed.ok());
    EXPECT_EQ(passed.body, "the answer");
    EXPECT_EQ(service.wait_exit(), 0);
}

TEST(Drain, StreamsFinishToTheirEnd) {
    fetchd_process service;
    scripted_origin origin;
    origin.on("/",
              script{}.send(answer_head(200, {{"content-length", "8"}}) + "half").gate("rest").send("half"));
    http_client client(service.port());
    client.send("GET " + raw_target(origin.url()) + " HTTP/1.1\r\nhost: x\r\n\r\n");
    auto got = client.read_head();
    ASSERT_TRUE(origin.wait_at_gate("rest"));
    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));
    origin.open_gate("rest");

    client.read_body(got);

    EXPECT_TRUE(got.ok());
    EXPECT_EQ(got.body, "halfhalf");
    EXPECT_TRUE(client.wait_for_close());
    EXPECT_EQ(service.wait_exit(), 0);
}

// What is in a worker is in flight too.
TEST(Drain, DocumentsInWorkersAreFinished) {
    fetchd_process service{faulty({})};
    auto napping = later(service, "POST", "/v1/process?output=nap", "300");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));

    service.signal(SIGTERM);

    EXPECT_EQ(document(napping.get().body)["/output/nap"], "slept");
    EXPECT_EQ(service.wait_exit(), 0);
}

// A request that has begun to arrive is answered; that the service is going is said with it.
TEST(Drain, ReadyzSaysNotReadyOnAConnectionThatIsLeft) {
    fetchd_process service;
    ASSERT_TRUE(wait_ready(service));
    http_client ready(service.port());
    http_client asking(service.port());
    EXPECT_EQ(ready.exchange("GET", "/readyz").status, 200);
    EXPECT_EQ(asking.exchange("GET", "/healthz").status, 200);
    ready.send("GET /readyz HTTP/1.1\r\n");
    asking.send("GET /v1/raw?url=http://127.0.0.1:9/ HTTP/1.1\r\n");
    // Both have been heard when this one, sent later, has been answered.
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);

    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));
    ready.send("host: x\r\n\r\n");
    asking.send("host: x\r\n\r\n");

    auto const readyz = ready.read();
    EXPECT_EQ(readyz.status, 503);
    EXPECT_EQ(document(readyz.body)["/status"], "not_ready");
    EXPECT_EQ(document(readyz.body)["/checks/accepting/ok"], "false");
    EXPECT_EQ(readyz.header("connection"), "close");
    auto const refused = asking.read();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(document(refused.body).outcome(), "admission.not_ready");
    EXPECT_TRUE(refused.header("retry-after").has_value());
    EXPECT_EQ(service.wait_exit(), 0);
}

TEST(Drain, TimeoutCutsWhatIsLeft) {
    fetchd_process service{with("[server]\ndrain_timeout = \"200ms\"\n")};
    scripted_origin origin;
    origin.on("/", held());
    origin.on("/half", script{}.send(answer_head(200, {{"content-length", "9"}}) + "half").stall());
    auto fetched = fetch_later(service, origin.url());
    auto raw = get_later(service, raw_target(origin.url("/half")));
    ASSERT_TRUE(origin.wait_at_gate("held"));
    ASSERT_TRUE(origin.wait_for_requests(2));
    auto const began = test_clock::now();

    service.signal(SIGTERM);

    EXPECT_EQ(service.wait_exit(), 0);
    EXPECT_GE(test_clock::now() - began, milliseconds{200});
    EXPECT_EQ(service.count_log("drain timeout"), 1u);
    EXPECT_NE(fetched.get().end, answer_end::complete);
    EXPECT_NE(raw.get().end, answer_end::complete);
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST(Drain, SecondSignalEndsAtOnce) {
    process_options options;
    options.expect_clean = false;
    fetchd_process service{options};
    scripted_origin origin;
    origin.on("/", held());
    auto fetched = fetch_later(service, origin.url());
    auto raw = get_later(service, raw_target(origin.url()));
    ASSERT_TRUE(origin.wait_at_gate("held", 2));
    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));

    service.signal(SIGTERM);

    EXPECT_EQ(service.wait_exit(), 1);
    EXPECT_NE(fetched.get().end, answer_end::complete);
    EXPECT_NE(raw.get().end, answer_end::complete);
}

TEST(Drain, SecondSignalEndsWhileAWorkerSpins) {
    auto options = faulty("[workers]\ntask_timeout = \"60s\"\n");
    options.expect_clean = false;
    fetchd_process service{options};
    auto spinning = later(service, "POST", "/v1/process?output=spin&timeout_ms=60000", "x");
    ASSERT_TRUE(wait_for_metric(service, "fetchd_workers_busy", 1));
    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));

    service.signal(SIGTERM);

    EXPECT_EQ(service.wait_exit(), 1);
    EXPECT_NE(spinning.get().end, answer_end::complete);
}

// A lookup that hangs in the resolver cannot be called back; the process does not wait for it.
TEST(Drain, EndsWhileANameIsLookedUp) {
    for (bool const at_once : {false, true}) {
        names_gate gate;
        auto const limit = at_once ? "60s" : "100ms";
        auto options =
            faulty("[server]\ndrain_timeout = \"" + std::string(limit) + "\"\n", {gate.variable()});
        options.expect_clean = !at_once;
        fetchd_process service{options};
        auto fetched = fetch_later(service, "http://held.test/");
        ASSERT_TRUE(wait_for_metric(service, "fetchd_pool_running", 1));
        service.signal(SIGTERM);
        ASSERT_TRUE(service.wait_for_log("draining"));
        if (at_once)
            service.signal(SIGTERM);

        EXPECT_EQ(service.wait_exit(), at_once ? 1 : 0);
        EXPECT_NE(fetched.get().end, answer_end::complete);
        gate.open();
    }
}

}  // namespace
}  // namespace fetchd::test
