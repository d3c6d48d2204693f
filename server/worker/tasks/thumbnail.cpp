// The `thumbnail` task: an image made small, as a file of its own without any metadata.
#include "worker/tasks/image.hpp"
#include "worker/tasks/image_decode.hpp"
#include "worker/tasks/image_encode.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"format", option::type::choice, "webp|jpeg|png", "webp", "of the file that is made"},
    {"width", option::type::number, "1..2048", "320", "pixels at most; a small image is never made larger"},
    {"height", option::type::number, "1..2048", "320", "pixels at most"},
    {"quality", option::type::number, "1..100", "80", "of webp and jpeg"},
    {"megapixels", option::type::number, "1..100", "50", "of the image at most; a larger one is not decoded"},
};

std::uint32_t number(context const& visit, std::string_view name) {
    return static_cast<std::uint32_t>(visit.number(name));
}

result<void> judge_size(context const& visit, image::facts const& f) {
    if (std::uint64_t{f.width} * f.height <= visit.number("megapixels") * 1'000'000)
        return {};
    return failure{stage::process, code::too_large,
                   std::to_string(f.width) + " x " + std::to_string(f.height) + " pixels, more than " +
                       std::to_string(visit.number("megapixels")) + " megapixels"};
}

result<void> encode(context& visit, image::pixels const& small, std::string& out) {
    auto const quality = static_cast<int>(visit.number("quality"));
    auto const format = visit.option("format");
    visit.set_output_type(format == "png" ? "image/png" : format == "jpeg" ? "image/jpeg" : "image/webp");
    if (format == "png")
        return encode_png(small, out);
    return format == "jpeg" ? encode_jpeg(small, quality, out) : encode_webp(small, quality, out);
}

result<void> run(context& visit, std::string& out) {
    auto const f = image_facts_of(visit);
    if (!f)
        return f.error();
    if (auto fits = judge_size(visit, *f); !fits)
        return fits;
    image::size box{number(visit, "width"), number(visit, "height")};
    if (f->turned())
        std::swap(box.width, box.height);  // of the picture as it is stored
    image::shrinker small(image::fit({f->width, f->height}, box));
    if (auto decoded = image::decode(*f, visit.bytes(), small); !decoded)
        return decoded;
    return encode(visit, image::oriented(small.take(), f->orientation), out);
}

}  // namespace

extern entry const thumbnail_task;  // registry.cpp
entry const thumbnail_task{"thumbnail",
                           output_kind::bytes,
                           run,
                           "image/webp|image/jpeg|image/png",
                           options,
                           nullptr,
                           "A smaller image without its metadata.",
                           "image.md"};

}  // namespace fetchd::tasks
