#include "worker/tasks/media.hpp"

#include "http/mime_type.hpp"

namespace fetchd::tasks {
namespace {

// Where the bytes can mean nothing else. "BM" (a bitmap) and the zeroes of an icon can.
std::string_view unmistakable(std::string_view body) {
    if (body.starts_with("%PDF-"))
        return "application/pdf";
    auto const image = sniff_image(body);
    return image == "image/bmp" || image == "image/x-icon" ? std::string_view() : image;
}

// What says nothing of a document; the last is what curl -d says of everything.
bool is_just_bytes(std::string_view essence) {
    return essence == "application/octet-stream" || essence == "binary/octet-stream" ||
           essence == "application/force-download" || essence == "application/x-download" ||
           essence == "application/x-www-form-urlencoded";
}

// Whether bytes that look like something else are to be believed.
bool is_doubtful(std::string_view essence) {
    auto const kind = kind_of(essence);
    return kind == media_kind::pdf || kind == media_kind::image || is_just_bytes(essence);
}

}  // namespace

media_kind kind_of(std::string_view essence) {
    if (mime::is_html(essence) || essence == "application/xhtml+xml")
        return media_kind::html;
    if (essence == "application/pdf")
        return media_kind::pdf;
    if (mime::is_image(essence))
        return essence == "image/svg+xml" ? media_kind::other : media_kind::image;
    if (essence.starts_with("text/") || mime::is_json(essence) || mime::is_xml(essence) ||
        mime::is_javascript(essence) || essence == "application/x-ndjson")
        return media_kind::text;
    return media_kind::other;
}

computed_mime_type type_of(std::optional<mime_type> const& supplied, std::string_view body,
                           sniff_conditions when) {
    auto const claimed = compute_mime_type(supplied, body, when);
    if (when.no_sniff)
        return claimed;
    if (auto const found = unmistakable(body); !found.empty())
        return {found, claimed.sniffed || found != claimed.essence};
    if (!is_doubtful(claimed.essence))
        return claimed;
    auto const found = sniff_unknown(body, true);
    if (is_just_bytes(found) || (mime::is_image(found) && mime::is_image(claimed.essence)))
        return claimed;
    return {found, true};
}

}  // namespace fetchd::tasks
