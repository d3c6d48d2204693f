// What the tasks links and metadata are made of, by the first byte: references against the URL parser,
// JSON-LD that must come out as JSON or not at all, srcset, dates, robots, and pages with all of it.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/jsonld.hpp"
#include "worker/tasks/links_resolve.hpp"
#include "worker/tasks/links_srcset.hpp"
#include "worker/tasks/metadata_date.hpp"
#include "worker/tasks/metadata_robots.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/tasks/utf8.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::tasks;

void want_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 10'000;
    boost::json::stream_parser parser({}, options);
    boost::json::error_code error;
    parser.write(text.data(), text.size(), error);
    if (!error)
        parser.finish(error);
    if (error)
        std::abort();
}

std::string_view line_of(std::string_view& text) {
    auto const end = text.find('\n');
    auto const line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return line;
}

// A base and references, one a line; all twice, for the second time what is known makes a difference.
void references(std::string_view text) {
    auto const base = url::parse(line_of(text));
    if (!base)
        return;
    resolver links(*base, *base);
    for (int round = 0; round < 2; ++round)
        for (auto rest = text; !rest.empty();) {
            auto const reference = line_of(rest);
            auto const wanted = url::parse(reference, &*base);
            auto const got = links.resolve(reference);
            if (got.has_value() != wanted.has_value() || (got && got->href != wanted->href()))
                std::abort();
        }
}

void json_ld(std::string_view text) {
    std::string valid;
    utf8::append_valid(valid, text);
    jsonld scripts;
    for (auto rest = std::string_view(valid); !rest.empty();) {
        auto const end = rest.find('\f');
        scripts.add(rest.substr(0, end));
        rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    }
    want_json("[" + scripts.values() + "]");
}

void small_texts(std::string_view text) {
    std::vector<image_candidate> found;
    parse_srcset(text, found);
    for (auto const& c : found)
        if (c.url.empty())
            std::abort();
    auto const date = iso_date(text);
    if (!date.empty() && iso_date(date) != date)
        std::abort();
    (void)xsd_type_of(text);
    robots_rules rules;
    rules.add(text, "", true);
}

void page(std::string_view text, bool structured) {
    request want;
    want.names = {"links", "metadata"};
    want.content_type = "text/html; charset=utf-8";
    want.base_url = "http://example.org/a/b?c";
    want.max_output = 1 << 22;
    want.settings = {{"links", "kinds", "all"},
                     {"links", "unique", structured ? "true" : "false"},
                     {"metadata", "structured", structured ? "true" : "false"}};
    if (auto const done = perform(standard(), want, text))
        want_json(done->output);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            references(text);
            break;
        case 1:
            json_ld(text);
            break;
        case 2:
            small_texts(text);
            break;
        default:
            page(text, data[0] % 5 == 3);
    }
    return 0;
}
