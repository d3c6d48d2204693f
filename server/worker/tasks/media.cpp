#include "worker/tasks/media.hpp"

#include "http/mime_type.hpp"

namespace fetchd::tasks {

media_kind kind_of(std::string_view essence) {
    if (mime::is_html(essence) || essence == "application/xhtml+xml")
        return media_kind::html;
    if (mime::is_image(essence))
        return media_kind::other;  // SVG, too
    if (essence.starts_with("text/") || mime::is_json(essence) || mime::is_xml(essence) ||
        mime::is_javascript(essence) || essence == "application/x-ndjson")
        return media_kind::text;
    return media_kind::other;
}

}  // namespace fetchd::tasks
