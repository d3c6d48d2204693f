#include "worker/tasks/image_decode.hpp"

namespace fetchd::tasks::image {

result<void> decode(facts const& f, std::string_view bytes, shrinker& to) {
    switch (f.kind) {
        case format::bmp:
            return decode_bmp(f, bytes, to);
        case format::gif:
            return decode_gif(f, bytes, to);
        case format::ico:
            return decode_ico(f, bytes, to);
        case format::jpeg:
            return decode_jpeg(f, bytes, to);
        case format::png:
            return decode_png(f, bytes, to);
        case format::webp:
            return decode_webp(f, bytes, to);
        case format::avif:
        case format::heif:
        case format::svg:
        case format::tiff:
            break;
    }
    return failure{stage::process, code::unsupported_type, std::string(media_type_of(f.kind))};
}

}  // namespace fetchd::tasks::image
