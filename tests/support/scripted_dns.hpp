// A DNS server on 127.0.0.1 that answers what the test says, over UDP, and over TCP where it truncates.
//
// One thread; every member may be called from any thread. A name that is not scripted does not exist. Names
// are compared without regard to case. The destructor joins.
//
//   scripted_dns names;
//   names.on("a.test", dns_answer::of({"127.0.0.1", "::1"}));
//   names.on("flip.test", {dns_answer::of({"127.0.0.2"}), dns_answer::of({"127.0.0.3"})});
//   fetchd_process service{faulty({}, {names.variable()})};
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fetchd::test {

struct dns_answer {
    enum class how {
        records,
        nxdomain,
        servfail,
        silence,    // nothing at all
        wrong_id,   // as records, to a question nobody asked
        malformed,  // says it has records, and has a name that points at itself
        truncated,  // by UDP only that it is; by TCP the records
    };
    how what = how::records;
    std::vector<std::string> addresses;  // IPv4 ones answer A, IPv6 ones AAAA
    std::vector<std::string> aliases;  // CNAMEs in a row, from the name asked for; the last has the addresses
    std::uint32_t ttl = 0;

    static dns_answer of(std::vector<std::string> addresses) {
        dns_answer a;
        a.addresses = std::move(addresses);
        return a;
    }
    static dns_answer of(how what, std::vector<std::string> addresses = {}) {
        auto a = of(std::move(addresses));
        a.what = what;
        return a;
    }
};

struct dns_question {
    std::string name;        // lower case, without the dot at the end
    std::uint16_t type = 0;  // 1: A, 28: AAAA
    std::size_t number = 0;  // of this name and type, from 0; by TCP the same again
    bool by_tcp = false;
};

using dns_choice = std::function<dns_answer(dns_question const&)>;

class scripted_dns {
  public:
    scripted_dns();
    ~scripted_dns();
    scripted_dns(scripted_dns const&) = delete;
    scripted_dns& operator=(scripted_dns const&) = delete;

    std::uint16_t port() const;
    // For the environment of the faulty binary, which then asks here for names under .test.
    std::pair<std::string, std::string> variable() const { return {"NAMES_DNS", std::to_string(port())}; }

    void on(std::string name, dns_answer what);
    void on(std::string name,
            std::vector<dns_answer> in_turn);      // for each type: one after the other, and again
    void on(std::string name, dns_choice chosen);  // called on the server's thread
    void otherwise(dns_choice chosen);             // names without a script

    std::size_t questions(std::string const& name, std::uint16_t type) const;
    std::size_t questions() const;  // all of them
    std::size_t by_tcp() const;     // those that came again by TCP

  private:
    struct inner;
    std::unique_ptr<inner> inner_;
};

}  // namespace fetchd::test
