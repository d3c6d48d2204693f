// One option of a request after the other to its place. Names and limits are the same in queries and in JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/output_choice.hpp"
#include "api/schema.hpp"

namespace fetchd::api {

// What somebody sent, for the text of a refusal: short, and in quotes.
std::string quoted(std::string_view);

reply bad_request(std::string const& why);

class option_reader {
  public:
    explicit option_reader(schema_limits const&);

    enum class kind : unsigned char { unknown, number, flag, text };
    static kind kind_of(std::string_view name);

    // Each takes one option, whose name is of this kind, and gives the answer to send when its value is not
    // acceptable.
    std::optional<reply> take_number(std::string_view name, std::uint64_t value);
    std::optional<reply> take_flag(std::string_view name, bool value);
    std::optional<reply> take_text(std::string_view name, std::string_view value);

    outgoing& out() { return out_; }
    output_choice& output() { return output_; }
    std::optional<url> const& target() const { return target_; }
    milliseconds timeout() const { return timeout_; }

    // Checks what only all options together tell.
    std::optional<reply> finish(asked& into);

  private:
    struct number_option;
    static number_option const numbers[];
    static number_option const* find_number(std::string_view name);

    std::optional<reply> take_url(std::string_view text);
    std::optional<reply> take_proxy(std::string_view text);
    std::optional<reply> take_session(std::string_view text);

    schema_limits const& limits_;
    std::optional<url> target_;
    outgoing out_;
    retry_config retry_;
    std::string session_;
    output_choice output_;
    std::size_t max_redirects_;
    std::size_t max_bytes_;
    milliseconds timeout_;
    bool allow_downgrade_ = false;
    bool max_bytes_named_ = false;
    bool retries_named_ = false;
};

}  // namespace fetchd::api
