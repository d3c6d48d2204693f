// Any bytes as a PDF: what comes out is JSON.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    fetchd::tasks::request want;
    want.names = {"pdf"};
    want.content_type = "application/pdf";
    want.settings = {{"pdf", "pages", "1-20"}};
    if (data[0] % 2 != 0)
        want.settings.push_back({"pdf", "layout", "physical"});
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
