#include "api/submission.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <utility>

#include "api/json_keys.hpp"
#include "api/json_pieces.hpp"
#include "api/schema_fields.hpp"
#include "base/ascii.hpp"

namespace fetchd::api {
namespace {

namespace json = boost::json;

std::string_view view(json::string_view s) {
    return {s.data(), s.size()};
}

std::string too_long() {
    return "longer than " + std::to_string(max_item_bytes) + " bytes";
}

// What both forms have: the job, and its items' options.
class reading {
  public:
    reading(schema_limits const& limits, jobs::unix_ms now) : options(limits), now_(now) {}

    item_options options;
    submitted_job job;
    std::vector<std::string> named;  // fields of the job that have come

    std::optional<reply> take(std::string_view name, json::value const& value) {
        if (std::find(named.begin(), named.end(), name) != named.end())
            return bad_request("field " + quoted(name) + " is given twice");
        named.emplace_back(name);
        if (name != "defaults")
            return take_job_field(name, value, now_, job);
        if (!value.is_object())
            return bad_request("defaults: want an object of options");
        if (auto refused = options.set_common(value.get_object()))
            return problem_at("defaults", std::move(*refused));
        job.draft.options = options.common();
        return {};
    }

  private:
    jobs::unix_ms now_;
};

// One JSON value without names that stand twice in an object.
std::optional<reply> parse(std::string_view text, json::value& into) {
    json::error_code ec;
    into = json::parse({text.data(), text.size()}, ec);
    if (ec)
        return bad_request("not JSON: " + ec.message());
    if (auto const twice = repeated_key(text))
        return bad_request("field " + quoted(*twice) + " is given twice");
    return {};
}

class lines : public submission {
  public:
    lines(schema_limits const& limits, jobs::unix_ms now) : all_(limits, now) {}

    std::optional<reply> take_query(std::string_view query, jobs::unix_ms now) {
        return take_job_query(query, now, all_.job, all_.named);
    }
    std::optional<reply> feed(std::string_view slice, std::vector<jobs::item_draft>& items) override;
    std::optional<reply> finish(std::vector<jobs::item_draft>& items) override;
    submitted_job const& job() const override { return all_.job; }

  private:
    std::optional<reply> line(std::string_view text, std::vector<jobs::item_draft>& items);
    std::optional<reply> first(std::string_view text, bool& is_job);
    std::optional<reply> here(std::optional<reply> refused) const {
        return refused ? std::optional(problem_at("line " + std::to_string(number_), std::move(*refused)))
                       : std::nullopt;
    }

    reading all_;
    std::string begun_;  // a line whose end has not come
    std::uint64_t number_ = 0;
    bool any_ = false;  // a line that is not empty has come
    bool items_ = false;
};

std::optional<reply> lines::feed(std::string_view slice, std::vector<jobs::item_draft>& items) {
    while (!slice.empty()) {
        auto const end = slice.find('\n');
        auto const piece = slice.substr(0, end);
        if (begun_.size() + piece.size() > max_item_bytes) {
            ++number_;
            return here(bad_request(too_long()));
        }
        if (end == slice.npos) {
            begun_ += piece;
            return {};
        }
        ++number_;
        auto refused = begun_.empty() ? line(piece, items) : line(begun_ += piece, items);
        if (refused)
            return here(std::move(refused));
        begun_.clear();
        slice.remove_prefix(end + 1);
    }
    return {};
}

std::optional<reply> lines::finish(std::vector<jobs::item_draft>& items) {
    if (!begun_.empty()) {
        ++number_;
        if (auto refused = line(std::exchange(begun_, {}), items))
            return here(std::move(refused));
    }
    return items_ ? std::nullopt : std::optional(bad_request("there is no URL in it"));
}

std::optional<reply> lines::line(std::string_view text, std::vector<jobs::item_draft>& items) {
    constexpr std::string_view space = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    text = text.substr(0, text.find_last_not_of(space) + 1);
    if (text.empty())
        return {};
    if (!std::exchange(any_, true) && text.front() == '{') {
        bool is_job = false;
        auto refused = first(text, is_job);
        if (refused || is_job)
            return refused;
    }
    items_ = true;
    return all_.options.read(text, items.emplace_back());
}

// {"job": {...}}: what is said of all lines.
std::optional<reply> lines::first(std::string_view text, bool& is_job) {
    json::value document;
    if (auto refused = parse(text, document))
        return refused;
    auto const& object = document.as_object();
    auto const* const fields = object.if_contains("job");
    is_job = fields != nullptr;
    if (!is_job)
        return {};
    if (object.size() != 1 || !fields->is_object())
        return bad_request("job: want an object of the job's fields, and nothing beside it");
    for (auto const& [name, value] : fields->get_object())
        if (auto refused = all_.take(view(name), value))
            return refused;
    return {};
}

class document : public submission {
  public:
    document(schema_limits const& limits, jobs::unix_ms now)
        : all_(limits, now),
          pieces_("\"urls\"", max_item_bytes,
                  {[this](auto name, auto value) { return member(name, value); },
                   [this](auto value) { return element(value); }}) {}

    std::optional<reply> feed(std::string_view slice, std::vector<jobs::item_draft>&) override;
    std::optional<reply> finish(std::vector<jobs::item_draft>& items) override;
    submitted_job const& job() const override { return all_.job; }

  private:
    bool member(std::string_view name, std::string_view value);
    bool element(std::string_view value);
    std::optional<reply> take(std::string_view name, std::string_view value);
    std::optional<reply> read_again();
    static reply at_item(std::size_t n, reply refused) {
        return problem_at("urls[" + std::to_string(n) + "]", std::move(refused));
    }

    reading all_;
    std::vector<jobs::item_draft> items_;
    std::optional<reply> refused_;
    json_pieces pieces_;
};

std::optional<reply> document::feed(std::string_view slice, std::vector<jobs::item_draft>&) {
    switch (pieces_.feed(slice)) {
        case json_pieces::verdict::more:
            return {};
        case json_pieces::verdict::stopped:
            return std::move(refused_);
        case json_pieces::verdict::too_large:
            return bad_request("a member or one of the urls is " + too_long());
        default:
            return bad_request("the body is not a JSON object");
    }
}

std::optional<reply> document::finish(std::vector<jobs::item_draft>& items) {
    if (!pieces_.complete())
        return bad_request("the body is not a JSON object, or not all of it");
    if (items_.empty())
        return bad_request("urls: is missing or empty; give the addresses to fetch");
    items.insert(items.end(), std::move_iterator(items_.begin()), std::move_iterator(items_.end()));
    items_.clear();
    return {};
}

bool document::member(std::string_view name, std::string_view value) {
    refused_ = take(name, value);
    return !refused_;
}

std::optional<reply> document::take(std::string_view quoted_name, std::string_view text) {
    json::value name;
    json::value value;
    if (auto refused = parse(quoted_name, name))
        return refused;
    if (!name.is_string())
        return bad_request("the body is not a JSON object");
    auto const word = view(name.get_string());
    if (word == "urls")
        return bad_request("urls: want one list");
    if (auto refused = parse(text, value))
        return problem_at(word.substr(0, 64), std::move(*refused));
    if (auto refused = all_.take(word, value))
        return refused;
    return word == "defaults" ? read_again() : std::nullopt;
}

// The items that came before what they have in common.
std::optional<reply> document::read_again() {
    for (std::size_t i = 0; i < items_.size(); ++i)
        if (auto refused = all_.options.read_again(items_[i]))
            return at_item(i, std::move(*refused));
    return {};
}

bool document::element(std::string_view value) {
    if (items_.size() == max_json_items)
        refused_ = bad_request("urls: at most " + std::to_string(max_json_items) +
                               "; send more as NDJSON (application/x-ndjson)");
    else if (auto refused = all_.options.read(value, items_.emplace_back()))
        refused_ = at_item(items_.size() - 1, std::move(*refused));
    return !refused_;
}

}  // namespace

bool is_ndjson(std::string_view content_type) {
    auto const essence = ascii_lowered(trim_ows(content_type.substr(0, content_type.find(';'))));
    return essence == "application/x-ndjson" || essence == "application/ndjson" ||
           essence == "application/jsonl" || essence == "application/x-jsonlines";
}

std::unique_ptr<submission> json_submission(schema_limits const& limits, jobs::unix_ms now) {
    return std::make_unique<document>(limits, now);
}

opened_submission ndjson_submission(std::string_view query, schema_limits const& limits, jobs::unix_ms now) {
    auto body = std::make_unique<lines>(limits, now);
    if (auto refused = body->take_query(query, now))
        return {nullptr, std::move(refused)};
    return {std::move(body), {}};
}

}  // namespace fetchd::api
