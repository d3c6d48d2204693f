#include "worker/tasks/markdown_image.hpp"

#include <charconv>

#include "worker/tasks/links_srcset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::tag;

constexpr std::size_t max_noscript = 4096;

bool is_address(std::string_view s) {
    s = utf8::trimmed(s);
    return !s.empty() && s[0] != '{' && s[0] != '[' && !s.starts_with("data:") && !s.starts_with("about:");
}

// The candidate of a srcset with the largest width or density.
std::string_view largest(std::string_view srcset) {
    std::vector<image_candidate> candidates;
    parse_srcset(srcset, candidates);
    std::string_view best;
    double best_size = -1;
    for (auto const& candidate : candidates) {
        double size = 1;
        auto const text = candidate.descriptor;
        std::from_chars(text.data(), text.data() + text.size(), size);
        if (is_address(candidate.url) && size > best_size) {
            best = candidate.url;
            best_size = size;
        }
    }
    return best;
}

bool is_pixel(std::string_view size) {
    size = utf8::trimmed(size);
    return size == "1" || size == "0" || size == "1px" || size == "0px";
}

// The best candidate of the <source> elements before the <img> of a <picture>.
std::string_view from_picture(node img) {
    std::size_t looked_at = 0;
    for (auto n = img.previous(); n && looked_at < 20; n = n.previous(), ++looked_at)
        if (n.tag() == tag::source)
            for (auto const* name : {"srcset", "data-srcset"})
                if (auto const found = largest(n.attribute(name).value_or("")); !found.empty())
                    return found;
    return {};
}

}  // namespace

image_facts facts_of_image(node img) {
    image_facts facts;
    std::string_view src, late, set, late_set;
    bool thin = false;
    bool low = false;
    for (auto a = img.first_attribute(); a; a = a.next()) {
        auto const name = a.name();
        if (name == "src")
            src = a.value();
        else if (name == "alt")
            facts.alt = a.value();
        else if (name == "title")
            facts.title = a.value();
        else if (name == "width")
            thin = is_pixel(a.value());
        else if (name == "height")
            low = is_pixel(a.value());
        else if (name == "srcset")
            set = a.value();
        else if (name == "data-srcset" || name == "data-lazy-srcset")
            late_set = a.value();
        else if ((name == "data-src" || name == "data-original" || name == "data-lazy-src" ||
                  name == "data-lazy") &&
                 late.empty() && is_address(a.value()))
            late = a.value();
    }
    facts.counts_visits = thin && low;
    if (!late.empty())
        facts.address = late;
    else if (auto const found = largest(late_set); !found.empty())
        facts.address = found;
    else if (is_address(src))
        facts.address = src;
    else if (auto const other = largest(set); !other.empty())
        facts.address = other;
    else
        facts.address = from_picture(img);
    return facts;
}

std::optional<html::document> image_without_script(node noscript) {
    auto const inside = noscript.first_child();
    auto const source = inside ? utf8::trimmed(inside.text()) : std::string_view();
    if (source.size() > max_noscript || !source.starts_with("<img"))
        return std::nullopt;
    auto page = html::document::parse(source);
    if (!page)
        return std::nullopt;
    return std::move(*page);
}

}  // namespace fetchd::tasks
