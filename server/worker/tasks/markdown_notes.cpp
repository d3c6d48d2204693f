#include "worker/tasks/markdown_notes.hpp"

#include <vector>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_notes = 10'000;

// The id that a link within the page leads to.
std::string_view target_of(node link) {
    auto const href = link.attribute("href").value_or("");
    return href.starts_with('#') ? href.substr(1) : std::string_view();
}

bool stands_high(node link) {
    auto const outer = link.parent();
    auto const inner = link.first_child();
    return (outer && outer.tag() == tag::sup) || (inner && inner.tag() == tag::sup && !inner.next());
}

bool looks_like_mark(node link) {
    if (target_of(link).empty())
        return false;
    return stands_high(link) || link.attribute("data-footnote-ref") ||
           link.attribute("role").value_or("") == "doc-noteref" ||
           link.attribute("class").value_or("").find("footnote-ref") != std::string_view::npos;
}

bool can_be_note(tag t) {
    return t == tag::li || t == tag::p || t == tag::div || t == tag::aside;
}

// A link that stands high may also lead to a part of the page.
bool is_called_note(tag t, std::string_view id) {
    return t == tag::li || id.find("fn") != std::string_view::npos ||
           id.find("ftn") != std::string_view::npos || id.find("note") != std::string_view::npos;
}

}  // namespace

footnotes::footnotes(node top, std::span<node const> links) {
    std::unordered_map<std::string_view, std::size_t> wanted;
    for (auto link : links)
        if (link.tag() == tag::a && looks_like_mark(link) && wanted.size() < max_notes)
            wanted.emplace(target_of(link), wanted.size());
    if (wanted.empty())
        return;
    std::vector<bool> there(wanted.size());
    html::walk(top, [&](node n) {
        if (!can_be_note(n.tag()))
            return step::into;
        auto const id = n.attribute("id");
        auto const found = id ? wanted.find(*id) : wanted.end();
        if (found != wanted.end() && is_called_note(n.tag(), *id) && !html::is_hidden(n))
            there[found->second] = true;
        return step::into;
    });
    // Numbered in the order of their first marks.
    std::vector<std::string_view> in_order(wanted.size());
    for (auto const& [id, place] : wanted)
        in_order[place] = id;
    for (std::size_t place = 0; place < in_order.size(); ++place)
        if (there[place])
            by_id_.emplace(in_order[place], by_id_.size() + 1);
}

std::size_t footnotes::marked_by(node link) const {
    if (by_id_.empty() || !looks_like_mark(link))
        return 0;
    auto const found = by_id_.find(target_of(link));
    return found == by_id_.end() ? 0 : found->second;
}

std::size_t footnotes::is_note(node n) const {
    if (by_id_.empty() || !can_be_note(n.tag()))
        return 0;
    auto const id = n.attribute("id");
    auto const found = id ? by_id_.find(*id) : by_id_.end();
    return found == by_id_.end() ? 0 : found->second;
}

bool leads_back(node link) {
    if (target_of(link).empty())
        return false;
    return link.attribute("role").value_or("") == "doc-backlink" ||
           html::inline_text(link, 16, 20).size() <= 8;
}

}  // namespace fetchd::tasks
