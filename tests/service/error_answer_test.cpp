// Theme: every failure from the TLS handshake on, word for word (error_rows.hpp).
#include <csignal>

#include <gtest/gtest.h>

#include "service/error_rows.hpp"
#include "support/compress.hpp"

namespace fetchd::test {
namespace {

// No connection is kept, so that each question meets its origin anew.
constexpr auto no_pool = "max_idle = 0\n";

header_list const text_type{{"content-type", "text/plain"}};

std::string nine_bytes() {
    return answer_head(200, {{"content-type", "text/plain"}, {"content-length", "9"}});
}

script redirect_to(std::string location) {
    return script{}.answer(302, "", {{"location", std::move(location)}});
}

TEST_F(ErrorRowsOf, Tls) {
    start(std::string(no_pool) + "tls_min = \"1.3\"\n");
    stage_rows rows(stage::tls);

    auto const stranger = origin_with(ca.self_signed());
    rows.ask(*service, code::bad_certificate, {stranger->url()});
    tls_options choosy;
    choosy.identity = ca.issue({});
    choosy.clients = client_auth::required;
    choosy.client_ca = ca.file();
    auto const asking = origin_with(choosy);
    rows.ask(*service, code::client_certificate, {asking->url()});
    auto const old = origin_with(ca.issue({}), tls_version::tls_1_2);
    rows.ask(*service, code::version_refused, {old->url()});
    auto const plain = origin_saying("HTTP/1.1 400 Bad Request\r\n\r\n");
    rows.ask(*service, code::failed, {https(*plain)});
    scripted_origin closing;
    closing.on_accept(script{}.close_half().stall());
    rows.ask(*service, code::closed, {https(closing)});

    scripted_origin rude;
    rude.on_accept(script{}.gate("hello sent").reset());
    auto both = ask_both(*service, {https(rude)});
    ASSERT_TRUE(rude.wait_at_gate("hello sent", 2));
    settle();
    rude.open_gate("hello sent");
    rows.expect(code::reset, std::move(both));

    scripted_origin silent;
    silent.on_accept(script{}.stall());
    rows.ask(*service, code::timeout, {https(silent), {{"tls_timeout_ms", "150"}}});
    auto client = caller(https(silent));
    ASSERT_TRUE(silent.wait_for_connections(3));
    settle();
    client.close();
    rows.expect_cancelled(*service);
    rows.done();
}

// More than the sockets on the way hold. A body is sent by POST /v1/fetch only.
TEST_F(ErrorRowsOf, Request) {
    start_with(with("[server]\nmax_json = \"16MiB\"\n"));
    stage_rows rows(stage::request);
    auto const upload = [this](std::string_view path, std::string_view more = {}) {
        return fetch_body(origin.url(path), ",\"method\":\"PUT\",\"body\":\"" + std::string(15U << 20U, 'u') +
                                                "\"" + std::string(more));
    };
    origin.on("/timeout", script{}.at_head().stall());
    origin.on("/reset", script{}.at_head().gate("reset").reset());

    rows.expect_whole(code::timeout, post(service->port(), "/v1/fetch",
                                          upload("/timeout", ",\"first_byte_timeout_ms\":150")));
    auto reset = later(*service, "POST", "/v1/fetch", upload("/reset"));
    ASSERT_TRUE(origin.wait_at_gate("reset"));
    settle();
    origin.open_gate("reset");
    rows.expect_whole(code::reset, reset.get());

    http_client client(service->port());
    auto const body = upload("/timeout");
    client.send("POST /v1/fetch HTTP/1.1\r\nhost: x\r\ncontent-length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
    ASSERT_TRUE(origin.wait_for_requests(3));
    client.close();
    rows.expect_cancelled(*service);
    rows.done();
}

TEST_F(ErrorRowsOf, Head) {
    start(std::string(no_pool) + "max_head = \"4KiB\"\n");
    stage_rows rows(stage::head);
    origin.on("/bad_location", redirect_to("http://[bad/"));
    origin.on("/closed", script{}.close());
    origin.on("/malformed", script{}.send("SSH-2.0-x\r\n\r\n").stall());
    origin.on("/redirect_loop", redirect_to("/redirect_loop"));
    origin.on("/reset", script{}.reset());
    origin.on("/timeout", script{}.stall());
    origin.on("/too_large",
              script{}.send("HTTP/1.1 200 OK\r\nx: ").send_repeated("y", std::uint64_t{1} << 40U).stall());
    origin.on("/too_many_redirects", redirect_to("/closed"));
    auto const secure = origin_with(ca.issue({}));
    secure->on("/downgrade", redirect_to("http://127.0.0.1/"));

    rows.ask(*service, code::bad_location, {origin.url("/bad_location")});
    rows.ask(*service, code::closed, {origin.url("/closed")});
    rows.ask(*service, code::downgrade_refused, {secure->url("/downgrade")});
    rows.ask(*service, code::malformed, {origin.url("/malformed")});
    rows.ask(*service, code::redirect_loop, {origin.url("/redirect_loop")});
    rows.ask(*service, code::reset, {origin.url("/reset")});
    rows.ask(*service, code::timeout, {origin.url("/timeout"), {{"first_byte_timeout_ms", "150"}}});
    rows.ask(*service, code::too_large, {origin.url("/too_large")});
    origin.on("/one", redirect_to("/two"));
    origin.on("/two", redirect_to("/three"));
    rows.ask(*service, code::too_many_redirects, {origin.url("/one"), {{"max_redirects", "1"}}});

    auto const seen = origin.requests_seen();
    auto client = caller(origin.url("/timeout"));
    ASSERT_TRUE(origin.wait_for_requests(seen + 1));
    settle();
    client.close();
    rows.expect_cancelled(*service);
    rows.done();
}

TEST_F(ErrorRowsOf, Body) {
    start_with(with("[server]\nmax_document = \"600MiB\"\n[net]\n" + std::string(no_pool)));
    stage_rows rows(stage::body);
    auto const chunked = answer_head(200, {{"content-type", "text/plain"}, {"transfer-encoding", "chunked"}});
    origin.on("/malformed", script{}.send(chunked + "zz\r\n").stall());
    origin.on("/reset", script{}.send(nine_bytes() + "half").gate("reset").reset());
    origin.on("/timeout", script{}.send(nine_bytes() + "half").stall());
    origin.on("/too_large", script{}.answer(200, std::string(101, 'x'), text_type));
    origin.on("/too_slow", script{}.send(chunked).drip(chunk(std::string(1000, 'x')), milliseconds{10}));
    origin.on("/truncated", script{}.send(nine_bytes() + "half").close());

    rows.ask(*service, code::malformed, {origin.url("/malformed")});
    rows.ask(*service, code::timeout, {origin.url("/timeout"), {{"body_idle_timeout_ms", "150"}}});
    rows.ask(*service, code::too_large, {origin.url("/too_large"), {{"max_bytes", "100"}}});
    rows.ask(*service, code::truncated, {origin.url("/truncated")});
    auto both = ask_both(*service, {origin.url("/reset")});
    ASSERT_TRUE(origin.wait_at_gate("reset", 2));
    settle();
    origin.open_gate("reset");
    rows.expect(code::reset, std::move(both));

    // Room is set aside for what a document says it is, and one more does not go in.
    std::string const large = " HTTP/1.1\r\nhost: x\r\ncontent-length: 629145600\r\n";
    http_client first(service->port());
    first.send("POST /v1/process?output=text" + large + "\r\n");
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_fetches_in_flight", 1));
    http_client second(service->port());
    second.send("POST /v1/process?output=text" + large + "\r\n");
    rows.expect_plain(code::overloaded, second.read());
    first.close();

    auto const seen = origin.requests_seen();
    auto client = caller(origin.url("/timeout"));
    ASSERT_TRUE(origin.wait_for_requests(seen + 1));
    EXPECT_EQ(client.read_head().status, 200);
    client.close();
    rows.expect_cancelled(*service);

    // A body is called slow after ten seconds of waiting for it. In this service they are soon over.
    start_with(faulty("", {{"CLOCK_RATE", "20"}}));
    rows.ask(*service, code::too_slow,
             {origin.url("/too_slow"), {{"min_speed", "1000"}, {"timeout_ms", "600000"}}});
    rows.done();
}

TEST_F(ErrorRowsOf, Decode) {
    start_with(with("[fetch]\nmax_decoded = \"1KiB\"\n"));
    stage_rows rows(stage::decode);
    auto const serve = [this](std::string path, std::string body, std::string coding) {
        origin.on(path, script{}.answer(200, std::move(body),
                                        {{"content-type", "text/plain"}, {"content-encoding", coding}}));
    };
    auto const packed = gzip_encoded(std::string(2000, 'x'));
    serve("/corrupt", "not gzip", "gzip");
    serve("/too_large", packed, "gzip");
    serve("/too_many_layers", "x", "gzip, gzip, gzip, gzip, gzip, gzip");
    serve("/truncated", gzip_encoded("a body").substr(0, 12), "gzip");
    serve("/unsupported_encoding", "x", "rot13");

    rows.ask(*service, code::corrupt, {origin.url("/corrupt")});
    rows.ask(*service, code::too_large, {origin.url("/too_large")});
    rows.ask(*service, code::too_many_layers, {origin.url("/too_many_layers")});
    rows.ask(*service, code::truncated, {origin.url("/truncated")});
    rows.ask(*service, code::unsupported_encoding, {origin.url("/unsupported_encoding")});
    rows.done();
}

TEST_F(ErrorRowsOf, Process) {
    start_with(
        faulty("[workers]\ncount = 2\ntask_timeout = \"300ms\"\nkill_grace = \"50ms\"\n"
               "max_input = \"4KiB\"\nmax_output = \"64KiB\"\n"));
    stage_rows rows(stage::process);
    origin.on("/", script{}.answer(200, "<p>x", {{"content-type", "text/html"}}));
    origin.on("/json", script{}.answer(200, "{", {{"content-type", "application/json"}}));
    origin.on("/large", script{}.answer(200, std::string(4097, 'x'), text_type));
    origin.on("/bytes", script{}.answer(200, "\1\2", {{"content-type", "application/octet-stream"}}));
    auto const made = [this](std::string output) {
        return question{origin.url(), {{"output", std::move(output)}}};
    };

    rows.ask(*service, code::bad_document, {origin.url("/json"), {{"output", "jq"}}});
    rows.ask(*service, code::bad_option, {origin.url("/"), {{"output", "jq"}, {"jq.filter", ".["}}});
    rows.ask(*service, code::crashed, made("abort"));
    rows.ask(*service, code::crashed, made("abort"));
    rows.ask(*service, code::quarantined, made("abort"));
    rows.ask(*service, code::malformed, made("ring"));
    rows.ask(*service, code::output_too_large, made("huge"));
    rows.ask(*service, code::timeout, made("spin"));
    rows.ask(*service, code::failed, made("fail"));
    rows.ask(*service, code::too_large, {origin.url("/large")});
    rows.ask(*service, code::unsupported_type, {origin.url("/bytes")});

    auto const zygote = service->zygote();
    ASSERT_TRUE(zygote.has_value());
    ASSERT_EQ(::kill(zygote->pid, SIGKILL), 0);
    ASSERT_TRUE(service->wait_for_log("no more workers"));
    rows.ask(*service, code::not_ready, made("text"));

    start_with(faulty("[workers]\ncount = 1\nqueue = 1\ntask_timeout = \"60s\"\n"));
    auto const post_to = [](std::string const& target) {
        return "POST " + target + " HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\nx";
    };
    http_client spinning(service->port());
    spinning.send(post_to("/v1/process?output=spin"));
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_workers_busy", 1));
    http_client waiting(service->port());
    waiting.send(post_to("/v1/process?output=text"));
    ASSERT_TRUE(wait_for_metric(*service, "fetchd_workers_queued", 1));
    rows.ask(*service, code::overloaded, made("text"));
    spinning.close();
    rows.expect_cancelled(*service);
    EXPECT_TRUE(waiting.read().ok());
    rows.done();
}

}  // namespace
}  // namespace fetchd::test
