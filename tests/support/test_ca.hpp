// Certificates made while the test runs: an authority, and leaves that are right or wrong in one way.
//
// Nothing is checked in and nothing expires. The authority's certificate is in a file for net.ca_file,
// removed with the object.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace fetchd::test {

struct certificate {
    std::string chain_pem;
    std::string key_pem;
};

struct leaf {
    std::vector<std::string> names{"127.0.0.1", "localhost"};  // DNS names and IP addresses
    std::string common_name;                                   // where empty: the first name
    long valid_from_s = -3600;                                 // relative to now
    long valid_until_s = 24 * 3600;
    bool self_signed = false;
    bool for_clients = false;  // instead of servers
    unsigned rsa_bits = 0;     // an RSA key instead of P-256
    bool sha1 = false;         // the signature's hash instead of SHA-256
};

certificate with_passphrase(certificate const&);  // its key encrypted

// A certificate and its key in files, removed with the object.
class certificate_files {
  public:
    explicit certificate_files(certificate const&);
    ~certificate_files();
    certificate_files(certificate_files const&) = delete;
    certificate_files& operator=(certificate_files const&) = delete;

    std::string const& chain() const { return chain_; }
    std::string const& key() const { return key_; }

  private:
    std::string chain_;
    std::string key_;
};

class test_ca {
  public:
    explicit test_ca(std::string const& name = "fetchd test authority");
    ~test_ca();
    test_ca(test_ca const&) = delete;
    test_ca& operator=(test_ca const&) = delete;

    std::string const& file() const;
    std::string own_pem() const;  // the authority's certificate
    certificate issue(leaf const&) const;
    certificate for_names(std::vector<std::string> names) const;
    certificate expired() const;      // right names, ended yesterday
    certificate wrong_name() const;   // valid, for "elsewhere.test" only
    certificate self_signed() const;  // right names, not signed by the authority

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

}  // namespace fetchd::test
