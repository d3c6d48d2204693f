// The size that an SVG's root element states (SVG 2 §8.2, CSS Values §6.2).
#include "worker/tasks/image_svg.hpp"

#include <charconv>
#include <cmath>

#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::image {
namespace {

using utf8::is_space;

constexpr std::size_t looked_at = 64U << 10U;

// Past a declaration, comment or processing instruction. 0: it has no end.
std::size_t past_markup(std::string_view s) {
    auto const past = [&](std::string_view end) {
        auto const at = s.find(end);
        return at == s.npos ? 0 : at + end.size();
    };
    if (s.starts_with("<!--"))
        return past("-->");
    if (s.starts_with("<?"))
        return past("?>");
    auto const subset = s.find('[');  // of a document type: declarations inside
    auto const end = s.find('>');
    if (subset < end) {
        auto const closed = s.find(']', subset);
        auto const after = closed == s.npos ? s.npos : s.find('>', closed);
        return after == s.npos ? 0 : after + 1;
    }
    return end == s.npos ? 0 : end + 1;
}

// The value of one attribute of a tag; of no namespace.
std::optional<std::string_view> attribute(std::string_view tag, std::string_view name) {
    while (!(tag = utf8::trimmed(tag)).empty()) {
        auto const equals = tag.find('=');
        if (equals == tag.npos)
            return std::nullopt;
        auto const found = utf8::trimmed(tag.substr(0, equals));
        tag = utf8::trimmed(tag.substr(equals + 1));
        if (tag.empty() || (tag[0] != '"' && tag[0] != '\''))
            return std::nullopt;
        auto const end = tag.find(tag[0], 1);
        if (end == tag.npos)
            return std::nullopt;
        if (found == name)
            return tag.substr(1, end - 1);
        tag.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::optional<double> leading_number(std::string_view& s) {
    s = utf8::trimmed(s);
    if (s.starts_with('+'))
        s.remove_prefix(1);
    double value = 0;
    auto const [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
    if (error != std::errc() || !std::isfinite(value))
        return std::nullopt;
    s.remove_prefix(static_cast<std::size_t>(end - s.data()));
    return value;
}

std::uint32_t whole(double value) {
    return value >= 0.5 && value < 1e9 ? static_cast<std::uint32_t>(std::lround(value)) : 0;
}

// In pixels of 1/96 inch; 0: none, or it depends on where the image is shown.
double length(std::string_view s) {
    auto const value = leading_number(s);
    s = utf8::trimmed(s);
    if (!value)
        return 0;
    struct unit {
        std::string_view name;
        double pixels;
    };
    constexpr unit units[] = {{"", 1},           {"px", 1},         {"pt", 96.0 / 72}, {"pc", 16}, {"in", 96},
                              {"cm", 96 / 2.54}, {"mm", 96 / 25.4}, {"Q", 96 / 101.6}, {"em", 16}};
    for (auto const& u : units)
        if (s == u.name)
            return *value * u.pixels;
    return 0;
}

}  // namespace

std::optional<std::string_view> svg_root(std::string_view s) {
    s = s.substr(0, looked_at);
    if (s.starts_with("\xEF\xBB\xBF"))
        s.remove_prefix(3);
    for (;;) {
        while (!s.empty() && is_space(s.front()))
            s.remove_prefix(1);
        if (!s.starts_with("<!") && !s.starts_with("<?"))
            break;
        auto const past = past_markup(s);
        if (past == 0)
            return std::nullopt;
        s.remove_prefix(past);
    }
    if (!s.starts_with('<'))
        return std::nullopt;
    auto name = s.substr(1, std::min(s.find_first_of(" \t\r\n/>"), s.size()) - 1);
    auto const attributes = 1 + name.size();
    if (auto const colon = name.find(':'); colon != name.npos)
        name.remove_prefix(colon + 1);
    if (name != "svg")
        return std::nullopt;
    char quote = 0;
    for (std::size_t at = attributes; at < s.size(); ++at)
        if (quote != 0)
            quote = s[at] == quote ? '\0' : quote;
        else if (s[at] == '"' || s[at] == '\'')
            quote = s[at];
        else if (s[at] == '>')
            return s.substr(attributes, at - attributes);
    return std::nullopt;
}

void read_svg(std::string_view document, facts& f) {
    auto const tag = svg_root(document);
    if (!tag)
        return;
    auto width = length(attribute(*tag, "width").value_or(""));
    auto height = length(attribute(*tag, "height").value_or(""));
    auto box = attribute(*tag, "viewBox").value_or("");
    double sides[4] = {};
    for (auto& side : sides) {
        side = leading_number(box).value_or(0);
        box = utf8::trimmed(box);
        if (box.starts_with(','))
            box.remove_prefix(1);
    }
    if (sides[2] > 0 && sides[3] > 0) {  // the sides that are not given follow the box
        if (width == 0)
            width = height == 0 ? sides[2] : height * sides[2] / sides[3];
        if (height == 0)
            height = width * sides[3] / sides[2];
    }
    f.width = whole(width);
    f.height = whole(height);
    f.alpha = true;
}

}  // namespace fetchd::tasks::image
