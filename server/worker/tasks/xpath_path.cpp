#include <algorithm>
#include <span>
#include <utility>

#include "base/ascii.hpp"
#include "worker/tasks/css_state.hpp"
#include "worker/tasks/xpath_evaluate.hpp"

namespace fetchd::xpath {
namespace {

using html::node;
using html::tag;

// Before its nodes are thrown away twice a set may have grown to this.
constexpr std::size_t worth_settling = 4096;

bool is_reverse(axis a) {
    return a == axis::ancestor || a == axis::ancestor_or_self || a == axis::preceding ||
           a == axis::preceding_sibling;
}

bool passes(step const& s, node n) {
    auto const t = n.tag();
    if (t == tag::doctype)
        return false;
    switch (s.test) {
        case node_test::name:
            return css::is_element(n) && css::is_named(n, s.name);
        case node_test::any_name:
            return css::is_element(n);
        case node_test::any_node:
            return true;
        case node_test::text:
            return t == tag::text;
        case node_test::comment:
            return t == tag::comment;
        default:
            return false;
    }
}

bool passes(step const& s, html::attribute a, bool foreign) {
    if (s.test == node_test::name)
        return a.name() == s.name || (foreign && ascii_lowered(a.name()) == s.name);
    return s.test == node_test::any_name || s.test == node_test::any_node;
}

// The next node in document order below `top`; with `past` not one in n.
node after(node n, node top, bool past) {
    if (auto const child = n.first_child(); child && !past)
        return child;
    for (; n && n != top; n = n.parent())
        if (auto const next = n.next())
            return next;
    return {};
}

// The one before in document order, whatever is around it.
node before(node n) {
    auto up = n.previous();
    if (!up)
        return n.parent();
    while (auto const last = up.last_child())
        up = last;
    return up;
}

// Hands the nodes along an axis to `take`, in the order of the axis, until it returns false.
template <class Take>
void along(axis a, node from, Take take) {
    switch (a) {
        case axis::self:
            take(from);
            break;
        case axis::parent:
            if (auto const up = from.parent())
                take(up);
            break;
        case axis::ancestor:
        case axis::ancestor_or_self:
            for (auto up = a == axis::ancestor ? from.parent() : from; up && take(up); up = up.parent()) {
            }
            break;
        case axis::child:
            for (auto at = from.first_child(); at && take(at); at = at.next()) {
            }
            break;
        case axis::descendant:
        case axis::descendant_or_self:
            for (auto at = a == axis::descendant ? after(from, from, false) : from; at && take(at);
                 at = after(at, from, false)) {
            }
            break;
        case axis::following:
            for (auto at = after(from, {}, true); at && take(at); at = after(at, {}, false)) {
            }
            break;
        case axis::following_sibling:
            for (auto at = from.next(); at && take(at); at = at.next()) {
            }
            break;
        case axis::preceding: {
            auto up = from.parent();
            for (auto at = before(from); at; at = before(at)) {
                if (at == up)
                    up = up.parent();
                else if (!take(at))
                    break;
            }
            break;
        }
        case axis::preceding_sibling:
            for (auto at = from.previous(); at && take(at); at = at.previous()) {
            }
            break;
        default:
            break;
    }
}

template <class Take>
void attributes(step const& s, node of, Take take) {
    auto const foreign = of.tag() == tag::foreign || of.tag() == tag::svg || of.tag() == tag::math;
    std::uint32_t place = 0;
    for (auto a = of.first_attribute(); a; a = a.next()) {
        ++place;
        if (passes(s, a, foreign) ? !take(item(of, a, place)) : !take.count())
            return;
    }
}

// Hands what an axis leads to from a node or an attribute to `take`. An attribute's parent is its element,
// but it is no child of it (XPath §5.3).
template <class Take>
void lead(step const& s, item const& from, Take take) {
    auto const plain = [&](node n) { return !passes(s, n) ? take.pass(n) : take(item(n)); };
    auto const a = s.along;
    if (!from.attribute) {
        if (a == axis::attribute)
            attributes(s, from.node, take);
        else
            along(a, from.node, plain);
        return;
    }
    if (s.test == node_test::any_node &&
        (a == axis::self || a == axis::descendant_or_self || a == axis::ancestor_or_self) && !take(from))
        return;
    if (a == axis::parent)
        along(axis::self, from.node, plain);
    else if (a == axis::ancestor || a == axis::ancestor_or_self)
        along(axis::ancestor_or_self, from.node, plain);
    else if (a == axis::following)
        along(axis::descendant, from.node, plain);
    if (a == axis::following || a == axis::preceding)
        along(a, from.node, plain);
}

}  // namespace

evaluator::items evaluator::path(expression_node const& e, context const& here, want wanted) {
    items found;
    if (!e.parts.empty()) {
        found = any(e.parts.front(), here).nodes;
        filter(e.filter, found);
    } else {
        found.push_back(e.from_root ? item(page_.document) : here.at);
    }
    for (auto const& s : e.steps) {
        // The first that is found is the first in the document where one way leads forward.
        auto const last = &s == &e.steps.back();
        auto const enough = last && (wanted == want::some ||
                                     (wanted == want::first && found.size() == 1 && !is_reverse(s.along)));
        found = s.positional ? steps_each(s, found, enough) : steps_all(s, found, enough);
        if (found.empty() || left_.spent())
            break;
    }
    return found;
}

evaluator::items evaluator::union_of(expression_node const& e, context const& here) {
    auto all = any(e.parts.front(), here).nodes;
    for (auto part = e.parts.begin() + 1; part != e.parts.end() && !left_.spent(); ++part)
        all = joined(all, any(*part, here).nodes, left_);
    return all;
}

// ---- steps

namespace {

// Takes what an axis leads to. Every node that has been passed by is counted; `seen`, where there is one,
// ends the way at a node that an earlier way of the same step has passed: that one has been everywhere from
// there on, if the starts come in the right order.
struct collector {
    std::vector<item>& found;
    css::effort& left;
    std::vector<std::uint32_t>* seen;
    std::uint32_t turn;
    std::size_t most;

    bool count() const { return left.spend(1); }
    bool pass(node n) const {
        if (!count())
            return false;
        if (seen == nullptr)
            return true;
        auto& last = (*seen)[n.number()];
        return std::exchange(last, turn) != turn;
    }
    bool operator()(item const& i) const {
        if (i.attribute ? !count() : !pass(i.node))
            return false;
        found.push_back(i);
        return found.size() < most;
    }
};

}  // namespace

namespace {

bool leads_to_elements(step const& s) {
    return s.along == axis::descendant && (s.test == node_test::name || s.test == node_test::any_name);
}

// The elements below a node that pass, without a look at most of the others.
void lead_by_index(step const& s, std::span<css::index::entry const> row, collector const& take) {
    std::uint64_t passed = 0;
    for (auto const& e : row) {
        ++passed;
        if (s.what.fits(e.what) && passes(s, e.node) && !take(item(e.node)))
            break;
    }
    take.left.spend(passed / 4);
}

}  // namespace

// Where places do not matter: every node is looked at once, from wherever it can be reached, and only then
// the predicates are asked, which may walk themselves.
evaluator::items evaluator::steps_all(step const& s, items const& from, bool some) {
    auto const alone = from.size() == 1;
    auto const most = some && s.predicates.empty() ? 1 : std::size_t{1} << 40U;
    if (!alone && seen_.empty() && left_.spend(page_.nodes / 16))
        seen_.resize(std::size_t{page_.nodes} + 1);
    if (left_.spent())
        return {};
    items found;
    collector const take{found, left_, alone ? nullptr : &seen_, ++turn_, most};
    auto const enough = [&] { return left_.spent() || found.size() >= most; };
    if (alone && leads_to_elements(s) && !from.front().attribute)
        if (auto const row = page_.elements.below(from.front().node, page_.document, left_)) {
            lead_by_index(s, *row, take);
            return filtered(s, std::move(found), some);
        }
    if (s.along == axis::preceding)
        for (auto start = from.rbegin(); start != from.rend() && !enough(); ++start)
            lead(s, *start, take);
    else
        for (auto start = from.begin(); start != from.end() && !enough(); ++start)
            lead(s, *start, take);
    settle(found, left_);
    return filtered(s, std::move(found), some);
}

evaluator::items evaluator::filtered(step const& s, items found, bool some) {
    if (s.predicates.empty())
        return found;
    items kept;
    for (auto const& i : found) {
        auto const all = std::all_of(s.predicates.begin(), s.predicates.end(), [&](auto const& p) {
            return keeps(p, {i, 1, 1});
        });
        if (all)
            kept.push_back(i);
        if (left_.spent() || (some && all))
            break;
    }
    return kept;
}

// Where places matter: each start has a set of its own, counted along the axis (XPath §2.4).
evaluator::items evaluator::steps_each(step const& s, items const& from, bool some) {
    items found;
    std::size_t settled = worth_settling;
    for (auto const& start : from) {
        items own;
        lead(s, start, collector{own, left_, nullptr, 0, s.single > 0 ? s.single : std::size_t{1} << 40U});
        filter(s.predicates, own);
        found.insert(found.end(), own.begin(), own.end());
        if (left_.spent() || (some && !found.empty()))
            break;
        // Starts may lead to the same nodes over and over.
        if (found.size() > 2 * settled) {
            settle(found, left_);
            settled = std::max(found.size(), worth_settling);
        }
    }
    settle(found, left_);
    return found;
}

void evaluator::filter(std::vector<predicate> const& predicates, items& all) {
    for (auto const& p : predicates) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < all.size() && !left_.spent(); ++i)
            if (keeps(p, {all[i], i + 1, all.size()}))
                all[kept++] = all[i];
        all.resize(kept);
    }
}

bool evaluator::keeps(predicate const& p, context const& here) {
    if (what_->all[p.condition].result == type::number)
        return number(p.condition, here) == static_cast<double>(here.position);
    return truth(p.condition, here);
}

}  // namespace fetchd::xpath
