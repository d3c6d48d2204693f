#include "net/tls_identities.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "net/host_list.hpp"
#include "net/ip_address.hpp"
#include "net/tls_words.hpp"

namespace fetchd {
namespace {

constexpr off_t max_file = 1024 * 1024;

// A file's content, wiped when it goes: it may be a key.
class file_text {
  public:
    explicit file_text(std::string const& path) {
        int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat info {};
        if (fd >= 0 && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= max_file) {
            text_.resize(static_cast<std::size_t>(info.st_size));
            auto const n = ::read(fd, text_.data(), text_.size());
            readable_ = n == static_cast<ssize_t>(text_.size());
        }
        if (fd >= 0)
            ::close(fd);
    }
    ~file_text() { OPENSSL_cleanse(text_.data(), text_.size()); }
    file_text(file_text const&) = delete;
    file_text& operator=(file_text const&) = delete;

    bool readable() const { return readable_; }
    bio_ptr bio() const { return bio_ptr(BIO_new_mem_buf(text_.data(), static_cast<int>(text_.size()))); }

  private:
    std::string text_;
    bool readable_ = false;
};

// Instead of asking on the terminal.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

// The host of an entry as tls_identity has it; empty where it is none.
std::string host_of(std::string_view written) {
    if (auto const ip = ip_address::parse(written))
        return ip->text();
    if (written.find('/') != written.npos || !host_list::problem_of(std::string(written)).empty())
        return {};
    return ascii_lowered(written.substr(written.starts_with('*') ? 1 : 0));
}

std::string read_chain(std::string const& path, std::vector<x509_ptr>& chain) {
    file_text const file(path);
    if (!file.readable())
        return path + ": cannot be read";
    auto const bio = file.bio();
    while (auto* const cert = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        chain.emplace_back(cert);
    bool const at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (chain.empty())
        return path + ": holds no certificate in PEM";
    return at_end ? std::string() : path + ": holds a damaged certificate";
}

std::string read_key(std::string const& path, key_ptr& key) {
    file_text const file(path);
    if (!file.readable())
        return path + ": cannot be read";
    bool encrypted = false;
    key.reset(PEM_read_bio_PrivateKey(file.bio().get(), nullptr, no_passphrase, &encrypted));
    ERR_clear_error();
    if (key)
        return {};
    return path + (encrypted ? ": is encrypted, want a key without a passphrase" : ": holds no key in PEM");
}

// What is wrong with a certificate and its key once both are read.
std::string problem_of_pair(tls_identity const& id) {
    auto* const cert = id.chain.front().get();
    if (X509_check_private_key(cert, id.key.get()) != 1) {
        ERR_clear_error();
        return "the key does not belong to the certificate";
    }
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        return "the certificate expired on " + time_words(X509_get0_notAfter(cert));
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
        return "the certificate is not valid before " + time_words(X509_get0_notBefore(cert));
    ssl_ctx_ptr const context(SSL_CTX_new(TLS_client_method()));
    bool const usable =
        context && SSL_CTX_use_cert_and_key(context.get(), cert, id.key.get(), nullptr, 1) == 1;
    ERR_clear_error();
    return usable ? std::string() : "the certificate is too weak for OpenSSL as it is set up here";
}

// Each thing that is wrong with an entry is said; the identity is whole where nothing is.
std::vector<std::string> read_entry(std::string_view entry, tls_identity& id) {
    auto const equals = entry.find('=');
    auto const files = equals == entry.npos ? std::string_view() : entry.substr(equals + 1);
    auto const colon = files.find(':');
    if (colon == files.npos || colon == 0 || colon + 1 == files.size())
        return {"want \"host=certificate.pem:key.pem\""};
    std::vector<std::string> wrong;
    auto const add = [&wrong](std::string problem) {
        if (!problem.empty())
            wrong.push_back(std::move(problem));
    };
    id.host = host_of(entry.substr(0, equals));
    if (id.host.empty())
        wrong.emplace_back("the host is neither a name nor an address nor *.suffix");
    add(read_chain(std::string(files.substr(0, colon)), id.chain));
    add(read_key(std::string(files.substr(colon + 1)), id.key));
    if (!id.chain.empty() && id.key)
        add(problem_of_pair(id));
    return wrong;
}

}  // namespace

std::string bare_host(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.ends_with('.'))
        host.remove_suffix(1);
    return std::string(host);
}

bool tls_identity::use_in(SSL* s) const {
    if (SSL_use_cert_and_key(s, chain.front().get(), key.get(), nullptr, 1) != 1)
        return false;
    return std::all_of(chain.begin() + 1, chain.end(), [s](x509_ptr const& each) {
        return SSL_ctrl(s, SSL_CTRL_CHAIN_CERT, 1, each.get()) == 1;  // 1: shared, not taken over
    });
}

tls_identities::tls_identities(std::vector<std::string> const& entries, std::vector<std::string>* problems) {
    for (auto const& entry : entries) {
        tls_identity id;
        auto wrong = read_entry(entry, id);
        if (std::any_of(all_.begin(), all_.end(), [&id](auto const& other) { return other.host == id.host; }))
            wrong.emplace_back("this host has a certificate already");
        if (wrong.empty())
            all_.push_back(std::move(id));
        else if (problems)
            for (auto const& each : wrong)
                problems->push_back("net.client_certificates: \"" + entry + "\": " + each);
    }
}

tls_identity const* tls_identities::for_host(std::string_view host) const {
    if (all_.empty())
        return nullptr;
    auto const address = ip_address::parse(host);
    auto const name = address ? address->text() : ascii_lowered(host);
    tls_identity const* best = nullptr;
    for (auto const& id : all_) {
        bool const suffix = id.host.front() == '.';
        if (!suffix && id.host == name)
            return &id;
        if (suffix && !address && name.size() > id.host.size() && name.ends_with(id.host) &&
            (!best || best->host.size() < id.host.size()))
            best = &id;
    }
    return best;
}

}  // namespace fetchd
