#include "worker/tasks/css_index.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/css_page.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::css {
namespace {

constexpr std::uint32_t whole_search = 16;  // and one below an element counts 1
constexpr std::uint32_t worth_building = 2 * whole_search;

// FNV-1a. Whoever finds texts that fall together gains nothing but looks at the tree.
std::uint64_t hash(char kind, std::string_view s) {
    std::uint64_t h = 0xCBF29CE484222325U ^ static_cast<unsigned char>(kind);
    for (char c : s)
        h = (h ^ static_cast<unsigned char>(ascii_lower(c))) * 0x100000001B3U;
    return h ^ h >> 32U;
}

std::uint64_t mark(char kind, std::string_view s) {
    return std::uint64_t{1} << (hash(kind, s) & 63U);
}

sketch sketch_of(html::node n, effort& left) {
    sketch out;
    out.add_name(n.name());
    for (auto a = n.first_attribute(); a; a = a.next()) {
        auto const name = a.name();
        auto value = a.value();
        left.spend(1);
        out.add_attribute(name);
        if (name == "id") {
            left.spend(value.size() / 32);
            out.add_id(value);
        } else if (name == "class") {
            left.spend(value.size() / 32);
            while (!value.empty()) {
                auto const end = std::find_if(value.begin(), value.end(), utf8::is_space);
                auto const length = static_cast<std::size_t>(end - value.begin());
                out.add_class(value.substr(0, length));
                value.remove_prefix(std::min(length + 1, value.size()));
            }
        }
    }
    return out;
}

}  // namespace

void sketch::add_name(std::string_view lower_case) {
    name = static_cast<std::uint16_t>(hash('t', lower_case) | 1U);
}

void sketch::add_id(std::string_view id) {
    marks |= mark('#', id);
}

void sketch::add_class(std::string_view word) {
    marks |= mark('.', word);
}

void sketch::add_attribute(std::string_view lower_case) {
    marks |= mark('[', lower_case);
}

void index::build(html::node document, effort& left) {
    built_ = true;
    html::walk(document, [&](html::node n) {
        if (!left.spend(1))
            return html::step::stop;
        if (is_element(n))
            all_.push_back({n, sketch_of(n, left), n.number()});
        return html::step::into;
    });
}

std::optional<std::span<index::entry const>> index::below(html::node top, html::node document, effort& left) {
    if (!built_) {
        asked_ += top == document ? whole_search : 1;
        if (asked_ <= worth_building)
            return std::nullopt;
        build(document, left);
    }
    auto const by_number = [](entry const& e, std::uint32_t number) { return e.number < number; };
    auto const first = std::lower_bound(all_.begin(), all_.end(), top.number() + 1, by_number);
    auto behind = top;
    while (behind != document && !behind.next() && left.spend(1))
        behind = behind.parent();
    auto const last = behind == document
                          ? all_.end()
                          : std::lower_bound(first, all_.end(), behind.next().number(), by_number);
    return std::span<entry const>(first, last);
}

}  // namespace fetchd::css
