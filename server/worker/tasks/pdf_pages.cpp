#include "worker/tasks/pdf_pages.hpp"

#include <algorithm>
#include <charconv>

#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::pdf {
namespace {

std::optional<unsigned> page_number(std::string_view s) {
    s = utf8::trimmed(s);
    unsigned n = 0;
    auto const [end, error] = std::from_chars(s.data(), s.data() + s.size(), n);
    if (error != std::errc() || end != s.data() + s.size() || n < 1 || n > highest_page)
        return std::nullopt;
    return n;
}

std::optional<page_range> range_of(std::string_view s) {
    auto const dash = s.find('-');
    auto const first = page_number(s.substr(0, dash));
    if (!first)
        return std::nullopt;
    if (dash == s.npos)
        return page_range{*first, *first};
    if (utf8::trimmed(s.substr(dash + 1)).empty())
        return page_range{*first, highest_page};
    auto const last = page_number(s.substr(dash + 1));
    if (!last || *last < *first)
        return std::nullopt;
    return page_range{*first, *last};
}

}  // namespace

std::optional<std::vector<page_range>> parse_pages(std::string_view s) {
    std::vector<page_range> all;
    if (utf8::trimmed(s).empty())
        return std::vector{page_range{1, highest_page}};
    for (bool more = true; more;) {
        auto const comma = s.find(',');
        more = comma != s.npos;
        auto const one = range_of(s.substr(0, comma));
        if (!one || all.size() == max_ranges)
            return std::nullopt;
        all.push_back(*one);
        s.remove_prefix(more ? comma + 1 : 0);
    }
    std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
    std::vector<page_range> apart;
    for (auto const& r : all)
        if (!apart.empty() && r.first <= apart.back().last + 1)
            apart.back().last = std::max(apart.back().last, r.last);
        else
            apart.push_back(r);
    return apart;
}

}  // namespace fetchd::tasks::pdf
