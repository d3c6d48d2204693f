// Hours of random arrivals at origins that count every violation, on a clock of their own.
#include <deque>
#include <map>
#include <queue>
#include <random>

#include "polite.hpp"

namespace fetchd {
namespace {

using time = politeness::time;

// What is served somewhere, by whatever is counted there: knows nothing of how politeness works.
class place {
  public:
    std::vector<std::string> violations;

    void start(std::string const& who, time now, polite_limits const& most) {
        if (++open_ > most.connections)
            violations.push_back(who + ": connections");
        if (!starts_.empty() && now - starts_.back() < most.delay)
            violations.push_back(who + ": delay");
        while (!starts_.empty() && now - starts_.front() >= 60s)
            starts_.pop_front();
        starts_.push_back(now);
        if (most.rate > 0 && starts_.size() > most.rate)
            violations.push_back(who + ": rate");
    }
    void end() { --open_; }

  private:
    std::size_t open_ = 0;
    std::deque<time> starts_;
};

struct site {
    std::string url;
    std::string domain;
    std::string address;
    milliseconds crawl_delay{};
    int kind = 0;  // how it misbehaves
    std::size_t waiting = 0;
    std::size_t served = 0;
    time closed_until = time::min();  // nothing may be started before
    milliseconds own_wait = 60s;      // of the next 429 without Retry-After
    int failures = 0;                 // in a row
    bool out = false;                 // a start after a back-off or an open circuit was not answered yet
    int open = 0;
};

class simulation {
  public:
    // checked: what the origins allow, which need not be what politeness was told.
    simulation(politeness_config const& c, politeness_config const& checked, unsigned seed)
        : settings_(checked), p_(c), random_(seed) {
        for (int i = 0; i < 60; ++i) {
            auto const domain = "d" + std::to_string(i % 12) + ".test";
            site s;
            s.url = "http://h" + std::to_string(i) + "." + domain + "/";
            s.domain = domain;
            s.address = "192.0.2." + std::to_string(i % 7);
            s.crawl_delay = i % 9 == 0 ? 5s : 0s;
            s.kind = i % 5;
            sites_.push_back(s);
        }
        p_.is.on_change([this](std::string_view origin) { told_.emplace_back(origin); });
        for (auto const& s : sites_)
            p_.is.meet(at(s.url), ip_address::parse(s.address), p_.now);
    }

    void run(int arrivals, milliseconds within) {
        auto const begun = p_.now;
        for (int i = 0; i < arrivals; ++i)
            events_.push({begun + milliseconds(random_() % static_cast<unsigned>(within.count())),
                          random_() % sites_.size(), arrival});
        while (!events_.empty()) {
            auto const e = events_.top();
            events_.pop();
            p_.pass(std::chrono::duration_cast<milliseconds>(std::max(e.when, p_.now) - p_.now));
            sites_[e.site].waiting += e.turn == arrival ? 1 : 0;
            if (e.turn > 0)
                finish(e.site, e.turn);
            else
                try_to_start(e.site);
            for (auto const& origin : std::exchange(told_, {}))
                for (std::size_t i = 0; i < sites_.size(); ++i)
                    if (at(sites_[i].url).origin() == origin)
                        try_to_start(i);
        }
    }

    std::vector<std::string> violations() const {
        auto all = others_;
        for (auto const& [key, p] : places_)
            all.insert(all.end(), p.violations.begin(), p.violations.end());
        return all;
    }
    std::size_t served() const {
        std::size_t sum = 0;
        for (auto const& s : sites_)
            sum += s.served;
        return sum;
    }
    polite& p() { return p_; }

  private:
    struct event {
        time when;
        std::size_t site;
        int turn;  // that ends; or one of the two below
        bool operator<(event const& e) const { return when > e.when; }
    };

    static constexpr int again = 0;  // it is time to ask again
    static constexpr int arrival = -1;

    void try_to_start(std::size_t i) {
        auto& s = sites_[i];
        while (s.waiting > 0) {
            auto a = p_.ask(s.url, s.crawl_delay);
            if (auto const* const w = std::get_if<politeness::wait>(&a)) {
                if (w->until <= p_.now)
                    others_.push_back(s.url + ": told to wait until the past");
                if (alarms_[i] <= p_.now || w->until < alarms_[i])
                    events_.push({alarms_[i] = w->until, i, again});
                return;
            }
            begin(i, std::get<politeness::turn>(std::move(a)));
        }
    }

    void begin(std::size_t i, politeness::turn turn) {
        auto& s = sites_[i];
        --s.waiting;
        auto limits = settings_.origin;
        limits.delay = std::max(limits.delay, s.crawl_delay);
        places_[s.url].start(s.url, p_.now, limits);
        places_[s.domain].start(s.domain, p_.now, settings_.domain);
        places_[s.address].start(s.address, p_.now, settings_.address);
        if (p_.now < s.closed_until)
            others_.push_back(s.url + ": before its back-off was over");
        if (s.out && s.open > 0)
            others_.push_back(s.url + ": more than one at the end of a back-off");
        ++s.open;
        turns_.emplace(++last_turn_, std::pair(std::move(turn), p_.now));
        events_.push({p_.now + milliseconds(20 + random_() % 3000), i, last_turn_});
    }

    void finish(std::size_t i, int number) {
        auto& s = sites_[i];
        auto node = turns_.extract(number);
        for (auto const& key : {s.url, s.domain, s.address})
            places_[key].end();
        --s.open;
        node.mapped().first.finish(outcome_of(s, node.mapped().second), p_.now);
        try_to_start(i);
    }

    // Each kind of site misbehaves in its own way; whatever it asks for thereby is noted, to be checked.
    politeness::outcome outcome_of(site& s, time began) {
        auto const chance = random_() % 100;
        bool const first = began >= refused_[s.url];  // later than its last refusal
        if (s.kind == 1 && chance < 5) {
            auto const wait = milliseconds(1000 * (random_() % 120));
            s.closed_until = std::max(s.closed_until, p_.now + wait);
            refused_[s.url] = p_.now;
            s.out = true;
            return retry_later(chance % 2 == 0 ? 429 : 503, wait);
        }
        if (s.kind == 2 && chance < 5) {
            if (first && p_.now >= s.closed_until + 30min)
                s.own_wait = 60s;
            if (first) {
                s.closed_until = p_.now + std::min<milliseconds>(s.own_wait, 24h) * 9 / 10;
                s.own_wait *= 2;
                refused_[s.url] = p_.now;
            }
            s.out = true;
            return answered(429);
        }
        if (s.kind == 3 && chance < 60) {
            if (++s.failures == 5)
                s.closed_until = std::max(s.closed_until, p_.now + 30s);
            return failed(stage::connect, code::timeout);
        }
        if (s.kind == 3)
            s.closed_until = time::min();  // an answer closes the circuit, whichever request it is to
        s.failures = 0;
        s.out = false;
        ++s.served;
        return answered(s.kind == 4 && chance < 30 ? 500 : 200, milliseconds(20 + random_() % 500));
    }

    politeness_config settings_;
    polite p_;
    std::mt19937 random_;
    std::vector<site> sites_;
    std::map<std::string, place> places_;
    std::map<std::string, time> refused_;
    std::map<std::size_t, time> alarms_;
    std::map<int, std::pair<politeness::turn, time>> turns_;
    std::priority_queue<event> events_;
    std::vector<std::string> told_;
    std::vector<std::string> others_;
    int last_turn_ = 0;
};

politeness_config settings(bool adaptive) {
    politeness_config c;
    c.adaptive = adaptive;
    c.origin = {2, 1000ms, 20};
    c.domain = {3, 250ms, 60};
    c.address = {4, 50ms, 90};
    return c;
}

TEST(PolitenessSimulation, OriginsThatCountViolationsCountNone) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        simulation sim(settings(seed % 2 == 0), settings(false), seed);
        sim.run(10'000, seed < 4 ? milliseconds(1h) : milliseconds(5min));
        auto const violations = sim.violations();
        EXPECT_TRUE(violations.empty())
            << "seed " << seed << ": " << violations.size() << ", first " << violations.front();
        EXPECT_GT(sim.served(), 7'000U);  // and nothing is left lying
        EXPECT_EQ(sim.p().is.count().turns, 0U);
    }
}

TEST(PolitenessSimulation, OriginsNoticeEachLimitThatIsNotKept) {
    auto const kept = settings(false);
    for (auto const kind :
         {&politeness_config::origin, &politeness_config::domain, &politeness_config::address})
        for (int limit = 0; limit < 3; ++limit) {
            auto loose = kept;
            auto& one = loose.*kind;
            (limit == 0 ? one.connections : one.rate) += limit == 1 ? 0 : limit == 0 ? 1 : 30;
            one.delay -= limit == 1 ? one.delay / 10 : 0ms;
            simulation sim(loose, kept, 1);
            sim.run(5'000, 5min);
            EXPECT_FALSE(sim.violations().empty()) << limit;
        }
}

TEST(PolitenessSimulation, CheckerSeesWhatIsWrong) {
    place p;
    polite_limits const most{1, 1000ms, 2};
    time now(1000h);
    p.start("x", now, most);
    p.start("x", now + 999ms, most);
    p.start("x", now + 59s, most);
    EXPECT_EQ(p.violations,
              (std::vector<std::string>{"x: connections", "x: delay", "x: connections", "x: rate"}));
}

}  // namespace
}  // namespace fetchd
