#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <unordered_map>

namespace fetchd {
namespace {

namespace ssl = asio::ssl;

constexpr unsigned char alpn_http11[] = "\x08http/1.1";

struct session_free {
    void operator()(SSL_SESSION* s) const { SSL_SESSION_free(s); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_free>;

// Sessions by "host:port", the least recently stored going first.
class session_store {
  public:
    void put(std::string const& key, session_ptr session) {
        if (auto const old = by_key_.find(key); old != by_key_.end()) {
            order_.erase(old->second);
            by_key_.erase(old);
        } else if (by_key_.size() >= tls_context::max_sessions) {
            by_key_.erase(order_.back().first);
            order_.pop_back();
        }
        order_.emplace_front(key, std::move(session));
        by_key_[key] = order_.begin();
    }

    // A TLS 1.3 ticket should be used once (RFC 8446 §C.4), so it leaves the store; an older session stays,
    // because a resumed handshake brings no new one.
    session_ptr take(std::string const& key) {
        auto const found = by_key_.find(key);
        if (found == by_key_.end())
            return {};
        auto* const held = found->second->second.get();
        if (SSL_SESSION_get_protocol_version(held) < TLS1_3_VERSION) {
            SSL_SESSION_up_ref(held);
            return session_ptr(held);
        }
        auto session = std::move(found->second->second);
        order_.erase(found->second);
        by_key_.erase(found);
        return session;
    }

  private:
    std::list<std::pair<std::string, session_ptr>> order_;
    std::unordered_map<std::string, decltype(order_)::iterator> by_key_;
};

int store_index() {
    static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}
int key_index() {
    static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int remember_session(SSL* s, SSL_SESSION* session) {
    auto* store = static_cast<session_store*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(s), store_index()));
    auto const* key = static_cast<std::string const*>(SSL_get_ex_data(s, key_index()));
    if (!store || !key)
        return 0;
    store->put(*key, session_ptr(session));
    return 1;  // the reference is ours now
}

std::string openssl_words(error_code const& ec) {
    auto const value = static_cast<unsigned long>(ec.value());
    auto const* reason = ERR_reason_error_string(value);
    return reason ? reason : ec.message();
}

}  // namespace

struct tls_context::state {
    ssl::context context{ssl::context::tls_client};
    session_store sessions;
    std::uint64_t handshakes = 0;
    std::uint64_t resumptions = 0;
};

tls_context::tls_context(std::unique_ptr<state> s) : state_(std::move(s)) {}
tls_context::~tls_context() = default;
std::uint64_t tls_context::handshakes() const {
    return state_->handshakes;
}
std::uint64_t tls_context::resumptions() const {
    return state_->resumptions;
}

result<std::unique_ptr<tls_context>> tls_context::make(std::string const& ca_file) {
    auto s = std::make_unique<state>();
    auto* ctx = s->context.native_handle();
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_verify_paths(ctx);
    if (!ca_file.empty() && SSL_CTX_load_verify_locations(ctx, ca_file.c_str(), nullptr) != 1)
        return failure(stage::tls, code::failed, "net.ca_file: cannot be read as PEM: " + ca_file);
    s->context.set_verify_mode(ssl::verify_peer);
    SSL_CTX_set_alpn_protos(ctx, alpn_http11, sizeof alpn_http11 - 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(ctx, store_index(), &s->sessions);
    SSL_CTX_sess_set_new_cb(ctx, remember_session);
    return std::unique_ptr<tls_context>(new tls_context(std::move(s)));
}

struct tls_stream::layer {
    tls_context::state& shared;
    ssl::stream<tcp_socket&> stream;
    std::string key;  // where the sessions of this stream go

    layer(tls_context::state& s, tcp_socket& socket) : shared(s), stream(socket, s.context) {}
};

tls_stream::tls_stream(tls_context& context, tcp_socket& socket)
    : layer_(std::make_unique<layer>(*context.state_, socket)) {}

// OpenSSL takes a connection that ends without a shutdown for a broken one and its session for not resumable;
// here it ends that way whenever it is not wanted any more.
tls_stream::~tls_stream() {
    SSL_set_shutdown(layer_->stream.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

namespace {

// Server name (RFC 6066 §3: names only), and what the certificate must be for (RFC 9110 §4.3.4).
void expect_host(SSL* s, std::string const& host) {
    auto bare = host;
    if (bare.starts_with('['))
        bare = bare.substr(1, bare.size() - 2);
    auto* const param = SSL_get0_param(s);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, bare.c_str()) == 1)
        return;
    SSL_ctrl(s, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, bare.data());
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(param, bare.c_str(), bare.size());
}

failure handshake_failure(SSL* s, error_code ec) {
    if (ec == asio::error::operation_aborted)
        return {stage::tls, code::timeout};
    if (auto const verify = SSL_get_verify_result(s); verify != X509_V_OK)
        return {stage::tls, code::bad_certificate, X509_verify_cert_error_string(verify)};
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        return {stage::tls, code::reset};
    if (ec == asio::error::eof || ec == ssl::error::stream_truncated)
        return {stage::tls, code::closed};
    return {stage::tls, code::failed, openssl_words(ec)};
}

}  // namespace

awaitable<result<void>> tls_stream::handshake(std::string_view host, std::uint16_t port) {
    auto* const s = layer_->stream.native_handle();
    layer_->key = std::string(host) + ":" + std::to_string(port);
    SSL_set_ex_data(s, key_index(), &layer_->key);
    expect_host(s, std::string(host));
    if (auto const session = layer_->shared.sessions.take(layer_->key))
        SSL_set_session(s, session.get());
    auto const [ec] = co_await layer_->stream.async_handshake(ssl::stream_base::client, no_throw);
    if (ec)
        co_return handshake_failure(s, ec);
    ++layer_->shared.handshakes;
    layer_->shared.resumptions += resumed();
    co_return result<void>();
}

awaitable<io_result> tls_stream::read_some(std::span<char> into) {
    auto const [ec, n] =
        co_await layer_->stream.async_read_some(asio::buffer(into.data(), into.size()), no_throw);
    co_return io_result{ec, n};
}

awaitable<io_result> tls_stream::write(std::string_view all) {
    auto const [ec, n] =
        co_await asio::async_write(layer_->stream, asio::buffer(all.data(), all.size()), no_throw);
    co_return io_result{ec, n};
}

bool tls_stream::quiet() {
    char byte;
    error_code ec;
    layer_->stream.read_some(asio::buffer(&byte, 1), ec);
    return ec == asio::error::would_block;
}

bool tls_stream::resumed() const {
    return SSL_session_reused(layer_->stream.native_handle()) == 1;
}

char const* tls_stream::version() const {
    return SSL_get_version(layer_->stream.native_handle());
}

}  // namespace fetchd
