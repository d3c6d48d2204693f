// Reads the results of a job as a careful client does: it believes only lines and events that came whole, and
// after a cut, wherever it was, asks for what follows the last of them.
//
// One thread at a time. Every result is held against its number: a gap or a repeat fails the test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd::test {

class result_reader {
  public:
    enum class form { lines, events };

    explicit result_reader(std::string job, form as = form::lines) : job_(std::move(job)), as_(as) {}

    // One connection, to its end or until this many bytes of the body have come. May find nobody.
    void read_from(std::uint16_t port, std::size_t most_bytes = SIZE_MAX);

    bool at_end() const { return !end_.empty(); }
    std::string const& end() const { return end_; }                       // the terminal line
    std::vector<std::string> const& results() const { return results_; }  // in order, from seq 1
    std::size_t cuts() const { return cuts_; }

  private:
    void take(std::string_view document);
    void take_lines(std::string_view text);
    void take_events(std::string_view text);

    std::string job_;
    form as_;
    std::vector<std::string> results_;
    std::string end_;
    std::size_t cuts_ = 0;
};

}  // namespace fetchd::test
