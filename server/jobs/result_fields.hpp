// Which results a reader wants, and which of their fields. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace fetchd::jobs {

// "ok,failed,skipped", as results say it: bits of 1 << outcome (read_want::outcomes). Fails with a detail
// that says what is wrong.
result<unsigned> parse_outcomes(std::string_view list);

class result_fields {
  public:
    static constexpr std::size_t max_fields = 64;
    static constexpr std::size_t max_path = 256;  // bytes

    // "url,status,output.metadata": members of a result, or of an object in it. Each once; the first name of
    // each is one that results have. Fails with a detail that says what is wrong.
    static result<result_fields> parse(std::string_view list);

    // What an export has where nothing else is asked for: facts, no outputs.
    static result_fields facts();

    std::vector<std::string> const& paths() const { return paths_; }

    // The result with these fields only, and `seq` always, in their own order.
    std::string of(std::string_view line) const;

  private:
    std::vector<std::string> paths_;
};

}  // namespace fetchd::jobs
