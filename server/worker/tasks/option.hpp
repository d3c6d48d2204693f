// What a caller may set for a task, and what one has set. Pure values; checked in main before a worker sees
// them, and read in the worker by the task.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd::tasks {

// `markdown.links=drop` in a query, {"options": {"markdown": {"links": "drop"}}} in JSON.
struct option {
    enum class type : unsigned char { flag, number, choice, text, json };

    std::string_view name;
    type kind;
    std::string_view values;    // choice: "keep|drop|end"; number: "1..1000"; else empty
    std::string_view fallback;  // as text: "keep", "100", "false", ""
    std::string_view help;      // one line
};

constexpr std::size_t max_option_bytes = std::size_t{16} << 10U;  // of one value

// What is wrong with a value, "want keep, drop or end", or nothing. Says nothing of JSON texts but their
// size.
std::optional<std::string> problem_with(option const&, std::string_view value);

// One value as it goes to the worker: problem_with() has found nothing.
struct setting {
    std::string task;
    std::string name;
    std::string value;
};

// The options of one task, as set or else as they are by default. A view: both must outlive it.
class task_options {
  public:
    task_options(std::string_view task, std::span<option const> known, std::span<setting const> all)
        : task_(task), known_(known), all_(all) {}

    // The name must be one of the task's options.
    std::string_view get(std::string_view name) const;
    bool flag(std::string_view name) const { return get(name) == "true"; }
    std::uint64_t number(std::string_view name) const;

  private:
    std::string_view task_;
    std::span<option const> known_;
    std::span<setting const> all_;
};

}  // namespace fetchd::tasks
