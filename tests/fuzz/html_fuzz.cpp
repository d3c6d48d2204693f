// Any bytes as a page in any encoding: every task, what comes out is JSON, and cleaned HTML is clean.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/registry.hpp"

namespace {

using fetchd::tasks::perform;
using fetchd::tasks::standard;

void expect_settled(std::string const& cleaned) {
    fetchd::tasks::request want;
    want.names = {"html"};
    want.json = false;
    want.content_type = "text/html; charset=utf-8";
    want.base_url = "http://example.org/a/b?c";
    auto const again = perform(standard(), want, cleaned);
    if (!again || again->output != cleaned)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static constexpr char const* types[] = {"text/html",
                                            "text/html; charset=utf-8",
                                            "",
                                            "text/html; charset=windows-1251",
                                            "text/html; charset=shift_jis",
                                            "text/html; charset=iso-2022-jp",
                                            "text/html; charset=gb18030",
                                            "text/html; charset=utf-16"};
    if (size == 0)
        return 0;
    fetchd::tasks::request want;
    want.names = {"hash", "html", "links", "main", "markdown", "metadata", "table", "text"};
    want.content_type = types[data[0] % std::size(types)];
    want.base_url = "http://example.org/a/b?c";
    want.max_output = 1 << 20;
    auto const bit = [&](unsigned n) { return (data[0] >> n & 1U) != 0; };
    want.settings = {{"markdown", "links", bit(3) ? "end" : "keep"},
                     {"markdown", "images", bit(4) ? "alt" : "keep"},
                     {"markdown", "main", bit(5) ? "true" : "false"},
                     {"html", "main", bit(6) ? "true" : "false"},
                     {"table", "objects", bit(7) ? "true" : "false"}};
    auto const done = perform(standard(), want, {reinterpret_cast<char const*>(data) + 1, size - 1});
    if (!done)
        return 0;
    boost::json::stream_parser parser;
    boost::json::error_code error;
    parser.write(done->output.data(), done->output.size(), error);
    if (!error)
        parser.finish(error);
    if (error)
        std::abort();
    expect_settled(std::string(parser.release().at("html").as_string()));
    return 0;
}
