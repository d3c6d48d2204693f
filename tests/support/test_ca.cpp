#include "support/test_ca.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

namespace fetchd::test {
namespace {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* p) const {
        Free(p);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

void need(bool ok, char const* what) {
    if (!ok)
        throw std::runtime_error(std::string("test certificate: ") + what);
}

std::string text_of(bio_ptr const& bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem(X509* cert) {
    bio_ptr bio{BIO_new(BIO_s_mem())};
    need(PEM_write_bio_X509(bio.get(), cert) == 1, "write");
    return text_of(bio);
}

std::string pem(EVP_PKEY* key) {
    bio_ptr bio{BIO_new(BIO_s_mem())};
    need(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write key");
    return text_of(bio);
}

void name_it(X509* cert, std::string const& name) {
    need(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0) == 1,
         "name");
}

void extend(X509* cert, X509* issuer, int which, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension{
        X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str())};
    need(extension && X509_add_ext(cert, extension.get(), -1) == 1, value.c_str());
}

x509_ptr blank(EVP_PKEY* key, std::string const& name, long from_s, long until_s) {
    x509_ptr cert{X509_new()};
    need(cert && X509_set_version(cert.get(), 2) == 1, "make");
    unsigned char serial[8];
    need(RAND_bytes(serial, sizeof serial) == 1, "serial");
    serial[0] = 1;
    BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert.get()));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), until_s);
    need(X509_set_pubkey(cert.get(), key) == 1, "key");
    name_it(cert.get(), name);
    return cert;
}

std::string alternative_names(std::vector<std::string> const& names) {
    std::string out;
    for (auto const& name : names) {
        unsigned char address[16];
        bool const ip =
            inet_pton(AF_INET, name.c_str(), address) == 1 || inet_pton(AF_INET6, name.c_str(), address) == 1;
        out += (out.empty() ? "" : ",") + std::string(ip ? "IP:" : "DNS:") + name;
    }
    return out;
}

std::string file_with(std::string const& text) {
    char path[] = "/tmp/fetchd-test-ca-XXXXXX";
    int const fd = mkstemp(path);
    need(fd >= 0, "file");
    auto const written = write(fd, text.data(), text.size());
    ::close(fd);
    need(written == static_cast<ssize_t>(text.size()), "write file");
    return path;
}

}  // namespace

certificate with_passphrase(certificate const& open) {
    bio_ptr const in{BIO_new_mem_buf(open.key_pem.data(), static_cast<int>(open.key_pem.size()))};
    key_ptr const key{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
    bio_ptr const out{BIO_new(BIO_s_mem())};
    unsigned char const word[] = "word";
    need(key && PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), word, 4, nullptr,
                                         nullptr) == 1,
         "encrypt key");
    return {open.chain_pem, text_of(out)};
}

certificate_files::certificate_files(certificate const& c)
    : chain_(file_with(c.chain_pem)), key_(file_with(c.key_pem)) {}

certificate_files::~certificate_files() {
    unlink(chain_.c_str());
    unlink(key_.c_str());
}

struct test_ca::inner {
    key_ptr key{EVP_EC_gen("P-256")};
    x509_ptr cert;
    std::string file;
};

test_ca::test_ca(std::string const& name) : inner_(std::make_unique<inner>()) {
    need(inner_->key != nullptr, "authority key");
    inner_->cert = blank(inner_->key.get(), name, -3600, 7 * 24 * 3600L);
    auto* cert = inner_->cert.get();
    need(X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1, "issuer");
    extend(cert, cert, NID_basic_constraints, "critical,CA:TRUE");
    extend(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(cert, cert, NID_subject_key_identifier, "hash");
    need(X509_sign(cert, inner_->key.get(), EVP_sha256()) > 0, "sign");

    inner_->file = file_with(pem(cert));
}

test_ca::~test_ca() {
    unlink(inner_->file.c_str());
}

std::string const& test_ca::file() const {
    return inner_->file;
}

std::string test_ca::own_pem() const {
    return pem(inner_->cert.get());
}

certificate test_ca::issue(leaf const& wanted) const {
    key_ptr key{wanted.rsa_bits ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{wanted.rsa_bits})
                                : EVP_EC_gen("P-256")};
    need(key != nullptr, "leaf key");
    auto name = wanted.common_name;
    if (name.empty())
        name = wanted.names.empty() ? "nameless" : wanted.names.front();
    auto cert = blank(key.get(), name, wanted.valid_from_s, wanted.valid_until_s);
    X509* issuer = wanted.self_signed ? cert.get() : inner_->cert.get();
    EVP_PKEY* signer = wanted.self_signed ? key.get() : inner_->key.get();
    need(X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer)) == 1, "issuer");
    extend(cert.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
    extend(cert.get(), issuer, NID_ext_key_usage, wanted.for_clients ? "clientAuth" : "serverAuth");
    if (!wanted.names.empty())
        extend(cert.get(), issuer, NID_subject_alt_name, alternative_names(wanted.names));
    need(X509_sign(cert.get(), signer, wanted.sha1 ? EVP_sha1() : EVP_sha256()) > 0, "sign");
    return {pem(cert.get()), pem(key.get())};
}

certificate test_ca::for_names(std::vector<std::string> names) const {
    leaf wanted;
    wanted.names = std::move(names);
    return issue(wanted);
}

certificate test_ca::expired() const {
    leaf wanted;
    wanted.valid_from_s = -3 * 24 * 3600L;
    wanted.valid_until_s = -24 * 3600L;
    return issue(wanted);
}

certificate test_ca::wrong_name() const {
    return for_names({"elsewhere.test"});
}

certificate test_ca::self_signed() const {
    leaf wanted;
    wanted.self_signed = true;
    return issue(wanted);
}

}  // namespace fetchd::test
