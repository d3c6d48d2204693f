// Any bytes as an image: its facts are JSON, and a thumbnail of it is an image of the size allowed.
#include <boost/json/stream_parser.hpp>
#include <cstdint>
#include <cstdlib>

#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/registry.hpp"

namespace {

using namespace fetchd::tasks;

void expect(bool right) {
    if (!right)
        std::abort();
}

void read(request& want, std::string_view body) {
    want.names = {"image"};
    want.settings = {{"image", "location", "true"}};
    auto const done = perform(standard(), want, body);
    if (!done)
        return;
    boost::json::stream_parser parser;
    boost::json::error_code error;
    parser.write(done->output.data(), done->output.size(), error);
    if (!error)
        parser.finish(error);
    expect(!error);
}

void shrink(request& want, std::string_view body, char const* format) {
    want.names = {"thumbnail"};
    want.json = false;
    want.settings = {{"thumbnail", "format", format},
                     {"thumbnail", "width", "40"},
                     {"thumbnail", "height", "30"},
                     {"thumbnail", "megapixels", "1"}};
    auto const done = perform(standard(), want, body);
    if (!done)
        return;
    auto const kind = image::format_of(done->output);
    expect(kind.has_value() && image::name_of(*kind) == format);
    auto const facts = image::read(*kind, done->output);
    expect(facts && facts->width <= 40 && facts->height <= 30 && !facts->exif);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static constexpr char const* formats[] = {"webp", "jpeg", "png"};
    if (size == 0)
        return 0;
    std::string_view const body(reinterpret_cast<char const*>(data) + 1, size - 1);
    request want;
    want.content_type = "image/png";
    read(want, body);
    shrink(want, body, formats[data[0] % std::size(formats)]);
    return 0;
}
