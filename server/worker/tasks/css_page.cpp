#include "worker/tasks/css_page.hpp"

#include <string_view>
#include <unordered_map>

namespace fetchd::css {

std::uint32_t places::of(html::node n, bool from_end, bool of_type, effort& left) {
    auto& known = (from_end ? from_end_ : from_start_)[of_type ? 1 : 0];
    auto const number = n.number();
    if (known.size() <= number || known[number] == 0)
        count(n.parent(), of_type, left);
    return known[number];
}

void places::count(html::node parent, bool of_type, effort& left) {
    auto& from_start = from_start_[of_type ? 1 : 0];
    auto& from_end = from_end_[of_type ? 1 : 0];
    if (from_start.empty()) {
        from_start.resize(std::size_t{nodes_} + 1);
        from_end.resize(std::size_t{nodes_} + 1);
        left.spend(nodes_ / 16);
    }
    std::unordered_map<std::string_view, std::uint32_t> totals;
    std::uint32_t all = 0;
    auto total = [&](html::node n) -> std::uint32_t& { return of_type ? totals[n.name()] : all; };
    for (auto n = parent.first_child(); n; n = n.next()) {
        left.spend(2);
        if (is_element(n))
            from_start[n.number()] = ++total(n);
    }
    for (auto n = parent.first_child(); n; n = n.next())
        if (is_element(n))
            from_end[n.number()] = total(n) + 1 - from_start[n.number()];
}

}  // namespace fetchd::css
