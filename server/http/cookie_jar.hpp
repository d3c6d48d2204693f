// The cookies of one session: which are kept, and which go along with a request (RFC 6265bis §5.7, §5.8.3).
//
// No I/O and no locks: one thread at a time. The caller gives the time; the order of creation and of use is
// counted by the jar itself, so a clock that is set back changes no order. Every request counts as one that
// the user started: there is no page of another site behind it, so SameSite keeps nothing back. Only https is
// secure, localhost not excepted.
//
// Bounded by its limits in every direction; a site (registrable domain, or the host where it has none) that
// fills the jar loses its own cookies first.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/cookie.hpp"
#include "http/headers.hpp"

namespace fetchd {

struct cookie_limits {
    std::size_t per_answer = 50;          // Set-Cookie fields read of one answer, good or bad
    std::size_t per_site = 50;            // cookies
    std::size_t all = 300;                // cookies
    std::size_t site_bytes = 64 * 1024;   // of memory, for the cookies of one site
    std::size_t bytes = 128 * 1024;       // of memory, for all
    std::size_t field_bytes = 32 * 1024;  // of one Cookie field; what does not fit stays behind
};

// What several jars hold together.
struct cookie_totals {
    std::size_t cookies = 0;
    std::size_t bytes = 0;
};

class cookie_jar {
  public:
    // `totals`, where given, counts this jar's contents as long as it exists or until leave_totals().
    explicit cookie_jar(cookie_limits const& = {}, std::shared_ptr<cookie_totals> totals = {});
    ~cookie_jar();
    cookie_jar(cookie_jar const&) = delete;
    cookie_jar& operator=(cookie_jar const&) = delete;

    // Reads the Set-Cookie fields of an answer that came from this URL: of each answer, those that redirect
    // too.
    void store(url const& from, headers const& answer, cookie_time now);

    // The value of the Cookie field for a request to this URL: longest path first, then the oldest. Empty:
    // send none.
    std::string cookies_for(url const& to, cookie_time now);

    std::size_t size() const { return cookies_.size(); }
    std::size_t bytes() const { return bytes_; }
    void leave_totals();

  private:
    struct kept : cookie {
        explicit kept(cookie&&);
        std::string_view site() const { return std::string_view(domain).substr(site_at); }
        std::size_t cost() const;

        std::size_t site_at;  // in the domain
        std::uint64_t created = 0;
        std::uint64_t used = 0;
    };

    void put(cookie&&, bool https, cookie_time now);
    bool covers_secure(cookie const&) const;
    void make_room(std::string const& site);
    template <class Order>
    void evict_one(Order order);
    void remove(std::size_t i);
    void drop_expired(cookie_time now);

    cookie_limits limits_;
    std::shared_ptr<cookie_totals> totals_;
    std::vector<kept> cookies_;  // in no order
    std::size_t bytes_ = 0;
    std::uint64_t moment_ = 0;  // of creation and use
};

}  // namespace fetchd
