// Writing one JSON object by appending its members to a string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_text.hpp"

namespace fetchd::json_text {

// Begins the object when made; close() ends it. Members come out in the order they are given. Texts must be
// valid UTF-8. `out` is written to by others in between where they write the value of name().
class object {
  public:
    explicit object(std::string& out) : out_(out) { out_ += '{'; }

    std::string& name(std::string_view member) {
        if (!first_)
            out_ += ',';
        first_ = false;
        append_string(out_, member);
        out_ += ':';
        return out_;
    }
    void text(std::string_view member, std::string_view value) { append_string(name(member), value); }
    void text_unless_empty(std::string_view member, std::string_view value) {
        if (!value.empty())
            text(member, value);
    }
    void number(std::string_view member, std::uint64_t value) { name(member) += std::to_string(value); }
    void flag(std::string_view member, bool value) { name(member) += value ? "true" : "false"; }
    void decimal(std::string_view member, double value) { append_decimal(name(member), value); }

    void close() { out_ += '}'; }

    // Up to six decimals, none where it is whole; what is no number is 0.
    static void append_decimal(std::string& out, double value);

  private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace fetchd::json_text
