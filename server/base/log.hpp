// Structured log lines: constant text first, then key=value (or one JSON object a line).
//
// A line is formatted where it is written and handed to a writer thread in batches, so a slow or blocked
// standard error never stops the loop. Bounded: at 1 MiB waiting, lines are dropped and counted, and the
// count is logged when there is room again. Values are escaped here: no control byte reaches the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace fetchd::log {

enum class level { trace, debug, info, warn, error, off };
enum class format { text, json };

level parse_level(std::string_view);  // "info" for anything unknown: the configuration was checked before
format parse_format(std::string_view);

// Starts the writer thread. Before start and after stop lines go straight to standard error.
void start(level, format);
void stop();  // writes what is waiting
void set(level, format);
bool enabled(level);
std::uint64_t dropped();

class line {
  public:
    line(level, std::string_view event);
    ~line();
    line(line const&) = delete;
    line& operator=(line const&) = delete;

    line& kv(std::string_view key, std::string_view value);
    line& kv(std::string_view key, char const* value) { return kv(key, std::string_view(value)); }
    line& kv(std::string_view key, std::string const& value) { return kv(key, std::string_view(value)); }
    template <class Number>
    requires std::is_integral_v<Number> line& kv(std::string_view key, Number value) {
        if constexpr (std::is_same_v<Number, bool>)
            return word(key, value ? "true" : "false");
        else
            return word(key, std::to_string(value));
    }

  private:
    line& word(std::string_view key, std::string_view value);  // a number or a literal: no quotes

    level level_;
    bool on_;
    std::string text_;
};

}  // namespace fetchd::log
