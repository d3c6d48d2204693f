#include "api/job_runner.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <utility>

#include "api/request_fields.hpp"
#include "api/result_json.hpp"
#include "http/retry.hpp"

namespace fetchd::api {
namespace {

// Some request of it may have reached its origin.
bool was_sent(fetch_result const& r) {
    if (!r.trace.redirects.empty())
        return true;
    return std::ranges::any_of(r.trace.attempts, [](attempt const& a) {
        bool const on_the_way = a.error && (a.error->where == stage::dns || a.error->where == stage::egress ||
                                            a.error->where == stage::connect || a.error->where == stage::tls);
        return !on_the_way;
    });
}

class item_errand final : public jobs::errand {
  public:
    item_errand(fetcher& f, jobs::job const& job, jobs::leased_item item, item_options const* common)
        : fetcher_(f), item_(std::move(item)) {
        auto const refused = common ? common->request(item_.url, item_.options, asked_)
                                    : std::optional<reply>(problem(400, "the job's options"));
        if (refused || !asked_.fetch) {
            asked_.fetch.reset();
            return;
        }
        ask_for_document(asked_.fetch->out.fields);
        // Every try takes a turn of its own at its origin, so the scheduler makes them.
        retries_ = std::exchange(asked_.fetch->retry.most, 0);
        asked_.fetch->keep = job.draft.archive;
        if (!asked_.fetch->session.empty())
            asked_.fetch->caller = job.draft.owner;
    }

    milliseconds time_limit() const override { return asked_.timeout; }

    std::size_t retries() const override { return retries_; }

    awaitable<fetch_result> run(scope& life, passage* way) override {
        fetch_result done;
        if (!asked_.fetch) {
            done.error = failure(stage::process, code::bad_option, "accepted under other settings");
            co_return done;
        }
        auto const ticket = fetcher_.admit();
        if (!ticket) {
            done.error = ticket.error();
            co_return done;
        }
        asked_.fetch->way = way;
        done = co_await fetcher_.run(*asked_.fetch, life);
        co_return done;
    }

    bool worth_retrying(fetch_result const& r) const override {
        if (!r.error)
            return asked_.fetch && fetchd::worth_retrying(asked_.fetch->out.method, r.status);
        // Where it may have arrived, only what may be done twice (RFC 9110 §9.2.2).
        return r.error->retryable() &&
               (!was_sent(r) || (asked_.fetch && idempotent(asked_.fetch->out.method)));
    }

    jobs::settlement settle(jobs::outcome how, fetch_result&& done) override {
        if (done.requested.empty())
            done.requested = item_.url;
        jobs::settlement s;
        s.outcome = how;
        auto members = result_members(done, item_.ref.n, how == jobs::outcome::skipped);
        s.head = std::move(members);
        if (!done.error)
            s.output = std::move(done.output);
        if (done.asked)
            s.tail = request_member(*done.asked);
        s.body = std::move(done.body);
        return s;
    }

  private:
    fetcher& fetcher_;
    jobs::leased_item item_;
    asked asked_;
    std::size_t retries_ = 0;
};

}  // namespace

jobs::manner job_runner::manner_of(jobs::job const& job, jobs::leased_item const& item) {
    jobs::manner how;
    how.robots = job.draft.robots;
    if (auto const common = common_of(job))
        how.user_agent = common->user_agent(item.options);
    return how;
}

std::unique_ptr<jobs::errand> job_runner::take(std::shared_ptr<jobs::job const> job, jobs::leased_item item,
                                               std::size_t) {
    auto const common = common_of(*job);
    return std::make_unique<item_errand>(fetcher_, *job, std::move(item), common.get());
}

// Of the result itself no more is kept than whose it was.
jobs::settlement job_runner::instead(jobs::settlement const& lost, failure why) {
    namespace json = boost::json;
    fetch_result done;
    json::error_code ec;
    auto const said = json::parse("{" + lost.head + "}", ec);
    auto const* const members = said.if_object();
    auto const* const address = members ? members->if_contains("url") : nullptr;
    if (address && address->is_string())
        done.requested = std::string(address->get_string());
    done.error = std::move(why);
    jobs::settlement s;
    s.ref = lost.ref;
    s.outcome = jobs::outcome::failed;
    s.head = result_members(done, lost.ref.n, false);
    return s;
}

std::shared_ptr<item_options const> job_runner::common_of(jobs::job const& job) {
    auto const known =
        std::find_if(used_.begin(), used_.end(), [&](auto const& r) { return r.job == job.key; });
    if (known != used_.end()) {
        used_.splice(used_.begin(), used_, known);
        return used_.front().common;
    }
    schema_limits const limits{fetcher_.settings(), fetcher_.limits(), tasks_};
    auto common = std::make_shared<item_options>(limits);
    bool const fine = job.draft.options.empty() || !common->set_common(std::string_view(job.draft.options));
    used_.push_front({job.key, fine ? std::move(common) : nullptr});
    if (used_.size() > jobs_remembered)
        used_.pop_back();
    return used_.front().common;
}

}  // namespace fetchd::api
