// Every link a reader can follow, <a href> and <area href>, in document order, as a JSON array of
// {"url", "text", "rel"?, "kind"?}: the absolute URL, the anchor's text on one line, the rel attribute's
// words, and a kind where it is more than a page: "image_map" (area), "download", "mail", "phone". At most
// max_links; references that are no URL, and scripts dressed as one, are left out.
#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/json_text.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_links = 100'000;
constexpr std::size_t max_text = 1000;

std::string_view kind_of_link(html::node link, std::string_view url) {
    if (link.tag() == html::tag::area)
        return "image_map";
    if (url.starts_with("mailto:"))
        return "mail";
    if (url.starts_with("tel:"))
        return "phone";
    return link.attribute("download") ? "download" : "";
}

void append_link(html::node link, std::string_view url, std::string& out) {
    out += "{\"url\":";
    json_text::append_string(out, url);
    out += ",\"text\":";
    auto text = link.tag() == html::tag::area ? html::collapsed(link.attribute("alt").value_or(""))
                                              : html::inline_text(link, max_text);
    if (text.empty())
        text = html::collapsed(link.attribute("aria-label").value_or(""));
    json_text::append_string(out, text);
    if (auto const rel = html::collapsed(link.attribute("rel").value_or("")); !rel.empty()) {
        out += ",\"rel\":";
        json_text::append_string(out, rel);
    }
    if (auto const kind = kind_of_link(link, url); !kind.empty()) {
        out += ",\"kind\":";
        json_text::append_string(out, kind);
    }
    out += '}';
}

result<void> run(context& visit, std::string& out) {
    auto const found = visit.look();
    if (!found)
        return found.error();
    out += '[';
    std::size_t written = 0;
    for (auto link : (*found)->links) {
        if (link.tag() == html::tag::link)
            continue;
        auto const url = visit.absolute(link.attribute("href").value_or(""));
        if (!url || url->starts_with("javascript:"))
            continue;
        if (written == max_links)
            break;
        if (written++ != 0)
            out += ',';
        append_link(link, *url, out);
        if (out.size() > visit.room())
            return too_much_output(visit);
    }
    out += ']';
    return {};
}

}  // namespace

extern entry const links_task;  // registry.cpp
entry const links_task{"links", output_kind::json, run, "application/json"};

}  // namespace fetchd::tasks
