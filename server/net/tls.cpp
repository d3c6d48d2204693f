#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "net/ip_address.hpp"
#include "net/tls_handshake.hpp"
#include "net/tls_identities.hpp"
#include "net/tls_sessions.hpp"

namespace fetchd {
namespace {

namespace ssl = asio::ssl;

constexpr unsigned char alpn_offered[] = "\x08http/1.1";

int store_index() {
    static int const index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}
int key_index() {
    static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int remember_session(SSL* s, SSL_SESSION* session) {
    auto* const store = static_cast<tls_sessions*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(s), store_index()));
    auto const* const key = static_cast<std::string const*>(SSL_get_ex_data(s, key_index()));
    return store && key && store->put(*key, s, session) ? 1 : 0;  // 1: the reference is the store's now
}

// OpenSSL's own error in what Asio made of it; 0 where it is none.
unsigned long openssl_error(error_code const& ec) {
    return ec.category() == asio::error::get_ssl_category() ? static_cast<unsigned long>(ec.value()) : 0;
}

int version_of(std::string const& setting) {
    return setting == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION;
}

std::string problem_of_ca_file(std::string const& path, SSL_CTX* context) {
    if (path.empty())
        return {};
    if (::access(path.c_str(), R_OK) != 0)
        return "net.ca_file: " + path + ": cannot be read";
    bool const loaded = SSL_CTX_load_verify_locations(context, path.c_str(), nullptr) == 1;
    ERR_clear_error();
    return loaded ? std::string() : "net.ca_file: " + path + ": holds no certificates in PEM";
}

}  // namespace

struct tls_context::state {
    ssl::context context{ssl::context::tls_client};
    tls_identities identities;
    tls_sessions sessions;
    std::uint64_t handshakes = 0;
    std::uint64_t resumptions = 0;

    explicit state(tls_identities ours) : identities(std::move(ours)) {}
};

tls_context::tls_context(std::unique_ptr<state> s) : state_(std::move(s)) {}
tls_context::~tls_context() = default;
std::uint64_t tls_context::handshakes() const {
    return state_->handshakes;
}
std::uint64_t tls_context::resumptions() const {
    return state_->resumptions;
}

std::vector<std::string> tls_context::problems(net_config const& settings) {
    std::vector<std::string> all;
    if (!settings.ca_file.empty()) {
        ssl_ctx_ptr const scratch(SSL_CTX_new(TLS_client_method()));
        if (auto problem = problem_of_ca_file(settings.ca_file, scratch.get()); !problem.empty())
            all.push_back(std::move(problem));
    }
    tls_identities const checked(settings.client_certificates, &all);
    return all;
}

result<std::unique_ptr<tls_context>> tls_context::make(net_config const& settings) {
    std::vector<std::string> problems;
    auto s = std::make_unique<state>(tls_identities(settings.client_certificates, &problems));
    auto* const ctx = s->context.native_handle();
    SSL_CTX_set_default_verify_paths(ctx);
    if (auto problem = problem_of_ca_file(settings.ca_file, ctx); !problem.empty())
        problems.push_back(std::move(problem));
    if (!problems.empty()) {
        std::string words;
        for (auto const& each : problems)
            words += (words.empty() ? "" : "; ") + each;
        return failure(stage::tls, code::failed, std::move(words));
    }
    SSL_CTX_set_min_proto_version(ctx, version_of(settings.tls_min));
    SSL_CTX_set_max_proto_version(ctx, version_of(settings.tls_max));
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    s->context.set_verify_mode(ssl::verify_peer);
    SSL_CTX_set_alpn_protos(ctx, alpn_offered, sizeof alpn_offered - 1);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_ex_data(ctx, store_index(), &s->sessions);
    SSL_CTX_sess_set_new_cb(ctx, remember_session);
    return std::unique_ptr<tls_context>(new tls_context(std::move(s)));
}

struct tls_stream::layer {
    tls_context::state& shared;
    ssl::stream<tcp_socket&> stream;
    std::string key;                         // where the sessions of this stream go
    tls_identity const* identity = nullptr;  // what this host may see
    client_certificate ours = client_certificate::not_asked;
    bool answered = false;  // the origin has said something after the handshake

    layer(tls_context::state& s, tcp_socket& socket) : shared(s), stream(socket, s.context) {}

    SSL* handle() { return stream.native_handle(); }
    result<void> prepare(std::string const& host, std::uint16_t port);
    error_code alert_behind(error_code);
    static int show_certificate(SSL*, void* self);
};

tls_stream::tls_stream(tls_context& context, tcp_socket& socket)
    : layer_(std::make_unique<layer>(*context.state_, socket)) {}

// OpenSSL takes a connection that ends without a shutdown for a broken one and its session for not resumable;
// here it ends that way whenever it is not wanted any more.
tls_stream::~tls_stream() {
    SSL_set_shutdown(layer_->handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

// OpenSSL calls this when the origin asks for a certificate, and only then.
int tls_stream::layer::show_certificate(SSL* s, void* self) {
    auto& l = *static_cast<layer*>(self);
    bool const shown = l.identity && l.identity->use_in(s);
    l.ours = shown ? client_certificate::shown : client_certificate::missing;
    return 1;
}

namespace {

// Server name (RFC 6066 §3: names only), and what the certificate must be for (RFC 9110 §4.3.4): the names it
// has for that, not its subject (RFC 9525 §2). To OpenSSL an empty name means any, and one with a leading dot
// any below it.
bool expect_host(SSL* s, std::string const& host) {
    auto* const param = SSL_get0_param(s);
    if (ip_address::parse(host))
        return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
    if (host.empty() || host.front() == '.')
        return false;
    X509_VERIFY_PARAM_set_hostflags(
        param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    auto name = host;  // the call does not promise to leave it alone
    return SSL_ctrl(s, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1 &&
           X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()) == 1;
}

}  // namespace

result<void> tls_stream::layer::prepare(std::string const& host, std::uint16_t port) {
    if (!expect_host(handle(), host))
        return failure(stage::tls, code::bad_certificate, "no certificate can be for such a host name");
    identity = shared.identities.for_host(host);
    SSL_set_cert_cb(handle(), show_certificate, this);
    key = host + ":" + std::to_string(port) + (identity ? " as " + identity->host : std::string());
    SSL_set_ex_data(handle(), key_index(), &key);
    if (auto const session = shared.sessions.take(key))
        SSL_set_session(handle(), session.get());
    return {};
}

awaitable<result<void>> tls_stream::handshake(std::string_view host, std::uint16_t port) {
    auto const name = bare_host(host);
    if (auto ready = layer_->prepare(name, port); !ready)
        co_return ready;
    handshake_watch const watch(layer_->handle(), name);
    auto const [ec] = co_await layer_->stream.async_handshake(ssl::stream_base::client, no_throw);
    if (ec == asio::error::operation_aborted)
        co_return failure(stage::tls, code::timeout);
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        co_return failure(stage::tls, code::reset);
    if (ec == asio::error::eof || ec == ssl::error::stream_truncated)
        co_return failure(stage::tls, code::closed);
    if (ec && !openssl_error(ec))
        co_return failure(stage::tls, code::failed, ec.message());
    if (ec)
        co_return watch.why(openssl_error(ec), layer_->ours);
    ++layer_->shared.handshakes;
    layer_->shared.resumptions += resumed();
    co_return result<void>();
}

awaitable<io_result> tls_stream::read_some(std::span<char> into) {
    auto [ec, n] = co_await layer_->stream.async_read_some(asio::buffer(into.data(), into.size()), no_throw);
    layer_->answered = layer_->answered || n > 0;
    // What follows a close_notify is ignored (RFC 8446 §6.1); Asio takes it for a truncation.
    if (ec == ssl::error::stream_truncated && (SSL_get_shutdown(layer_->handle()) & SSL_RECEIVED_SHUTDOWN))
        ec = asio::error::eof;
    co_return io_result{ec, n};
}

awaitable<io_result> tls_stream::write(std::string_view all) {
    auto const [ec, n] =
        co_await asio::async_write(layer_->stream, asio::buffer(all.data(), all.size()), no_throw);
    co_return io_result{layer_->alert_behind(ec), n};
}

// An origin that refuses our certificate sends its alert and closes, so that writing may fail before the
// alert is read.
error_code tls_stream::layer::alert_behind(error_code failed) {
    if (ours == client_certificate::not_asked || answered ||
        (failed != asio::error::connection_reset && failed != asio::error::broken_pipe))
        return failed;
    char byte;
    error_code ec;
    stream.next_layer().non_blocking(true, ec);
    stream.read_some(asio::buffer(&byte, 1), ec);
    return openssl_error(ec) ? ec : failed;
}

std::optional<failure> tls_stream::late_refusal(error_code ec) const {
    if (layer_->answered || !openssl_error(ec))
        return {};
    return refused_certificate(openssl_error(ec), layer_->ours);
}

bool tls_stream::quiet() {
    char byte;
    error_code ec;
    layer_->stream.read_some(asio::buffer(&byte, 1), ec);
    return ec == asio::error::would_block;
}

bool tls_stream::resumed() const {
    return SSL_session_reused(layer_->handle()) == 1;
}

char const* tls_stream::version() const {
    return SSL_get_version(layer_->handle());
}

}  // namespace fetchd
