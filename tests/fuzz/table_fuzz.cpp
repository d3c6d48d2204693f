// Any bytes as delimited text of every kind: rows within the limits, as JSON.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static constexpr char const* types[] = {"text/csv; charset=utf-8", "text/tab-separated-values",
                                            "text/plain", "text/html; charset=utf-8"};
    static constexpr char const* headers[] = {"auto", "first", "none"};
    if (size == 0)
        return 0;
    fetchd::tasks::request want;
    want.names = {"table"};
    want.json = false;
    want.content_type = types[data[0] % std::size(types)];
    want.settings = {{"table", "header", headers[data[0] / 4 % std::size(headers)]},
                     {"table", "objects", data[0] / 16 % 2 == 0 ? "false" : "true"}};
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
