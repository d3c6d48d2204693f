// What is read from the database, on a connection of its own that never waits for the writer's.
//
// Blocking, one thread; throws sql_error. Every call sees all that was committed before it began.
#pragma once

#include "jobs/sqlite/leases.hpp"
#include "jobs/sqlite/objects.hpp"
#include "jobs/sqlite/rows.hpp"

namespace fetchd::jobs {

class reader {
  public:
    reader(connection& db, object_folder const& objects) : db_(db), objects_(objects) {}

    result<job> find(std::string const& id);
    result<job> find(job_key);
    result<job_page> list(std::string const& owner, std::string const& after, std::uint32_t limit,
                          std::optional<job_state>);
    std::vector<job> unfinished(job_key after, std::uint32_t limit);
    std::optional<first_answer> find_answer(std::string const& owner, std::string const& key, unix_ms now);

    lane_page lanes(job_key, lane_key after, std::uint32_t limit, unix_ms now);
    // The items a lease asks for, where their job is active.
    std::vector<leased_item> take(std::span<lease_plan const>);

    result<result_page> read(read_want const&);

    std::optional<record> get(std::string const& key, unix_ms now);
    record_page records(std::string const& prefix, std::string const& after, std::uint32_t limit,
                        unix_ms now);
    std::vector<event> events(std::string const& endpoint, event_state, std::int64_t after,
                              std::uint32_t limit);

  private:
    result<result_page> page_of(read_want const&, std::uint64_t& missing);
    result<stored_result> result_of(query const&, bool body, bool missing_is_damage) const;
    result<std::string> object(std::string_view hash) const;
    std::string origin_of(job_key, item_number);
    void take_again(lease_plan const&, std::vector<leased_item>&);
    void take_fresh(lease_plan const&, std::vector<leased_item>&);

    connection& db_;
    object_folder const& objects_;
};

}  // namespace fetchd::jobs
