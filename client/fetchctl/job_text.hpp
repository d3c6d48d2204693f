// Jobs as text for people. Pure; strings of the service are escaped.
#pragma once

#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "fetchctl/show.hpp"
#include "fetchd/job.hpp"

namespace fetchctl {

// How fast a job goes, over the last ten seconds.
class pace {
  public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_looks = 64;

    void look(time_point now, std::uint64_t settled);
    double per_second() const;
    // For this many more; nothing where there is no telling.
    std::optional<std::chrono::seconds> time_for(std::uint64_t pending) const;

  private:
    struct seen {
        time_point at;
        std::uint64_t settled;
    };
    std::deque<seen> looks_;
};

// "████░░░░  45%  450/1,000  120/s  440 ok  10 failed  0:04 left": what fits into the columns, the important
// first.
std::string job_bar(fetchd::job const&, pace const&, unsigned columns, palette);

// The same as a line of a log: "450 of 1,000 done: 440 succeeded, 10 failed; 120 a second, 0:04 left".
std::string job_progress(fetchd::job const&, pace const&);

// "job j-1 finished: all 1,000 succeeded", "...: 440 succeeded, 10 failed of 450".
std::string job_summary(fetchd::job const&);

std::string job_table(std::vector<fetchd::job> const&, palette);
std::string job_details(fetchd::job const&, palette);

std::string clock_time(std::chrono::seconds);  // "0:04", "12:30", "3:05:00"

}  // namespace fetchctl
