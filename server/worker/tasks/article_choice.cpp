#include "worker/tasks/article_choice.hpp"

#include <algorithm>
#include <iterator>

#include "worker/tasks/article_marks.hpp"
#include "worker/tasks/article_words.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::articles {
namespace {

using html::tag;

// What may be content.
struct allowance {
    bool teasers = false;
    bool comments = false;
    bool links = false;  // text that is all links
};

class chooser {
  public:
    explicit chooser(tree_facts const& facts) : all_(facts.elements), marks_(marks_of(facts)) {}

    article_choice choose();

  private:
    std::size_t best(allowance const&);
    std::size_t best_in(std::size_t within) const;
    std::size_t middle() const;
    void value_all(allowance const&);
    int worth_now(element const&) const;
    bool marked(std::size_t) const;
    bool is_introduced(std::size_t) const;
    bool is_byline(std::size_t) const;
    bool is_link_list(std::size_t) const;
    bool joins(std::size_t at, std::size_t beside) const;
    bool flows(std::size_t at) const;
    template <class Iterator>
    void follow(Iterator from, Iterator end, std::vector<std::uint32_t>& parts) const;
    void extend(std::size_t top, std::vector<std::uint32_t>& parts) const;
    void prune(std::size_t top, article_choice&) const;
    std::size_t decide();

    std::vector<element> const& all_;
    page_marks marks_;
    allowance may_;
    std::vector<int> kept_;   // the prose that is left in each element
    std::vector<int> value_;  // what each element is worth as content once the worst is pruned from it
};

bool chooser::marked(std::size_t at) const {
    switch (marks_.of[at]) {
        case mark::none:
            return false;
        case mark::junk:
            return true;
        case mark::comments:
            return !may_.comments;
        case mark::teaser:
            return !may_.teasers;
    }
    return false;
}

int chooser::worth_now(element const& e) const {
    if (may_.links || (may_.teasers && is_heading(e.tag)))
        return std::max(worth(e), static_cast<int>(e.own.chars) - 5);
    return worth(e);
}

void chooser::value_all(allowance const& may) {
    may_ = may;
    value_.assign(all_.size(), 0);
    kept_.assign(all_.size(), 0);
    for (std::size_t i = all_.size(); i-- > 0;) {
        auto const& e = all_[i];
        if (e.block) {
            auto const own = worth_now(e);
            value_[i] += own;
            kept_[i] += std::max(own, 0);
        }
        if (marked(i))
            value_[i] = std::min(value_[i], 0);
        if (marked(i) || (!may_.links && is_link_list(i)))
            kept_[i] = 0;
        if (i > 0) {
            value_[e.parent] += std::max(value_[i], -50);
            kept_[e.parent] += kept_[i];
        }
    }
}

// The element worth most, then the innermost of those that hold nearly all of that.
std::size_t chooser::best_in(std::size_t within) const {
    auto at = within;
    for (auto i = within; i < all_[within].end; i = marked(i) ? all_[i].end : i + 1)
        if (all_[i].block && value_[i] >= value_[at] && !marked(i))
            at = i;
    for (bool deeper = true; deeper;) {
        deeper = false;
        for (auto child = at + 1; child < all_[at].end; child = all_[child].end)
            if (kept_[child] * std::int64_t{10} >= kept_[at] * std::int64_t{9}) {
                at = child;
                deeper = true;
                break;
            }
    }
    return at;
}

// The innermost element that says of itself that it holds the content, if there is one way to read that.
std::size_t chooser::middle() const {
    std::size_t found = 0;
    for (std::size_t i = 1; i < all_.size(); i = marked(i) ? all_[i].end : i + 1)
        if ((all_[i].says & says::middle) != 0 && all_[i].block && !marked(i)) {
            if (found != 0 && i >= all_[found].end)
                return 0;
            found = i;
        }
    return found;
}

// The best, but in the middle of the page where that has something of its own.
std::size_t chooser::best(allowance const& may) {
    value_all(may);
    auto const top = best_in(0);
    auto const inner = middle();
    if (inner == 0 || (top >= inner && top < all_[inner].end))
        return top;
    auto const least = std::int64_t{value_[top]} / 6;
    return value_[inner] >= std::max<std::int64_t>(least, 40) ? best_in(inner) : top;
}

// A page of teasers, or of comments, or of links only has that as its content.
std::size_t chooser::decide() {
    auto top = best({});
    auto value = value_[top];
    if (marks_.teasers > 2 * value && value < 1500) {
        top = best({.teasers = true});
        value = value_[top];
    }
    if (value < 120 && marks_.comments > 2 * value) {
        top = best({.teasers = may_.teasers, .comments = true});
        value = value_[top];
    }
    if (value < 50)
        top = best({.teasers = true, .comments = true, .links = true});
    return top;
}

bool ends_in_colon(html::node paragraph) {
    auto const last = paragraph.last_child();
    if (!last || last.tag() != tag::text)
        return false;
    auto const text = utf8::trimmed(last.text());
    return text.ends_with(':') || text.ends_with("\uFF1A");
}

// Whether a list stands in the flow of a text: under a heading among paragraphs, or after a colon.
bool chooser::is_introduced(std::size_t at) const {
    auto const& e = all_[at];
    if (e.tag != tag::ul && e.tag != tag::ol && e.tag != tag::dl)
        return false;
    auto before = e.at.previous();
    if (before && before.tag() == tag::text && utf8::trimmed(before.text()).empty())
        before = before.previous();
    if (!before || (!is_heading(before.tag()) && !ends_in_colon(before)))
        return false;
    return marks_.prose[e.parent] > 300;
}

// A table, list or division that is nearly all links.
bool chooser::is_link_list(std::size_t at) const {
    auto const& e = all_[at];
    switch (e.tag) {
        case tag::ul:
        case tag::ol:
        case tag::dl:
        case tag::table:
        case tag::div:
        case tag::section:
            return e.all.chars > 0 && e.all.linked * 4 > e.all.chars * 3 && value_[at] < -20 &&
                   !is_introduced(at);
        default:
            return false;
    }
}

// Whether an element belongs to the content in the element beside it: a standfirst, or another part of the
// same make.
bool chooser::joins(std::size_t at, std::size_t beside) const {
    auto const& e = all_[at];
    if (!e.block || marked(at) || kept_[at] < 40 || e.all.linked * 4 > e.all.chars)
        return false;
    if ((e.says & says::lead) != 0)
        return e.all.chars < 1000;
    auto const& other = all_[beside];
    auto const name = e.at.attribute("class").value_or("");
    return e.tag == other.tag && !name.empty() && name == other.at.attribute("class").value_or("");
}

// Whether a block may belong to a text that goes on before or behind it.
bool chooser::flows(std::size_t at) const {
    auto const& e = all_[at];
    if (!e.block || marked(at) || e.all.linked * 4 > e.all.chars)
        return false;
    switch (e.tag) {
        case tag::p:
        case tag::pre:
        case tag::blockquote:
            return e.all.stops > 0;
        case tag::ul:
        case tag::ol:
        case tag::dl:
        case tag::table:
        case tag::figure:
            return e.all.chars > 30;
        default:
            return false;
    }
}

// From the content on, in one direction: whatever flows up to the first thing that does not, and the headings
// between.
template <class Iterator>
void chooser::follow(Iterator from, Iterator end, std::vector<std::uint32_t>& parts) const {
    std::vector<std::uint32_t> headings;
    for (; from != end; ++from) {
        if (is_heading(all_[*from].tag)) {
            headings.push_back(*from);
        } else if (flows(*from)) {
            parts.insert(parts.end(), headings.begin(), headings.end());
            headings.clear();
            parts.push_back(*from);
        } else if (all_[*from].all.chars > 0) {
            return;
        }
    }
}

// Adds what stands beside the content and belongs to it.
void chooser::extend(std::size_t top, std::vector<std::uint32_t>& parts) const {
    parts.push_back(static_cast<std::uint32_t>(top));
    std::vector<std::uint32_t> children;
    for (auto at = top; at != 0 && all_[at].tag != tag::body; at = all_[at].parent) {
        auto const around = all_[at].parent;
        children.clear();
        for (auto i = around + 1; i < all_[around].end; i = all_[i].end) {
            children.push_back(i);
            if (i != at && joins(i, at))
                parts.push_back(i);
        }
        if (at == top) {
            auto const self = std::lower_bound(children.begin(), children.end(), at);
            follow(self + 1, children.end(), parts);
            follow(std::make_reverse_iterator(self), children.rend(), parts);
        }
    }
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
}

// The line that says who wrote the text and when, above it.
bool chooser::is_byline(std::size_t at) const {
    auto const& e = all_[at];
    return e.block && (e.says & (says::author | says::date)) != 0 && e.all.chars < 120 && e.headings == 0;
}

void chooser::prune(std::size_t top, article_choice& choice) const {
    std::uint32_t data_end = 0;  // of the table of data it is in, whose links are data
    int before = 0;              // prose so far
    for (auto i = top + 1; i < all_[top].end;) {
        auto const& e = all_[i];
        auto const links = !may_.links && i >= data_end && is_link_list(i);
        auto const drop = marked(i) || links || (before < 100 && is_byline(i));
        if (drop)
            choice.dropped.push_back(static_cast<std::uint32_t>(i));
        else if (e.tag == tag::table && std::int64_t{marks_.prose[i]} * 3 < kept_[top])
            data_end = std::max(data_end, e.end);
        if (!drop && e.block)
            before += std::max(worth(e), 0);
        i = drop ? e.end : i + 1;
    }
}

article_choice chooser::choose() {
    auto const top = decide();
    article_choice choice;
    extend(top, choice.parts);
    for (auto const part : choice.parts)
        prune(part, choice);
    return choice;
}

}  // namespace

article_choice choose(tree_facts const& facts) {
    return chooser(facts).choose();
}

}  // namespace fetchd::tasks::articles
