// TIFF 6.0: the first page, and how many there are.
#include <set>

#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/image_tags.hpp"

namespace fetchd::tasks::image {
namespace {

std::uint32_t pages_of(tags page) {
    std::uint32_t count = 1;
    std::set<std::uint32_t> seen;
    for (auto next = page.next(); next != 0 && count < max_tiff_pages && seen.insert(next).second;
         next = page.next()) {
        page = page.at(next);
        if (!page.has(0x0100))
            break;
        ++count;
    }
    return count;
}

std::string_view colour_of(std::uint32_t photometric) {
    switch (photometric) {
        case 0:
        case 1:
            return "grey";
        case 2:
        case 6:
            return "rgb";
        case 3:
            return "palette";
        case 5:
            return "cmyk";
        case 8:
            return "lab";
        default:
            return "";
    }
}

}  // namespace

void read_tiff(std::string_view bytes, facts& f) {
    auto const t = tags::first(bytes);
    if (!t)
        return;
    f.width = t->number(0x0100).value_or(0);
    f.height = t->number(0x0101).value_or(0);
    f.bits = t->number(0x0102).value_or(1);
    f.colour = colour_of(t->number(0x0106).value_or(0xFFFF));
    f.alpha = t->number(0x0152).value_or(0) != 0;
    f.colour_profile = t->has(0x8773);
    f.frames = pages_of(*t);
    read_camera(*t, f);
    read_resolution(*t, f);
}

}  // namespace fetchd::tasks::image
