// Any bytes as what POST /v1/jobs takes, in both forms: the same however it is sliced, every refusal is JSON,
// and every item that is taken can be run.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>

#include "api/submission.hpp"

// call.cpp's, which is not part of this program: the titles do not matter here.
std::string_view fetchd::api::reason_phrase(int) {
    return "reason";
}

namespace {

using namespace fetchd;
using namespace fetchd::api;

void require(bool promise) {
    if (!promise)
        std::abort();
}

struct heard {
    std::string refusal;
    std::vector<jobs::item_draft> items;
    std::string options;
};

heard read(submission& body, std::string_view text, std::size_t slice) {
    heard all;
    std::optional<reply> refused;
    for (std::size_t at = 0; at < text.size() && !refused; at += slice)
        refused = body.feed(text.substr(at, slice), all.items);
    if (!refused)
        refused = body.finish(all.items);
    if (refused) {
        boost::json::error_code ec;
        (void)boost::json::parse(refused->body, ec);
        require(!ec && refused->status == 400);
        all.refusal = refused->body;
    }
    all.options = body.job().draft.options;
    return all;
}

void check(heard const& whole, heard const& sliced, schema_limits const& limits) {
    require(whole.refusal == sliced.refusal);
    if (!whole.refusal.empty())
        return;
    require(whole.items.size() == sliced.items.size() && !whole.items.empty());
    item_options options(limits);
    require(!options.set_common(whole.options));
    for (std::size_t i = 0; i < whole.items.size(); ++i) {
        auto const& item = whole.items[i];
        require(item.url == sliced.items[i].url && item.options == sliced.items[i].options);
        asked out;
        require(!options.request(item.url, item.options, out));
        require(out.fetch->target.href() == item.url && out.fetch->target.origin() == item.origin);
        auto again = item;
        require(!options.read_again(again) && again.options == item.options);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static fetch_config const settings;
    phase_limits const phases;
    schema_limits const limits{settings, phases, tasks::standard()};
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const document = [&](std::size_t slice) { return read(*json_submission(limits, 0), text, slice); };
    auto const lines = [&](std::size_t slice) {
        return read(*ndjson_submission({}, limits, 0).body, text, slice);
    };
    check(document(size + 1), document(3), limits);
    check(lines(size + 1), lines(3), limits);
    return 0;
}
