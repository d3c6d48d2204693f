// What a call of the client library comes back with: the value, or why there is none.
//
// An error says which of the parties failed: nobody answered, the service said no, or the fetch itself did
// not work. Plain values, no exceptions unless value() is called on an error.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fetchd {
inline namespace client_v1 {

struct document;

enum class trouble {
    unreachable,    // no connection to the service: is it running?
    no_answer,      // connected, but the answer did not come in time or was cut off
    refused,        // the service said no to the request (a 4xx or 5xx problem): see status
    overloaded,     // the service is full or not ready: the same request may succeed later, see retry_after
    fetch_failed,   // the service did its work, the origin or the document did not: see stage and code
    broken_answer,  // what came back is not what the API promises: perhaps not a fetchd
    cancelled,      // the caller's stop token or sink said stop
};

std::string_view name(trouble);

struct client_error {
    trouble what = trouble::no_answer;
    std::string message;  // one line for a person; may quote hostile text
    int status = 0;       // of the service's HTTP answer, 0 where there was none
    std::string stage;    // where a fetch failed: "dns", "connect", ...; empty where no stage applies
    std::string code;     // the closed list of docs/errors.md: "timeout", "not_found", ...
    bool retryable = false;
    std::optional<std::chrono::seconds> retry_after;
    std::shared_ptr<document const>
        result;  // the whole result document of a failed fetch, where there is one
};

class error_thrown : public std::runtime_error {
  public:
    explicit error_thrown(client_error e) : std::runtime_error(e.message), error(std::move(e)) {}
    client_error error;
};

template <class T>
class [[nodiscard]] answer {
  public:
    answer(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    answer(client_error error) : held_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& operator*() & { return std::get<0>(held_); }
    T const& operator*() const& { return std::get<0>(held_); }
    T&& operator*() && { return std::get<0>(std::move(held_)); }
    T* operator->() { return &std::get<0>(held_); }
    T const* operator->() const { return &std::get<0>(held_); }

    client_error const& error() const { return std::get<1>(held_); }

    // For callers who prefer exceptions: throws error_thrown.
    T value() && {
        if (!has_value())
            throw error_thrown(error());
        return std::get<0>(std::move(held_));
    }

  private:
    std::variant<T, client_error> held_;
};

}  // namespace client_v1
}  // namespace fetchd
