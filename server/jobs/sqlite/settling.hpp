// How items end: the pending row goes and the result comes, in one transaction, or neither.
//
// Blocking, inside a transaction of the writer; throws sql_error.
#pragma once

#include <unordered_map>

#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/rows.hpp"

namespace fetchd::jobs {

// A settlement whose large parts lie in the object folder already; the pins keep them there.
struct prepared_settlement {
    settlement ended;
    std::optional<object_folder::pin> output;  // where set, ended.output is empty
    std::optional<object_folder::pin> body;    // where set, ended.body is empty
    std::uint64_t output_bytes = 0;
    std::uint64_t body_bytes = 0;

    void take(settlement&&);
};

// Moves what is larger than this into the object folder; on any thread but the loop's. After a failure some
// of it may lie there, unused.
result<void> put_large_parts(std::span<prepared_settlement>, std::size_t inline_bytes, object_folder&);

class settling {
  public:
    settling(connection& db, effects& e) : db_(db), effects_(e) {}

    std::vector<std::uint64_t> settle(std::span<prepared_settlement const>, moment);

  private:
    struct tally {
        job_row row;  // as it was; its counters grow
        std::uint64_t first_seq = 0;
        std::uint64_t bytes = 0;
        bool open = false;  // items of it can be settled
    };
    tally& tally_of(job_key);
    std::uint64_t settle_one(prepared_settlement const&, moment);
    void append(tally&, prepared_settlement const&, moment);
    void refer_to(object_hash const&, std::uint64_t bytes);
    void finish(tally&, moment);

    connection& db_;
    effects& effects_;
    std::unordered_map<job_key, tally> tallies_;
};

}  // namespace fetchd::jobs
