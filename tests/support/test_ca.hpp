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
    long valid_from_s = -3600;                                 // relative to now
    long valid_until_s = 24 * 3600;
    bool self_signed = false;
};

class test_ca {
  public:
    test_ca();
    ~test_ca();
    test_ca(test_ca const&) = delete;
    test_ca& operator=(test_ca const&) = delete;

    std::string const& file() const;
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
