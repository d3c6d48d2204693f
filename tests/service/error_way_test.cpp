// Theme: every failure on the way to an origin, word for word (error_rows.hpp).
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

#include "service/error_rows.hpp"
#include "support/scripted_origin.hpp"
#include "support/socket.hpp"
#include "support/unreachable.hpp"

namespace fetchd::test {
namespace {

std::string at_port(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port) + "/";
}

// A listener that takes nobody in, until it takes all that have come, and resets them.
class resetting_listener {
  public:
    explicit resetting_listener(std::size_t expected) {
        if (::listen(listener_, 0) != 0)
            throw_errno("listen");
        // One more than the backlog holds: those who come later wait for the kernel to knock again.
        for (int i = 0; i < 2; ++i) {
            int const filler = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            auto const where = local_endpoint(listener_);
            if (::connect(filler, where.raw(), where.size) != 0 && errno != EINPROGRESS)
                throw_errno("connect");
            fillers_.push_back(filler);
        }
        expected_ = expected + fillers_.size();
    }
    ~resetting_listener() {
        for (int const filler : fillers_)
            ::close(filler);
        ::close(listener_);
    }
    resetting_listener(resetting_listener const&) = delete;
    resetting_listener& operator=(resetting_listener const&) = delete;

    std::uint16_t port() const { return local_endpoint(listener_).port(); }
    void reset_all() const {
        ::listen(listener_, 16);  // room for all at once
        timeval const most{patience().count() / 1000, 0};
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
        for (std::size_t i = 0; i < expected_; ++i) {
            int const taken = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (taken < 0)
                throw_errno("accept");
            reset_on_close(taken);
            ::close(taken);
        }
    }

  private:
    int listener_ = bound_socket(make_endpoint("127.0.0.1", 0));
    std::vector<int> fillers_;
    std::size_t expected_ = 0;
};

TEST(ErrorRows, AreThoseOfTheTable) {
    if (std::getenv("FETCHD_WRITE_GOLDEN"))
        GTEST_SKIP() << "the golden file is being written";
    auto lines = golden_lines();
    EXPECT_EQ(lines.size(), all_failure_kinds().size()) << "rows of the golden file and of the table";
    for (auto const& kind : all_failure_kinds()) {
        auto const where = std::string(name(kind.where));
        auto const what = std::string(name(kind.what));
        auto const& line = lines[{where, what}];
        bool const told = line.starts_with(where + " " + what + " " + std::to_string(kind.status) + " ");
        EXPECT_TRUE(told || line.starts_with(where + " " + what + " - ")) << line;
        bool const retryable = kind.advice == verdict::retry || kind.advice == verdict::overloaded;
        EXPECT_TRUE(contains(line, (retryable ? " true " : " false ") + std::string(kind.sentence)));
        EXPECT_FALSE(told && kind.what == code::cancelled) << line;
    }
}

// A stage that gets its first row needs a test of its rows.
TEST(ErrorRows, EveryStageHasATestOfItsOwn) {
    std::set<std::string> tested;
    auto const& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
        auto const& suite = *all.GetTestSuite(i);
        for (int j = 0; j < suite.total_test_count() && std::string(suite.name()) == "ErrorRowsOf"; ++j)
            tested.insert(suite.GetTestInfo(j)->name());
    }
    std::set<std::pair<std::string_view, std::string_view>> in_units;
    for (auto const& row : unit_rows())
        in_units.emplace(row.stage, row.code);
    for (auto const& kind : all_failure_kinds()) {
        if (in_units.count({name(kind.where), name(kind.what)}))
            continue;
        std::string stage_name(name(kind.where));
        stage_name[0] = static_cast<char>(stage_name[0] - 'a' + 'A');
        EXPECT_TRUE(tested.count(stage_name)) << "no TEST_F(ErrorRowsOf, " << stage_name << ")";
    }
}

TEST(ErrorRows, ThoseOfUnitTestsHaveOne) {
    for (auto const& row : unit_rows()) {
        std::ifstream file(FETCHD_SOURCE_DIR + std::string(row.file));
        std::string const text{std::istreambuf_iterator<char>(file), {}};
        EXPECT_TRUE(contains(text, row.test)) << row.stage << "." << row.code;
        EXPECT_TRUE(golden_lines().count({std::string(row.stage), std::string(row.code)})) << row.code;
    }
}

TEST_F(ErrorRowsOf, Admission) {
    start_with(with("[fetch]\nmax_in_flight = 1\n"));
    origin.on("/", script{}.gate("held").answer(200, "x", {{"content-type", "text/plain"}}));
    stage_rows rows(stage::admission);

    rows.ask(*service, code::bad_url, {"http://a b/"});
    rows.ask(*service, code::bad_proxy, {origin.url(), {{"proxy", "ftp://127.0.0.1:21"}}});
    rows.ask(*service, code::unsupported_scheme, {"ftp://127.0.0.1/"});

    auto held = get_later(*service, raw_target(origin.url()));
    ASSERT_TRUE(origin.wait_at_gate("held"));
    rows.ask(*service, code::overloaded, {origin.url()});

    // Two requests that have begun to arrive when the service is told to stop.
    question const late{origin.url()};
    auto const body = late.json();
    http_client whole(service->port());
    http_client plain(service->port());
    whole.send("POST /v1/fetch HTTP/1.1\r\ncontent-length: " + std::to_string(body.size()) + "\r\n");
    plain.send("GET " + late.target() + " HTTP/1.1\r\n");
    settle();
    service->signal(SIGTERM);
    ASSERT_TRUE(service->wait_for_log("draining"));
    whole.send("host: x\r\n\r\n" + body);
    plain.send("host: x\r\n\r\n");
    auto const first = whole.read();
    rows.expect(code::not_ready, first, plain.read());
    origin.open_gate("held");
    EXPECT_EQ(held.get().status, 200);
    EXPECT_EQ(service->wait_exit(), 0);
    rows.done();
}

TEST_F(ErrorRowsOf, Dns) {
    names_gate gate;
    start_with(faulty("[pool]\nthreads = 1\nqueue = 1\n", {gate.variable()}));
    stage_rows rows(stage::dns);

    rows.ask(*service, code::not_found, {"http://missing.test/"});
    rows.ask(*service, code::failed, {"http://broken.test/"});
    // From here on the only thread is held.
    rows.ask(*service, code::timeout, {"http://held.test/", {{"dns_timeout_ms", "150"}}});
    auto client = caller("http://held.test/");
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_fetches_in_flight", 1));
    client.close();
    rows.expect_cancelled(*service);
    auto queued = get_later(*service, raw_target("http://held-queued.test/", "&dns_timeout_ms=1"));
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_pool_queued", 1));
    rows.ask(*service, code::overloaded, {"http://held-beyond.test/"});
    EXPECT_EQ(queued.get().status, 504);
    gate.open();
    rows.done();
}

TEST_F(ErrorRowsOf, Egress) {
    start();
    stage_rows rows(stage::egress);
    rows.ask(*service, code::own_listener, {service->base_url() + "/healthz"});
    rows.ask(*service, code::port_refused, {"http://127.0.0.1:25/"});
    rows.ask(*service, code::refused, {"http://10.0.0.1/"});
    rows.done();
}

TEST_F(ErrorRowsOf, Connect) {
    start_with(with("[egress]\nallow = [\"127.0.0.0/8\", \"255.255.255.255/32\", \"fe80::/10\"]\n"));
    stage_rows rows(stage::connect);

    refusing_port nobody;
    rows.ask(*service, code::refused, {at_port(nobody.port())});
    // No socket may go there, so that nothing leaves this machine: a broadcast, and an address without its
    // link.
    rows.ask(*service, code::unreachable, {"http://255.255.255.255/"});
    rows.ask(*service, code::failed, {"http://[fe80::1]/"});

    deaf_listener deaf;
    rows.ask(*service, code::timeout, {at_port(deaf.port()), {{"connect_timeout_ms", "150"}}});
    auto client = caller(at_port(deaf.port()));
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_fetches_in_flight", 1));
    client.close();
    rows.expect_cancelled(*service);

    scripted_origin proxy;
    proxy.on("127.0.0.9:8001", script{}.answer(407, ""));
    proxy.on("127.0.0.9:8002", script{}.answer(403, ""));
    proxy.on("127.0.0.9:8003", script{}.send("SSH-2.0-x\r\n\r\n"));
    auto const by = "http://127.0.0.1:" + std::to_string(proxy.port());
    rows.ask(*service, code::proxy_auth, {"https://127.0.0.9:8001/", {{"proxy", by}}});
    rows.ask(*service, code::proxy_refused, {"https://127.0.0.9:8002/", {{"proxy", by}}});
    rows.ask(*service, code::proxy_failed, {"https://127.0.0.9:8003/", {{"proxy", by}}});

    // Stopped while it connects, the service sees the connection only when it has been made and reset.
    resetting_listener rude(2);
    auto both = ask_both(*service, {at_port(rude.port())});
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_fetches_in_flight", 2));
    service->signal(SIGSTOP);
    rude.reset_all();
    service->signal(SIGCONT);
    rows.expect(code::reset, std::move(both));
    rows.done();
}

}  // namespace
}  // namespace fetchd::test
