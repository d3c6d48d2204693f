// What the scheduler runs: the fetch that an item of a job asks for, and its result as it is stored.
//
// Loop thread only. Outlives the scheduler. Of a job's common options only those of the jobs used last are
// kept parsed.
#pragma once

#include <list>

#include "api/item_options.hpp"
#include "fetch/fetcher.hpp"
#include "jobs/errand.hpp"

namespace fetchd::api {

class job_runner final : public jobs::runner {
  public:
    static constexpr std::size_t jobs_remembered = 64;

    job_runner(fetcher& f, tasks::registry r) : fetcher_(f), tasks_(r) {}

    jobs::manner manner_of(jobs::job const&, jobs::leased_item const&) override;
    std::unique_ptr<jobs::errand> take(std::shared_ptr<jobs::job const>, jobs::leased_item,
                                       std::size_t tries) override;
    jobs::settlement instead(jobs::settlement const& lost, failure) override;

  private:
    struct remembered {
        jobs::job_key job;
        std::shared_ptr<item_options const> common;  // null: they make no sense any more
    };
    std::shared_ptr<item_options const> common_of(jobs::job const&);

    fetcher& fetcher_;
    tasks::registry tasks_;
    std::list<remembered> used_;  // the last one first
};

}  // namespace fetchd::api
