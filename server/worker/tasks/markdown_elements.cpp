#include "worker/tasks/markdown_elements.hpp"

#include <charconv>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {

using html::node;
using html::step;
using html::tag;

std::string language_of(node pre) {
    node const places[] = {pre.first_child(), pre, pre.parent()};
    for (auto place : places) {
        if (!place)
            continue;
        auto const classes = html::collapsed(place.attribute("class").value_or("").substr(0, 500));
        for (std::string_view prefix : {"language-", "lang-", "highlight-source-"}) {
            auto const at = (" " + classes).find(" " + std::string(prefix));
            if (at == std::string::npos)
                continue;
            auto name = classes.substr(at + prefix.size());
            name.resize(std::min(name.find(' '), name.size()));
            if (!name.empty() && name.size() <= 40 && name.find_first_of("`~\\&<>") == std::string::npos)
                return name;
        }
    }
    return {};
}

long start_of(node list) {
    auto const text = list.attribute("start").value_or("");
    long value = 1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value >= 0 && value <= 999'999'999 ? value : 1;  // CommonMark §5.2: nine digits at most
}

unsigned heading_level(tag t) {
    return t >= tag::h1 && t <= tag::h6 ? static_cast<unsigned>(t) - static_cast<unsigned>(tag::h1) + 1 : 0;
}

mark mark_of(tag t) {
    switch (t) {
        case tag::em:
        case tag::i:
            return mark::emphasis;
        case tag::strong:
        case tag::b:
        case tag::dt:
        case tag::summary:
            return mark::strong;
        case tag::del:
        case tag::s:
        case tag::strike:
            return mark::strike;
        case tag::sub:
            return mark::below;
        case tag::sup:
            return mark::above;
        default:
            return mark::none;
    }
}

bool is_list(tag t) {
    return t == tag::ul || t == tag::ol || t == tag::menu || t == tag::dir;
}

bool is_code(tag t) {
    return t == tag::code || t == tag::kbd || t == tag::samp || t == tag::tt;
}

gap gap_around(tag t) {
    switch (t) {
        case tag::p:
        case tag::dl:
        case tag::table:
        case tag::figure:
        case tag::details:
            return gap::blank;
        default:
            return html::is_block(t) ? gap::loose : gap::none;
    }
}

std::optional<std::string> code_text(node top, bool inline_only) {
    std::string out;
    bool whole = true;
    html::walk(top, [&](node n) {
        auto const t = n.tag();
        if (t == tag::text) {
            out += n.text();
        } else if (t == tag::br) {
            out += '\n';
        } else if (n != top) {
            if (html::is_hidden(n, t))
                return step::past;
            if (inline_only && (html::is_block(t) || t == tag::img)) {
                whole = false;
                return step::stop;
            }
        }
        return step::into;
    });
    if (!whole)
        return std::nullopt;
    std::erase(out, '\0');
    return out;
}

std::string tex_of(node math) {
    constexpr std::size_t most = 2000;
    std::string_view tex = math.attribute("alttext").value_or("");
    std::size_t nodes = 0;
    html::walk(math, [&](node n) {
        if (++nodes > most)
            return step::stop;
        if (n.tag() != tag::foreign || n.name() != "annotation" ||
            n.attribute("encoding").value_or("").find("tex") == std::string_view::npos)
            return step::into;
        if (auto const inside = n.first_child())
            tex = inside.text();
        return step::stop;
    });
    if (tex.size() > most || tex.find_first_of("$`|") != std::string_view::npos)
        return {};
    auto line = html::collapsed(tex);
    std::erase(line, '\0');
    return line;
}

bool is_permalink(node link) {
    if (!link.attribute("href").value_or("").starts_with('#'))
        return false;
    auto const shown = html::inline_text(link, 8, 10);
    for (std::string_view sign : {"#", "\u00B6", "\u00A7", "\U0001F517"})
        if (shown == sign)
            return true;
    return false;
}

bool holds_link(node top) {
    bool found = false;
    std::size_t nodes = 0;
    html::walk(top, [&](node n) {
        found = n.tag() == tag::a && n.attribute("href");
        return found || ++nodes > 10 ? step::stop : step::into;
    });
    return found;
}

}  // namespace fetchd::tasks
