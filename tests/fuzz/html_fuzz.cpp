// Any bytes as a page in any encoding: every task, and what comes out is JSON.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/registry.hpp"

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
    want.names = {"main", "markdown", "text", "links", "metadata", "sha256"};
    want.content_type = types[data[0] % std::size(types)];
    want.base_url = "http://example.org/a/b?c";
    want.max_output = 1 << 20;
    auto const done = fetchd::tasks::perform(fetchd::tasks::standard(), want,
                                             {reinterpret_cast<char const*>(data) + 1, size - 1});
    if (!done)
        return 0;
    boost::json::stream_parser parser;
    boost::json::error_code error;
    parser.write(done->output.data(), done->output.size(), error);
    if (!error)
        parser.finish(error);
    if (error)
        std::abort();
    return 0;
}
