// The `image` task: format, size and what else the headers of an image say.
#include "worker/tasks/image.hpp"

#include <cmath>

#include "base/json_object.hpp"

namespace fetchd::tasks {
namespace {

constexpr option options[] = {
    {"location", option::type::flag, "", "false", "repeat the coordinates that a camera wrote into the file"},
};

void decimal_unless_0(json_text::object& o, std::string_view name, double value) {
    if (value > 0)
        o.decimal(name, value);
}

void append_exif(image::exif_facts const& e, bool with_location, json_text::object& parent) {
    json_text::object o(parent.name("exif"));
    o.text_unless_empty("make", e.make);
    o.text_unless_empty("model", e.model);
    o.text_unless_empty("lens", e.lens);
    o.text_unless_empty("software", e.software);
    o.text_unless_empty("taken", e.taken);
    o.text_unless_empty("description", e.description);
    o.text_unless_empty("artist", e.artist);
    o.text_unless_empty("copyright", e.copyright);
    decimal_unless_0(o, "exposure_s", e.exposure_s);
    decimal_unless_0(o, "f_number", e.f_number);
    decimal_unless_0(o, "focal_length_mm", e.focal_length_mm);
    if (e.iso != 0)
        o.number("iso", e.iso);
    o.flag("has_location", e.has_location);
    if (with_location && e.location) {
        json_text::object place(o.name("location"));
        place.decimal("latitude", e.location->latitude);
        place.decimal("longitude", e.location->longitude);
        place.close();
    }
    o.close();
}

void append_icons(std::vector<image::icon> const& icons, std::string& out) {
    out += '[';
    for (auto const& i : icons) {
        if (&i != icons.data())
            out += ',';
        json_text::object o(out);
        o.number("width", i.width);
        o.number("height", i.height);
        o.number("bits", i.bits);
        o.close();
    }
    out += ']';
}

void append_size(image::facts const& f, json_text::object& o) {
    auto const width = f.turned() ? f.height : f.width;
    auto const height = f.turned() ? f.width : f.height;
    if (width != 0)
        o.number("width", width);
    if (height != 0)
        o.number("height", height);
    o.number("orientation", f.orientation);
    if (f.dpi_x > 0 && f.dpi_y > 0) {
        auto& out = o.name("dpi");
        out += '[';
        json_text::object::append_decimal(out, std::round((f.turned() ? f.dpi_y : f.dpi_x) * 100) / 100);
        out += ',';
        json_text::object::append_decimal(out, std::round((f.turned() ? f.dpi_x : f.dpi_y) * 100) / 100);
        out += ']';
    }
}

result<void> run(context& visit, std::string& out) {
    auto const f = image_facts_of(visit);
    if (!f)
        return f.error();
    json_text::object o(out);
    o.text("format", image::name_of(f->kind));
    o.text("type", image::media_type_of(f->kind));
    append_size(*f, o);
    if (f->bits != 0)
        o.number("bits", f->bits);
    o.text_unless_empty("colour", f->colour);
    o.flag("alpha", f->alpha);
    o.flag("colour_profile", f->colour_profile);
    o.flag("progressive", f->progressive);
    o.flag("animated", f->animated);
    o.number("frames", f->frames);
    if (f->animated)
        o.number("duration_ms", f->duration_ms);
    if (!f->icons.empty())
        append_icons(f->icons, o.name("icons"));
    if (f->exif)
        append_exif(*f->exif, visit.flag("location"), o);
    o.close();
    return {};
}

}  // namespace

result<image::facts> image_facts_of(context const& visit) {
    auto const kind = image::format_of(visit.bytes());
    if (!kind)
        return failure{stage::process, code::unsupported_type, std::string(visit.essence())};
    auto facts = image::read(*kind, visit.bytes());
    if (!facts)
        return failure{stage::process, code::bad_document,
                       std::string(image::name_of(*kind)) + " without a size"};
    return std::move(*facts);
}

extern entry const image_task;  // registry.cpp
entry const image_task{"image",
                       output_kind::json,
                       run,
                       "application/json",
                       options,
                       nullptr,
                       "Format, size and the EXIF facts of use of an image, read from its header.",
                       "image.md"};

}  // namespace fetchd::tasks
