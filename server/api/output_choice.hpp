// Which outputs a caller wants, and how they are set: `output` and the options of its tasks.
//
// Names and values are held to the registry, the one place that knows them. Where no output is named, the
// worker picks what suits the type of the document.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "fetch/fetch.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::api {

class output_choice {
  public:
    explicit output_choice(tasks::registry r) : registry_(r) {}

    // Each gives the answer to send when it is not acceptable.
    std::optional<reply> add(std::string_view name);
    std::optional<reply> set(std::string_view task, std::string_view option, std::string_view value);
    void name_none() { wanted_.automatic = false; }  // the caller wants no output
    // Checks what only all of it together tells.
    std::optional<reply> finish();

    fetch_outputs take() { return std::move(wanted_); }

    // What kind of value an option wants; nothing where there is no such option.
    std::optional<tasks::option::type> type_of(std::string_view task, std::string_view option) const;

  private:
    tasks::option const* find(std::string_view task, std::string_view option) const;
    std::optional<reply> check(tasks::entry const&) const;
    std::string known_outputs() const;

    tasks::registry registry_;
    fetch_outputs wanted_;
};

}  // namespace fetchd::api
