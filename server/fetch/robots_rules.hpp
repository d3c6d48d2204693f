// May this URL be fetched, as far as its origin's robots.txt is concerned (RFC 9309)?
//
// One file is fetched for each origin and product token, once at a time: whoever asks meanwhile waits for it.
// It is believed for politeness.robots_time, and longer only while a newer one cannot be had (§2.4). An
// origin that has none allows everything, one that cannot be reached nothing (§2.3.1). Loop thread only; the
// cache is bounded in files and in bytes, the least recently used goes. Outlives every wait. Says nothing
// about whether robots.txt is to be minded at all: politeness::minds_robots does.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/config.hpp"
#include "http/robots.hpp"
#include "http/url.hpp"
#include "loop/scope.hpp"

namespace fetchd {

class bell;

struct robots_answer {
    enum class verdict : unsigned char {
        allowed,
        disallowed,   // by a rule
        unavailable,  // the file cannot be had just now, so nothing may be fetched
        held,         // politeness lets nobody ask for the file now, nor for anything else there
    };
    verdict what = verdict::allowed;
    std::uint32_t line = 0;      // disallowed: of the rule
    std::string why{};           // disallowed: "Disallow: /private"; the last two: what happened
    milliseconds crawl_delay{};  // asked for; not capped
    // unavailable, held: when it makes sense to ask again; held: or when politeness announces a change
    time_point until{};
};

// What came of fetching one robots.txt.
struct robots_reply {
    enum class kind : unsigned char {
        file,         // there is one
        none,         // there is none: everything is allowed
        unreachable,  // nobody knows: nothing is
        unanswered,   // the same, and the origin itself was not reached: it is tried again soon
        not_asked,    // nothing was sent to the origin, nor will be: whoever tries to fetch will hear why
        later,        // politeness says not before `until`
    };
    kind what = kind::unreachable;
    robots rules{};
    std::string why{};
    time_point until{};
};

// Where the files come from.
class robots_source {
  public:
    virtual ~robots_source() = default;
    // file: the URL of a robots.txt. user_agent: empty for the configured one.
    virtual awaitable<robots_reply> fetch(url file, std::string user_agent, std::string product_token,
                                          scope&) = 0;
    // After robots_reply::kind::later: until when that still holds; nothing where it can be tried now.
    virtual std::optional<time_point> held_until(url const& file) = 0;
};

struct robots_limits {
    std::size_t files = 20'000;
    std::size_t bytes = 64 * 1024 * 1024;
    std::size_t waiting = 1'000;                 // for one file
    milliseconds fetch_time{60'000};             // of one file, waiting for politeness included
    milliseconds unreachable_time{300'000};      // before it is tried again
    milliseconds unanswered_time{5'000};         // the same, where the origin was not reached
    milliseconds not_asked_time{10'000};         // the same, where nobody was asked
    milliseconds stale_time{30 * 86'400'000LL};  // that an old one stands in for one that cannot be had
};

class robots_rules {
  public:
    // agent: the configured User-Agent.
    robots_rules(executor, timer_wheel&, robots_source&, politeness_config const&, std::string agent,
                 robots_limits const& = robots_limits(), std::function<time_point()> now = clock::now);
    ~robots_rules();
    robots_rules(robots_rules const&) = delete;
    robots_rules& operator=(robots_rules const&) = delete;

    // The answer, where it is known without waiting; after may_fetch() it is, for a while. user_agent: that
    // the request will carry, where it is not the configured one.
    std::optional<robots_answer> look(url const& target, std::string_view user_agent = {});

    // The answer, the file fetched where it has to be. Where the scope ends first, unavailable.
    awaitable<robots_answer> may_fetch(url target, std::string user_agent, scope&);

    void configure(politeness_config const&, std::string agent);
    void stop();  // ends every fetch; nothing begins any more

    struct numbers {
        std::size_t files = 0;
        std::size_t bytes = 0;
        std::size_t fetching = 0;
        std::uint64_t fetched = 0;
        std::uint64_t disallowed = 0;
        std::uint64_t unavailable = 0;
        std::uint64_t forgotten = 0;
    };
    numbers count() const;

  private:
    struct file;
    using files = std::list<std::shared_ptr<file>>;

    std::shared_ptr<file> file_of(url const& target, std::string_view user_agent);
    bool fresh(file const&, time_point now) const;
    robots_answer judge(file const&, url const& target, time_point now);
    awaitable<void> refresh(std::shared_ptr<file>);
    milliseconds time_of(robots_reply::kind) const;
    void take(file&, robots_reply&&, time_point now);
    void trim();

    executor executor_;
    timer_wheel& wheel_;
    robots_source& source_;
    milliseconds believed_{};
    std::string agent_;
    robots_limits limits_;
    std::function<time_point()> now_;
    files recent_;
    std::unordered_map<std::string, files::iterator> files_;
    std::size_t bytes_ = 0;
    bool stopped_ = false;
    numbers numbers_;
};

}  // namespace fetchd
