// The sessions of all callers: a jar of cookies for each name that a caller gives one.
//
// Loop thread only. Two callers never share a jar, whatever names they choose. A session begins with its
// first use and ends when it was not used for the idle time, or earlier when there are too many: of its
// caller, of all callers, or of their cookies in bytes; the least recently used one goes first. A jar
// outlives its session while somebody holds it; what it collects from then on is lost.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "http/cookie_jar.hpp"

namespace fetchd {

struct session_limits {
    std::size_t sessions = 10'000;
    std::size_t per_caller = 1'000;
    std::size_t bytes = 256 * 1024 * 1024;  // of memory, for the cookies of all sessions
    std::chrono::milliseconds idle{3'600'000};
};

// 1 to 128 characters of visible ASCII.
bool valid_session_name(std::string_view);

class sessions {
  public:
    using time = std::chrono::steady_clock::time_point;

    struct numbers {
        std::size_t sessions = 0;
        std::size_t callers = 0;
        std::size_t cookies = 0;
        std::size_t bytes = 0;
        std::uint64_t begun = 0;
        std::uint64_t expired = 0;  // by the idle time
        std::uint64_t evicted = 0;  // by a limit
    };

    explicit sessions(session_limits const&);
    ~sessions();
    sessions(sessions const&) = delete;
    sessions& operator=(sessions const&) = delete;

    // The jar of this caller's session, a new one where there is none. `name` must be valid; `caller` is what
    // tells callers apart, any bytes. Never null.
    std::shared_ptr<cookie_jar> open(std::string_view caller, std::string_view name, time now);

    // Ends what was idle for too long. open() does so too: this is for when nobody opens anything.
    void expire(time now);

    void configure(session_limits const&);  // at once; what is too much goes
    numbers count() const;

  private:
    struct session;
    using place = std::list<session>::iterator;

    struct session {
        std::string caller;
        std::string name;
        std::shared_ptr<cookie_jar> jar;
        time used;
        std::list<place>::iterator of_caller;
    };
    // Two levels, so that no caller and name can read like another pair.
    struct caller_sessions {
        std::map<std::string, place, std::less<>> by_name;
        std::list<place> recent;
    };

    place find_or_begin(std::string_view caller, std::string_view name);
    void trim(caller_sessions&);
    void trim();
    void end(place);

    session_limits limits_;
    std::shared_ptr<cookie_totals> totals_ = std::make_shared<cookie_totals>();
    std::list<session> recent_;  // most recently used first
    std::map<std::string, caller_sessions, std::less<>> callers_;
    numbers numbers_;
};

}  // namespace fetchd
