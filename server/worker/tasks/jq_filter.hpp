// A jq program and what it makes of JSON texts: the project's one door to libjq.
//
// libjq 1.6 is the language as people know it, and not made for hostile programs: it reads modules from
// files, shows the environment, prints to stderr and aborts on some mistakes. What of that is cheap to keep
// from it is kept from it here (a program of ours that stands before each filter, an environment that is
// empty for the while); the rest - programs without end, recursion without bounds, memory - ends the worker
// it runs in. So never in main, but for problem_with_filter().
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd::tasks {

// What is wrong with a filter, as far as it shows without compiling it.
std::optional<std::string> problem_with_filter(std::string_view filter);

struct jq_limits {
    std::size_t output = 64U << 20U;  // bytes
    std::size_t depth = 60;           // of one result
};

class jq_program {
  public:
    // Fails with process.bad_option: "line 2: syntax error, ...".
    static result<jq_program> compile(std::string_view filter);

    jq_program(jq_program&&) noexcept;
    jq_program& operator=(jq_program&&) noexcept;
    ~jq_program();

    // Puts each JSON text in `utf8`, however they are separated, through the filter (`slurp`: all of them as
    // one array) and appends all results as one JSON array.
    // Fails with process.bad_document where the text is not JSON, process.failed where the filter ends in an
    // error, process.output_too_large and process.too_large (nested too deeply). Can be run again afterwards.
    result<void> run(std::string_view utf8, bool slurp, jq_limits const&, std::string& out);

  private:
    struct state;
    explicit jq_program(std::unique_ptr<state>);
    std::unique_ptr<state> state_;
};

// Reads what libjq, its regular expressions and the C library only look at once, from the files where it is.
// To be called in a process that may still open files, before workers are forked.
void prepare_jq();

}  // namespace fetchd::tasks
