// An HTTP origin that does exactly what the test says, and remembers what was done to it.
//
// One thread a connection, so a script is read from top to bottom; for thousands of connections see
// slow_origin. Every member may be called from any thread. Waits end by notification; one that outlasts its
// deadline fails the running test, saying what was seen instead, and returns false. The destructor closes
// everything and joins.
//
//   scripted_origin origin;
//   origin.on("/page", script{}.answer(200, "<h1>x"));
//   ... fetch origin.url("/page") ...
//   ASSERT_TRUE(origin.wait_for_requests(1));
//   EXPECT_EQ(origin.request(0).header("host"), "127.0.0.1:" + std::to_string(origin.port()));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/script.hpp"
#include "support/test_ca.hpp"

struct ssl_st;

namespace fetchd::test {

enum class tls_version { any, tls_1_2, tls_1_3 };

enum class client_auth { none, wanted, required };

struct tls_options {
    certificate identity;                       // from test_ca
    tls_version version = tls_version::any;     // the only one offered
    std::vector<std::string> alpn{"http/1.1"};  // in the origin's order; empty: ALPN is ignored
    bool sessions = true;                       // tickets and session ids
    client_auth clients = client_auth::none;    // a certificate is asked of the client
    std::string client_ca{};                    // file of the authority it must come from
    bool alpn_unasked = false;                  // the first of alpn is chosen, whatever was offered
    bool weak = false;                          // OpenSSL's security level 0: short keys, SHA-1
    // Runs after each handshake on the connection's thread, with all of OpenSSL at hand; false ends the
    // connection there.
    std::function<bool(ssl_st*)> then{};
};

struct origin_options {
    std::vector<std::string> listen{"127.0.0.1"};  // several addresses share one port
    std::uint16_t port = 0;                        // 0: any free one
    std::optional<tls_options> tls;
    int send_buffer = 0;  // SO_SNDBUF of accepted connections; 0: the system's
};

struct seen_request {
    std::size_t number = 0;      // in order of arrival at this origin, from 0
    std::size_t connection = 0;  // index into origin_record::connections
    std::string head;            // raw, with its empty line
    std::string method;
    std::string target;
    std::string version;
    header_list headers;
    std::string body;              // decoded of chunks, kept up to 16 MiB
    std::uint64_t body_bytes = 0;  // all of it

    std::optional<std::string> header(std::string_view name) const;  // the first, name in any case
    std::size_t count(std::string_view name) const;
};

struct seen_tls {
    bool established = false;
    bool session_reused = false;
    std::string version;                    // "TLSv1.3"
    std::string server_name;                // SNI, empty when none was sent
    std::vector<std::string> alpn_offered;  // by the client
    std::string alpn;                       // agreed
    std::string client_name;                // common name of the client's certificate, empty without one
    std::string error;                      // of a failed handshake
};

enum class ending { open, by_script, by_client, client_reset, bad_handshake, bad_request, stopped };

struct seen_connection {
    std::size_t number = 0;
    test_clock::time_point accepted_at;
    std::string local;  // "127.0.0.1:8080": the address that was dialled
    std::string peer;
    std::vector<std::size_t> requests;  // their numbers
    std::uint64_t received = 0;         // plain bytes, after TLS
    std::uint64_t sent = 0;
    ending end = ending::open;
    seen_tls tls;
    std::string unparsed;  // what came instead of a request (bad_request)
};

struct origin_record {
    std::vector<seen_request> requests;
    std::vector<seen_connection> connections;
    std::size_t open = 0;                             // connections now
    std::size_t most_open = 0;                        // at any moment
    std::size_t closed = 0;                           // ended, by whomever
    std::map<std::string, std::size_t> waiting_gate;  // connections that stand at a gate now
};

using answer_with = std::function<script(seen_request const&)>;

class scripted_origin {
  public:
    explicit scripted_origin(origin_options options = {});
    ~scripted_origin();
    scripted_origin(scripted_origin const&) = delete;
    scripted_origin& operator=(scripted_origin const&) = delete;

    std::uint16_t port() const;
    std::string url(std::string_view target = "/") const;  // http(s)://127.0.0.1:PORT/...
    std::string url_at(std::string_view host, std::string_view target = "/") const;

    // By whole target first, then by path without the query. Later calls replace earlier ones.
    void on(std::string target, script what);
    void on(std::string target, std::vector<script> in_turn);  // the last one repeats
    void on(std::string target, answer_with chosen);           // called on the connection's thread
    void otherwise(script what);                               // default: 404
    // Runs when a connection is accepted, before TLS and before anything is read. An empty script does
    // nothing.
    void on_accept(script what);
    void on_accept(std::vector<script> in_turn);

    void open_gate(std::string const& name);                       // for good
    void let_through(std::string const& name, std::size_t n = 1);  // n connections, now or later
    void stop_listening();                                         // further connects are refused
    void close_all();                                              // RST to every open connection

    origin_record record() const;
    seen_request request(std::size_t number) const;  // fails the test when there is none
    std::size_t requests_seen() const;
    std::size_t requests_seen(std::string_view target) const;
    std::size_t connections_opened() const;
    std::size_t connections_open() const;

    bool wait_for_requests(std::size_t n, milliseconds deadline = patience());
    bool wait_for_connections(std::size_t n, milliseconds deadline = patience());
    bool wait_for_closed(std::size_t n, milliseconds deadline = patience());
    bool wait_for_none_open(milliseconds deadline = patience());
    bool wait_at_gate(std::string const& name, std::size_t n = 1, milliseconds deadline = patience());
    // The predicate is called under the origin's lock: look only.
    bool wait_until(std::function<bool(origin_record const&)> predicate, std::string_view what,
                    milliseconds deadline = patience());

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

}  // namespace fetchd::test
