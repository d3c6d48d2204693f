// Theme: SIGHUP.
#include <csignal>

#include <gtest/gtest.h>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {
namespace {

class Reload : public testing::Test {
  protected:
    void reload(std::string const& toml) {
        service.write_config(toml);
        service.signal(SIGHUP);
        ASSERT_TRUE(service.wait_for_log(" reloaded", ++times));
    }
    void reload_refused(std::string const& toml) {
        service.write_config(toml);
        service.signal(SIGHUP);
        ASSERT_TRUE(service.wait_for_log("reload refused", ++refusals));
    }

    fetchd_process service;
    scripted_origin origin;
    std::size_t times = 0;
    std::size_t refusals = 0;
};

TEST_F(Reload, LiveSettingsTakeEffect) {
    origin.on("/", script{}.stall());
    origin.on("/agent", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
    EXPECT_EQ(fetch(service, origin.url("/agent")).outcome(), "ok");
    auto const before = origin.request(0).header("user-agent");

    reload("[fetch]\ntotal_timeout = \"150ms\"\nuser_agent = \"changed/2\"\n");

    EXPECT_EQ(fetch(service, origin.url()).outcome(), "head.timeout");
    EXPECT_EQ(fetch(service, origin.url("/agent")).outcome(), "ok");
    EXPECT_EQ(before, "fetchd/0.1");
    EXPECT_EQ(origin.request(2).header("user-agent"), "changed/2");
}

TEST_F(Reload, EgressRulesTakeEffectForKeptConnectionsToo) {
    origin.on("/", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");

    reload("[egress]\nallow = []\n");
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "egress.refused");

    reload("[egress]\nallow = [\"127.0.0.1\"]\n");
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
}

TEST_F(Reload, NamesTakeEffect) {
    origin.on("/", script{}.answer(200, "x", {{"content-type", "text/plain"}}));
    auto const port = std::to_string(origin.port());
    reload("[net]\nresolve = [\"new.test:" + port + ":127.0.0.1\"]\n");

    EXPECT_EQ(fetch(service, "http://new.test:" + port + "/").outcome(), "ok");
}

TEST_F(Reload, AdmissionTakesEffect) {
    origin.on("/", script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}}));
    reload("[fetch]\nmax_in_flight = 1\n");
    auto first = fetch_later(service, origin.url());
    ASSERT_TRUE(origin.wait_at_gate("held"));

    EXPECT_EQ(get(service.port(), raw_target(origin.url())).status, 503);
    reload("[fetch]\nmax_in_flight = 2\n");
    auto second = fetch_later(service, origin.url());
    ASSERT_TRUE(origin.wait_at_gate("held", 2));
    origin.open_gate("held");

    EXPECT_EQ(document(first.get().body).outcome(), "ok");
    EXPECT_EQ(document(second.get().body).outcome(), "ok");
}

TEST_F(Reload, WorkerTimeTakesEffect) {
    fetchd_process slow_service{faulty({})};
    slow_service.write_config("[workers]\ntask_timeout = \"100ms\"\n");
    slow_service.signal(SIGHUP);
    ASSERT_TRUE(slow_service.wait_for_log(" reloaded"));

    EXPECT_EQ(process(slow_service, "spin", "x").outcome(), "process.timeout");
}

TEST_F(Reload, LogFormatTakesEffect) {
    service.write_config("[log]\nformat = \"json\"\n");
    service.signal(SIGHUP);
    ASSERT_TRUE(service.wait_for_log("\"event\":\"reloaded\""));

    EXPECT_EQ(fetch(service, "http://127.0.0.1:9/").outcome(), "egress.port_refused");

    EXPECT_TRUE(service.wait_for_log("\"stage\":\"egress\""));
}

TEST_F(Reload, BadFileKeepsTheOldSettingsAndSaysEveryProblem) {
    origin.on("/", script{}.answer(200, "x", {{"content-type", "text/plain"}}));

    reload_refused(
        "[fetch]\nuser_agent = \"new/1\"\nmax_redirects = 90\n[net]\nmax_idel = 3\n"
        "resolve = [\"nonsense\"]\n[egress]\nallow = [\"127.0.0.0/8\", \"300.0.0.0/8\"]\n");

    EXPECT_EQ(service.count_log("bad configuration"), 4u);
    EXPECT_TRUE(contains(service.log(), "fetch.max_redirects"));
    EXPECT_TRUE(contains(service.log(), "did you mean net.max_idle?"));
    EXPECT_TRUE(contains(service.log(), "nonsense"));
    EXPECT_TRUE(contains(service.log(), "300.0.0.0/8"));
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    EXPECT_EQ(origin.request(0).header("user-agent"), "fetchd/0.1");
    EXPECT_EQ(service.count_log(" reloaded"), 0u);
}

TEST_F(Reload, FileThatIsNoTomlIsRefused) {
    reload_refused("[fetch\n");
    reload_refused("a = \n");
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);
}

TEST_F(Reload, WhatNeedsARestartIsNamedAndTheRestIsTaken) {
    origin.on("/", script{}.answer(200, "x", {{"content-type", "text/plain"}}));

    reload("[server]\nmax_connections = 9\n[workers]\ncount = 7\n[fetch]\nuser_agent = \"new/1\"\n");

    EXPECT_EQ(service.count_log("needs a restart"), 2u);
    EXPECT_TRUE(contains(service.log(), "server.max_connections"));
    EXPECT_TRUE(contains(service.log(), "workers.count"));
    EXPECT_EQ(fetch(service, origin.url()).outcome(), "ok");
    EXPECT_EQ(origin.request(0).header("user-agent"), "new/1");
}

TEST_F(Reload, FetchesInFlightAreNotTouched) {
    origin.on("/", script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}}));
    auto asked = fetch_later(service, origin.url());
    ASSERT_TRUE(origin.wait_at_gate("held"));

    reload("[fetch]\ntotal_timeout = \"10ms\"\n[egress]\nallow = []\n[net]\nmax_idle = 0\n");
    origin.open_gate("held");

    EXPECT_EQ(document(asked.get().body).outcome(), "ok");
    EXPECT_TRUE(origin.wait_for_none_open());
}

TEST_F(Reload, ManySignalsInARowAreHarmless) {
    for (int i = 0; i < 50; ++i)
        service.signal(SIGHUP);
    ASSERT_TRUE(service.wait_for_log(" reloaded"));
    EXPECT_EQ(get(service.port(), "/healthz").status, 200);
}

TEST_F(Reload, DuringADrainDoesNotStopIt) {
    origin.on("/", script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}}));
    auto asked = fetch_later(service, origin.url());
    ASSERT_TRUE(origin.wait_at_gate("held"));
    service.signal(SIGTERM);
    ASSERT_TRUE(service.wait_for_log("draining"));

    reload("[fetch]\nuser_agent = \"new/1\"\n");
    origin.open_gate("held");

    EXPECT_EQ(document(asked.get().body).outcome(), "ok");
    EXPECT_EQ(service.wait_exit(), 0);
}

}  // namespace
}  // namespace fetchd::test
