// Takes a stream of results apart: lines of results, signs of life, and the last line. Private to the
// library, pure.
//
// A line whose end has not come is held, up to `max_line` bytes; it is never given out.
#pragma once

#include "fetchd/job.hpp"

namespace fetchd {
inline namespace client_v1 {

class result_lines {
  public:
    result_lines(result_sink const& to, std::size_t max_line) : to_(to), max_line_(max_line) {}

    // False: nothing more is wanted. Then there is an error, or the sink said stop.
    bool feed(std::string_view bytes);

    std::optional<results_end> const& end() const { return end_; }
    std::optional<client_error> const& error() const { return error_; }

  private:
    bool line(std::string_view text);
    bool other(std::string_view text);  // not of the usual form of a result
    bool gap(std::uint64_t first_seq);
    bool wrong(std::string const& why);

    result_sink const& to_;
    std::size_t max_line_;
    std::string begun_;
    std::optional<results_end> end_;
    std::optional<client_error> error_;
};

// The number in {"seq":N,...; nothing where the line does not begin so.
std::optional<std::uint64_t> seq_at_start(std::string_view line);

}  // namespace client_v1
}  // namespace fetchd
