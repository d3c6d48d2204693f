// What POST /v1/jobs takes: a JSON object with at most 10,000 `urls`, or NDJSON without a limit. Read as it
// comes, in slices of any size.
//
// Every line and every element is at most max_item_bytes long, so NDJSON costs the same memory however much
// of it there is; of the JSON form the items are held until its end, for what they have in common may come
// behind them. What has been read is not to be kept when a later part is refused: the refusal names the line,
// or the element. Pure; the time is given.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "api/item_options.hpp"
#include "api/job_fields.hpp"

namespace fetchd::api {

class submission {
  public:
    static constexpr std::size_t max_json_items = 10'000;

    virtual ~submission() = default;

    // The next slice of the body; appends the items that are complete with it. Gives the answer to send when
    // something is not acceptable, and is not called again then.
    virtual std::optional<reply> feed(std::string_view slice, std::vector<jobs::item_draft>& items) = 0;
    // The body is over: the items that are left.
    virtual std::optional<reply> finish(std::vector<jobs::item_draft>& items) = 0;

    // Complete when the first item has been given out. draft.options is what its items have in common.
    virtual submitted_job const& job() const = 0;
};

// Whether a Content-Type is one of NDJSON; anything else is read as JSON, as everywhere in the API.
bool is_ndjson(std::string_view content_type);

std::unique_ptr<submission> json_submission(schema_limits const&, jobs::unix_ms now);

// query: job-wide fields (take_job_query); the answer to send, and no submission, when they are not
// acceptable.
struct opened_submission {
    std::unique_ptr<submission> body;
    std::optional<reply> refused;
};
opened_submission ndjson_submission(std::string_view query, schema_limits const&, jobs::unix_ms now);

}  // namespace fetchd::api
