#include <stdexcept>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "support/origin_wire.hpp"

namespace fetchd::test {
namespace {

std::string last_error() {
    char text[256] = "connection closed";
    if (auto const code = ERR_get_error())
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return text;
}

void need(bool ok, char const* what) {
    if (!ok)
        throw std::runtime_error(std::string("scripted origin TLS: ") + what + ": " + last_error());
}

void use(SSL_CTX* context, certificate const& identity) {
    BIO* bio = BIO_new_mem_buf(identity.chain_pem.data(), static_cast<int>(identity.chain_pem.size()));
    X509* cert = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    bool const cert_used = cert && SSL_CTX_use_certificate(context, cert) == 1;
    X509_free(cert);
    while (X509* const next = cert_used ? PEM_read_bio_X509(bio, nullptr, nullptr, nullptr) : nullptr)
        SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 0, next);  // 0: taken over
    ERR_clear_error();
    BIO_free(bio);
    need(cert_used, "certificate");
    bio = BIO_new_mem_buf(identity.key_pem.data(), static_cast<int>(identity.key_pem.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    bool const key_used = key && SSL_CTX_use_PrivateKey(context, key) == 1;
    EVP_PKEY_free(key);
    BIO_free(bio);
    need(key_used, "key");
}

void ask_for_certificate(SSL_CTX* context, tls_options const& options) {
    if (options.clients == client_auth::none)
        return;
    need(SSL_CTX_load_verify_locations(context, options.client_ca.c_str(), nullptr) == 1, "client authority");
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(options.client_ca.c_str()));
    SSL_CTX_set_verify(
        context,
        SSL_VERIFY_PEER | (options.clients == client_auth::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        nullptr);
}

std::string client_name_of(SSL* ssl) {
    char name[64] = "";
    if (X509* const cert = SSL_get0_peer_certificate(ssl))
        X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
    return name;
}

// Null once the handshake is over.
seen_tls* seen_of(SSL* ssl) {
    return static_cast<seen_tls*>(SSL_get_ex_data(ssl, 0));
}

int note_name(SSL* ssl, int*, void*) {
    char const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (auto* const seen = seen_of(ssl); seen && name)
        seen->server_name = name;
    return SSL_TLSEXT_ERR_OK;
}

int choose_alpn(SSL* ssl, unsigned char const** out, unsigned char* out_size, unsigned char const* in,
                unsigned in_size, void* side) {
    std::vector<std::string> offered;
    for (unsigned at = 0; at < in_size; at += 1u + in[at])
        offered.emplace_back(reinterpret_cast<char const*>(in + at + 1), in[at]);
    if (auto* const seen = seen_of(ssl))
        seen->alpn_offered = offered;
    auto const& options = static_cast<tls_side*>(side)->options();
    if (options.alpn_unasked) {
        *out = reinterpret_cast<unsigned char const*>(options.alpn.front().data());
        *out_size = static_cast<unsigned char>(options.alpn.front().size());
        return SSL_TLSEXT_ERR_OK;
    }
    for (auto const& wanted : options.alpn) {
        unsigned at = 0;
        for (auto const& name : offered) {
            if (name == wanted) {
                *out = in + at + 1;
                *out_size = in[at];
                return SSL_TLSEXT_ERR_OK;
            }
            at += 1u + in[at];
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

tls_side::tls_side(tls_options const& options) : options_(options) {
    context_ = SSL_CTX_new(TLS_server_method());
    need(context_ != nullptr, "context");
    if (options.weak)
        SSL_CTX_set_security_level(context_, 0);
    use(context_, options.identity);
    if (options.version != tls_version::any) {
        int const only = options.version == tls_version::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
        SSL_CTX_set_min_proto_version(context_, only);
        SSL_CTX_set_max_proto_version(context_, only);
    }
    unsigned char const id[] = "fetchd test origin";
    SSL_CTX_set_session_id_context(context_, id, sizeof id - 1);
    if (!options.sessions) {
        SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_options(context_, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context_, 0);
    }
    ask_for_certificate(context_, options);
    // What SSL_CTX_set_tlsext_servername_callback does, without its C cast.
    SSL_CTX_callback_ctrl(context_, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(note_name));
    SSL_CTX_set_alpn_select_cb(context_, choose_alpn, this);
}

tls_side::~tls_side() {
    SSL_CTX_free(context_);
}

bool origin_wire::handshake(tls_side const& side, seen_tls& seen) {
    ssl_ = SSL_new(side.context());
    if (!ssl_)
        return false;
    SSL_set_ex_data(ssl_, 0, &seen);
    SSL_set_fd(ssl_, socket_);
    ERR_clear_error();
    bool const accepted = SSL_accept(ssl_) == 1;
    SSL_set_ex_data(ssl_, 0, nullptr);
    if (!accepted) {
        seen.error = last_error();
        SSL_free(ssl_);
        ssl_ = nullptr;
        return false;
    }
    seen.established = true;
    seen.session_reused = SSL_session_reused(ssl_) == 1;
    seen.version = SSL_get_version(ssl_);
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    seen.alpn.assign(reinterpret_cast<char const*>(name), size);
    seen.client_name = client_name_of(ssl_);
    return true;
}

}  // namespace fetchd::test
