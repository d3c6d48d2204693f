#include "worker/tasks/article_choice.hpp"

#include <algorithm>

#include "worker/tasks/article_marks.hpp"
#include "worker/tasks/article_words.hpp"

namespace fetchd::tasks {
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
    explicit chooser(page_facts const& facts) : all_(facts.elements), marks_(marks_of(facts)) {}

    article_choice choose();

  private:
    std::size_t best(allowance const&);
    void value_all(allowance const&);
    bool marked(std::size_t) const;
    bool is_link_list(std::size_t) const;
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

void chooser::value_all(allowance const& may) {
    may_ = may;
    value_.assign(all_.size(), 0);
    kept_.assign(all_.size(), 0);
    for (std::size_t i = all_.size(); i-- > 0;) {
        auto const& e = all_[i];
        if (e.block)
            value_[i] += may.links ? std::max(worth(e), static_cast<int>(e.own.chars) - 5) : worth(e);
        if (e.block)
            kept_[i] += std::max(worth(e), 0);
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
std::size_t chooser::best(allowance const& may) {
    value_all(may);
    std::size_t at = 0;
    for (std::size_t i = 0; i < all_.size(); i = marked(i) ? all_[i].end : i + 1)
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

// A page of teasers, or of comments, or of links only has that as its content.
std::size_t chooser::decide() {
    auto top = best({});
    auto value = value_[top];
    if (marks_.teasers > 2 * value && value < 1500) {
        top = best({.teasers = true});
        value = value_[top];
    }
    if (value < 250 && marks_.comments > 2 * value) {
        top = best({.teasers = may_.teasers, .comments = true});
        value = value_[top];
    }
    if (value < 50)
        top = best({.teasers = true, .comments = true, .links = true});
    return top;
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
            return e.all.chars > 0 && e.all.linked * 4 > e.all.chars * 3 && value_[at] < -20;
        default:
            return false;
    }
}

void chooser::prune(std::size_t top, article_choice& choice) const {
    for (auto i = top + 1; i < all_[top].end;) {
        auto const& e = all_[i];
        auto const drop = marked(i) || (!may_.links && is_link_list(i));
        if (drop)
            choice.dropped.push_back(static_cast<std::uint32_t>(i));
        i = drop ? e.end : i + 1;
    }
}

article_choice chooser::choose() {
    auto const top = decide();
    article_choice choice;
    choice.parts.push_back(static_cast<std::uint32_t>(top));
    prune(top, choice);
    return choice;
}

}  // namespace

article_choice choose(page_facts const& facts) {
    return chooser(facts).choose();
}

}  // namespace fetchd::tasks
