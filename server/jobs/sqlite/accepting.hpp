// How a job comes in: begun, its items added in any number of steps, committed.
//
// Blocking, inside a transaction of the writer; throws sql_error. A failure that is returned has written
// nothing.
#pragma once

#include "jobs/sqlite/seen_urls.hpp"

namespace fetchd::jobs {

class accepting {
  public:
    // Items between two steps of writing the queue. Larger is faster, and holds others up longer: some 50 ms.
    static constexpr std::uint64_t queue_step = 32'768;

    accepting(connection& db, effects& e, std::size_t most_seen);

    result<job_key> begin(job_draft const&, moment);
    result<added> add(job_key, std::span<item_draft const>);
    result<committed> commit(job_key, idempotency const&, moment);
    void abandon(job_key);
    void rolled_back() { seen_.rolled_back(); }  // the transaction

  private:
    lane_key lane_of(std::string_view origin) const;
    void queue_up_to(job_key, std::uint64_t first, std::uint64_t last);
    std::uint64_t add_items(job_key, std::span<item_draft const>, std::uint64_t last, bool deduplicate);

    connection& db_;
    effects& effects_;
    std::uint64_t lane_seed_;
    seen_urls seen_;
};

}  // namespace fetchd::jobs
