// What the scheduler asks of others: whether an item may go, and to do what it asks for.
//
// Everything on the loop thread. Both outlive the scheduler; neither calls it from inside these functions.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "fetch/fetch.hpp"
#include "http/url.hpp"
#include "jobs/store.hpp"
#include "loop/scope.hpp"

namespace fetchd::jobs {

// How an item shows itself to origins.
struct manner {
    bool robots = true;        // robots.txt is obeyed
    std::string user_agent{};  // empty: the configured one
};

// Politeness and robots.txt.
class gate {
  public:
    // The right to one request now, and to another one where that leads. Destroyed unfinished, the request
    // never happened.
    class turn : public passage {
      public:
        virtual void finish(fetch_result const&, time_point now) = 0;
        // Where move() failed because it was not time yet: when to try again.
        virtual std::optional<time_point> held_until() const { return {}; }
    };
    struct go {
        std::unique_ptr<gate::turn> turn;  // may be null
    };
    struct wait {
        time_point until;        // time_point::max(): until the scheduler is told otherwise (changed())
        std::string_view why{};  // one word, for ever: what is told of the job
    };
    struct skip {
        failure why;  // it is not to be fetched at all: robots.txt says so, the host is given up
    };
    struct prepare {};  // something is missing for an answer: prepare(), and ask again
    using answer = std::variant<go, wait, skip, prepare>;

    virtual ~gate() = default;
    virtual answer ask(manner const&, url const& target, time_point now) = 0;
    // Gets what ask() was missing, one call for an origin and job at a time. Afterwards ask() has an answer,
    // also where this failed.
    virtual awaitable<void> prepare_for(manner, url target, scope&) = 0;
};

// One item on its way, from its options to its result.
class errand {
  public:
    virtual ~errand() = default;
    virtual milliseconds time_limit() const = 0;
    virtual std::size_t retries() const = 0;  // further tries after the first one
    // Once. What fails is in the result; an item that makes no sense fails here. way: asked before each
    // redirect; may be null.
    virtual awaitable<fetch_result> run(scope&, passage* way) = 0;
    virtual bool worth_retrying(fetch_result const&) const = 0;
    // The result as it is stored; also of what was not run. The scheduler fills in ref and outcome.
    virtual settlement settle(outcome, fetch_result&&) = 0;
};

class runner {
  public:
    virtual ~runner() = default;
    virtual manner manner_of(job const&, leased_item const&) = 0;
    // tries: made of this item so far.
    virtual std::unique_ptr<errand> take(std::shared_ptr<job const>, leased_item, std::size_t tries) = 0;
    // What is stored in the place of a result that cannot be: small, of the same item, failed for this
    // reason.
    virtual settlement instead(settlement const& lost, failure) = 0;
};

}  // namespace fetchd::jobs
