// GET /v1/jobs/{id}/export: the results of a job as a file (docs/export.md).
//
// What was there when the export began, also of a job that goes on. A page at a time: read from the store,
// made into a piece of the file on the handler's own threads, written no faster than the client reads. At
// most `max_exports` at a time, each with one page in memory; a client that takes nothing for too long is
// cut. Loop thread only.
#pragma once

#include "api/call.hpp"
#include "jobs/scheduler.hpp"
#include "jobs/store.hpp"
#include "offload/pool.hpp"

namespace fetchd::api {

class export_handler {
  public:
    static constexpr std::size_t max_exports = 8;
    static constexpr std::uint32_t page_results = 1'000;
    static constexpr std::size_t page_bytes = std::size_t{1} << 20U;

    export_handler(executor, jobs::store&, jobs::scheduler&, config const&);

    void close() { pool_.close(); }  // before the loop is taken down
    awaitable<void> answer(call&);

  private:
    struct course;
    awaitable<std::optional<reply>> open(call&, course&);
    awaitable<result<std::string>> next_piece(course&);
    awaitable<void> stream(call&, course&, std::string first);
    void start(call&, course const&) const;

    executor executor_;
    jobs::store& store_;
    jobs::scheduler& scheduler_;
    config const& settings_;
    std::size_t running_ = 0;
    offload_pool pool_;
};

}  // namespace fetchd::api
