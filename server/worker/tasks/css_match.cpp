#include "worker/tasks/css_match.hpp"

#include "base/ascii.hpp"
#include "worker/tasks/css_state.hpp"
#include "worker/tasks/css_text.hpp"

namespace fetchd::css {

using html::node;

bool matcher::matches(node n, node scope, bool within) {
    scope_ = scope;
    for (std::uint32_t i = 0; i < s_.list.count; ++i) {
        auto const& one = s_.complexes[s_.list.first + i];
        if ((within || one.anchored) && match(one, one.compounds.count - 1, n, scope) == outcome::matched)
            return true;
    }
    return false;
}

bool matcher::may_match(sketch const& of) const {
    for (std::uint32_t i = 0; i < s_.list.count; ++i)
        if (s_.complexes[s_.list.first + i].last.fits(of))
            return true;
    return false;
}

matcher::outcome matcher::match(complex const& c, std::uint32_t last, node n, node anchor) {
    auto const& here = s_.compounds[c.compounds.first + last];
    if (!all(here.tests, n, anchor))
        return outcome::failed;
    switch (here.left) {
        case combinator::none:
            break;
        case combinator::child: {
            auto const up = n.parent();
            auto const found = is_element(up) ? match(c, last - 1, up, anchor) : outcome::failed_entirely;
            // The siblings have the same parent.
            return found == outcome::failed ? outcome::failed_siblings : found;
        }
        case combinator::descendant:
            for (auto up = n.parent(); is_element(up); up = up.parent()) {
                auto const found = match(c, last - 1, up, anchor);
                if (found == outcome::matched || found == outcome::failed_entirely)
                    return found;
            }
            return outcome::failed_entirely;
        case combinator::next_sibling: {
            auto const before = element_before(n);
            return before ? match(c, last - 1, before, anchor) : outcome::failed_siblings;
        }
        case combinator::later_sibling:
            for (auto before = element_before(n); before; before = element_before(before))
                if (auto const found = match(c, last - 1, before, anchor); found != outcome::failed)
                    return found;
            return outcome::failed_siblings;
    }
    return outcome::matched;
}

bool matcher::any(range list, node n) {
    for (std::uint32_t i = 0; i < list.count; ++i) {
        auto const& one = s_.complexes[list.first + i];
        if (match(one, one.compounds.count - 1, n, node()) == outcome::matched)
            return true;
    }
    return false;
}

bool matcher::all(range tests, node n, node anchor) {
    if (!page_.left.spend(1))
        return false;
    auto const* const first = s_.tests.data() + tests.first;
    for (auto const* t = first; t != first + tests.count; ++t)
        if (!passes(*t, n, anchor))
            return false;
    return !page_.left.spent();
}

bool matcher::passes(test const& t, node n, node anchor) {
    switch (t.what) {
        case op::never:
            return false;
        case op::scope:
            return n == scope_;
        case op::anchor:
            return n == anchor;
        case op::root:
            return n == page_.html;
        case op::tag:
            return is_named(n, t.name);
        case op::id:
        case op::class_name:
        case op::has_attribute:
        case op::equals:
        case op::word:
        case op::dashed:
        case op::prefix:
        case op::suffix:
        case op::substring:
            return has_attribute(t, n, page_.left);
        case op::first_child:
            return !element_before(n);
        case op::last_child:
            return !element_after(n);
        case op::only_child:
            return !element_before(n) && !element_after(n);
        case op::nth_child:
        case op::nth_last_child:
        case op::nth_of_type:
        case op::nth_last_of_type:
            return nth(t, n);
        case op::is:
            return any(t.list, n);
        case op::not_:
            return !any(t.list, n);
        case op::has:
            for (std::uint32_t i = 0; i < t.list.count; ++i)
                if (has(s_.complexes[t.list.first + i], n))
                    return true;
            return false;
        case op::contains:
            return contains(t, n);
        default:
            return in_state(t, n, page_.left);
    }
}

// ---- places

bool matcher::nth(test const& t, node n) {
    auto const of_type = t.what == op::nth_of_type || t.what == op::nth_last_of_type;
    auto const from_end = t.what == op::nth_last_child || t.what == op::nth_last_of_type;
    auto const place =
        t.list.count > 0 ? place_among(t, n) : page_.place.of(n, from_end, of_type, page_.left);
    if (place == 0)
        return false;
    auto const beyond = std::int64_t{place} - t.offset;
    return t.step == 0 ? beyond == 0 : beyond % t.step == 0 && beyond / t.step >= 0;
}

// The place among the siblings that the selectors of the test match; 0 where they do not match n.
std::uint32_t matcher::place_among(test const& t, node n) {
    constexpr std::uint32_t none = 0xFFFF'FFFF;
    auto const from_end = t.what == op::nth_last_child;
    auto const after = [&](node at) { return from_end ? element_before(at) : element_after(at); };
    auto const before = [&](node at) { return from_end ? element_after(at) : element_before(at); };
    auto* const known = remembered(counted_, t.slot);
    if (known == nullptr) {
        std::uint32_t place = any(t.list, n) ? 1 : 0;
        for (auto at = before(n); at && place > 0 && !page_.left.spent(); at = before(at))
            place += any(t.list, at) ? 1 : 0;
        return place;
    }
    auto& place = *known;
    if (place[n.number()] == 0) {
        std::uint32_t count = 0;
        auto const up = n.parent();
        auto at = from_end ? up.last_child() : up.first_child();
        if (!is_element(at))
            at = after(at);
        for (; at && !page_.left.spent(); at = after(at))
            place[at.number()] = any(t.list, at) ? ++count : none;
    }
    return place[n.number()] == none ? 0 : place[n.number()];
}

// ---- text

// Knuth, Morris and Pratt: a text that begins in one node and ends in another is found without being put
// together, and no text makes the search slower than it is long.
bool matcher::contains(test const& t, node n) {
    if (tables_.empty())
        tables_.resize(s_.slots);
    auto& back = tables_[t.slot];
    if (back.empty()) {
        back.resize(t.value.size());
        for (std::size_t i = 1, k = 0; i < t.value.size(); ++i) {
            while (k > 0 && t.value[i] != t.value[k])
                k = back[k - 1];
            k += t.value[i] == t.value[k] ? 1 : 0;
            back[i] = static_cast<std::uint16_t>(k);
        }
    }
    std::size_t found = 0;
    text_reader text(n, page_.left);
    for (auto piece = text.next(); piece; piece = text.next()) {
        for (auto const written : *piece) {
            auto const c = t.fold ? ascii_lower(written) : written;
            while (found > 0 && c != t.value[found])
                found = back[found - 1];
            found += c == t.value[found] ? 1 : 0;
            if (found == t.value.size())
                return true;
        }
    }
    return false;
}

// ---- what a matcher remembers

// Nothing where the answer depends on the scope, which changes, or where it would take too much memory.
template <class T>
std::vector<T>* matcher::remembered(std::vector<std::vector<T>>& all, std::uint32_t slot) {
    if (s_.scoped)
        return nullptr;
    if (all.empty())
        all.resize(s_.slots);
    auto& one = all[slot];
    if (!one.empty())
        return &one;
    auto const bytes = (std::size_t{page_.nodes} + 1) * sizeof(T);
    if (bytes > page_.memory || !page_.left.spend(bytes / 64))
        return nullptr;
    page_.memory -= bytes;
    one.resize(std::size_t{page_.nodes} + 1);
    return &one;
}

// ---- :has()

namespace {

constexpr std::uint8_t no = 1;
constexpr std::uint8_t yes = 2;

bool goes_down(combinator c) {
    return c == combinator::descendant || c == combinator::child;
}

}  // namespace

bool matcher::has(complex const& c, node n) {
    auto* const known = remembered(memory_, c.slot);
    if (known == nullptr)
        return has_unremembered(c, n, nullptr);
    if (auto const before = (*known)[n.number()]; before != 0)
        return before == yes;
    auto const found = has_unremembered(c, n, known);
    (*known)[n.number()] = found ? yes : no;
    return found;
}

bool matcher::has_unremembered(complex const& c, node n, answers* known) {
    auto const* const row = s_.compounds.data() + c.compounds.first;
    auto const lead = row[1].left;
    auto below = goes_down(lead);
    auto deeper = lead == combinator::descendant;
    for (std::uint32_t i = 2; i < c.compounds.count; ++i) {
        below = below || goes_down(row[i].left);
        deeper = deeper || goes_down(row[i].left);
    }
    if (known != nullptr && c.compounds.count == 2 && lead == combinator::descendant)
        return has_simply_below(row[1].tests, n, *known);
    if (known != nullptr && c.compounds.count == 2 && lead == combinator::later_sibling)
        return has_simply_beside(row[1].tests, n, *known);
    return goes_down(lead) ? has_below(c, n, n, !deeper) : has_beside(c, n, below);
}

bool matcher::has_below(complex const& c, node top, node anchor, bool children_only) {
    auto const last = c.compounds.count - 1;
    auto found = false;
    html::walk(top, [&](node at) {
        if (at == top)
            return html::step::into;
        if (!page_.left.spend(1))
            return html::step::stop;
        found = is_element(at) && match(c, last, at, anchor) == outcome::matched;
        return found ? html::step::stop : children_only ? html::step::past : html::step::into;
    });
    return found;
}

bool matcher::has_beside(complex const& c, node n, bool below_too) {
    auto const last = c.compounds.count - 1;
    auto const next_only = last == 1 && s_.compounds[c.compounds.first + 1].left == combinator::next_sibling;
    for (auto at = element_after(n); at && page_.left.spend(1); at = element_after(at)) {
        if (match(c, last, at, n) == outcome::matched || (below_too && has_below(c, at, n, false)))
            return true;
        if (next_only)
            break;
    }
    return false;
}

// Any descendant that passes: the answers for all elements seen on the way are kept, so that asking every
// element of a document looks at each of them once.
bool matcher::has_simply_below(range tests, node n, answers& known) {
    for (auto at = n.first_child(); at;) {
        if (!page_.left.spend(1))
            return false;
        auto into = false;
        if (is_element(at)) {
            auto const before = known[at.number()];
            if (before == yes || all(tests, at, node())) {
                for (auto up = at.parent(); up != n; up = up.parent())
                    known[up.number()] = yes;
                return true;
            }
            into = before == 0;
        }
        if (auto const child = at.first_child(); into && child) {
            at = child;
            continue;
        }
        for (;; at = at.parent()) {
            if (at == n)
                return false;
            known[at.number()] = no;
            if (auto const next = at.next()) {
                at = next;
                break;
            }
        }
    }
    return false;
}

// Any later sibling that passes, likewise.
bool matcher::has_simply_beside(range tests, node n, answers& known) {
    auto answer = no;
    auto at = element_after(n);
    for (; at; at = element_after(at)) {
        if (!page_.left.spend(1))
            return false;
        auto const passed = all(tests, at, node());
        if (passed || known[at.number()] != 0) {
            answer = passed ? yes : known[at.number()];
            break;
        }
    }
    for (auto seen = element_after(n); seen != at; seen = element_after(seen))
        known[seen.number()] = answer;
    return answer == yes;
}

// ---- search

search::search(matcher& with, node top, node scope)
    : with_(with), top_(top), scope_(scope), at_(top), end_(top), itself_(with.what().may_be_the_scope()) {
    if (with.what().goes_sideways() && is_element(top))
        end_ = top.parent();
    else
        rest_ = with.where().elements.below(top, with.where().document, with.where().left);
    itself_ = itself_ && is_element(top);
}

// The next node in document order, below end_.
node search::step() {
    if (auto const child = at_.first_child())
        return child;
    for (auto at = at_; at != end_; at = at.parent()) {
        if (at == top_)
            within_ = false;
        if (auto const next = at.next())
            return next;
    }
    return {};
}

node search::next() {
    auto& left = with_.where().left;
    if (itself_) {
        itself_ = false;
        if (with_.matches(scope_, scope_, true))
            return scope_;
    }
    if (rest_)
        return next_of_index();
    while (at_ && left.spend(1)) {
        at_ = step();
        if (at_ && is_element(at_) && with_.matches(at_, scope_, within_))
            return left.spent() ? node() : at_;
    }
    return {};
}

node search::next_of_index() {
    auto& left = with_.where().left;
    std::size_t passed = 0;
    for (auto const& e : *rest_) {
        ++passed;
        if (with_.may_match(e.what) && with_.matches(e.node, scope_, true)) {
            rest_ = rest_->subspan(passed);
            return left.spend(1 + passed / 4) && !left.spent() ? e.node : node();
        }
        if (left.spent())
            break;
    }
    left.spend(passed / 4);
    rest_ = std::span<index::entry const>();
    return {};
}

}  // namespace fetchd::css
