// The tables, and the way from the tables of an older version to these.
//
// The version is kept in the file (PRAGMA user_version). A file of a newer fetchd, or of something else, is
// refused and left as it is.
#pragma once

#include "jobs/sqlite/connection.hpp"

namespace fetchd::jobs {

constexpr int schema_version = 3;

// Makes the tables, or brings them up to date, in one transaction. Throws sql_error.
void prepare_schema(connection&);

// The id of a row of `items` and `results`: the rows of one job lie together, in their order.
constexpr std::int64_t max_per_job = (std::int64_t{1} << 32U) - 1;
constexpr std::int64_t max_job_key = (std::int64_t{1} << 31U) - 1;
constexpr std::int64_t row_id(std::int64_t job, std::int64_t n) {
    return (job << 32U) | n;
}
constexpr std::int64_t number_in_job(std::int64_t row) {
    return row & max_per_job;
}

}  // namespace fetchd::jobs
