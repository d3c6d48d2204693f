// The options of a job's items: what all have in common, what one has of its own, and the request they make
// together.
//
// A member of the item takes the place of the job's member of that name, whole: `headers` and `options` too.
// What is kept of an item is a JSON object, its members sorted by name, without those that only repeat the
// job's: items that ask for the same have the same text. Pure.
#pragma once

#include <boost/json/object.hpp>

#include "api/schema.hpp"
#include "jobs/store.hpp"

namespace fetchd::api {

// Of the JSON text of one item, and of each member of a job.
constexpr std::size_t max_item_bytes = std::size_t{64} << 10U;

class item_options {
  public:
    explicit item_options(schema_limits const&);

    // Each gives the answer to send when it is not acceptable; what it was to fill must not be used then.

    // What the items have in common: the members of POST /v1/fetch without `url`.
    std::optional<reply> set_common(boost::json::object const&);
    std::optional<reply> set_common(std::string_view kept);  // as common() gave it
    std::string const& common() const { return kept_; }      // empty: nothing

    // One item as it was sent: "https://...", or an object with `url`.
    std::optional<reply> read(std::string_view json, jobs::item_draft& into) const;
    // The same item after what is common has changed.
    std::optional<reply> read_again(jobs::item_draft& item) const;

    // What an item that was kept calls itself; empty where nothing is said of it.
    std::string user_agent(std::string_view options) const;

    // The request for an item that was kept.
    std::optional<reply> request(std::string_view url, std::string_view options, asked& into) const;

  private:
    std::optional<reply> check(boost::json::object const& own, std::string_view address, asked& into) const;
    std::optional<reply> keep(boost::json::object const& own, std::string_view address,
                              jobs::item_draft& into) const;

    schema_limits limits_;
    boost::json::object common_;
    std::string kept_;
    asked plain_;  // the request of an item without options of its own; its target is to be put in
};

}  // namespace fetchd::api
