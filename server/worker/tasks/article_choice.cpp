#include "worker/tasks/article_choice.hpp"

#include <algorithm>

#include "worker/tasks/article_words.hpp"

namespace fetchd::tasks {
namespace {

using html::tag;

constexpr auto junk_words = says::comments | says::sharing | says::related | says::navigation | says::advert |
                            says::aside | says::footer | says::sign_up | says::overlay | says::unseen |
                            says::tools;

bool is_heading(tag t) {
    return t >= tag::h1 && t <= tag::h6;
}

int cost_of(tag t) {
    if (is_heading(t))
        return 0;
    switch (t) {
        case tag::td:
        case tag::th:
        case tag::dt:
        case tag::dd:
            return 5;
        case tag::li:
            return 8;
        case tag::p:
        case tag::pre:
        case tag::blockquote:
            return 8;
        default:
            return 25;
    }
}

// What a block's own text speaks for it being content, in characters: the text less its links, which count
// against it, and less a price for each block, as navigation comes in many short ones.
int worth(element const& e) {
    if (e.own.chars == 0)
        return 0;
    auto const plain = static_cast<int>(std::min(e.own.chars - e.own.linked, 100000U));
    auto const linked = static_cast<int>(std::min(e.own.linked, 100000U));
    auto const value = plain - 3 * std::max(0, linked - plain / 2) - cost_of(e.tag);
    return value;
}

class chooser {
  public:
    explicit chooser(page_facts const& facts)
        : all_(facts.elements), value_(all_.size()), dropped_(all_.size()) {}

    article_choice choose();

  private:
    void judge();
    bool is_junk(element const&) const;
    std::size_t best() const;
    void prune(std::size_t top, article_choice&);

    std::vector<element> const& all_;
    std::vector<int> value_;
    std::vector<bool> dropped_;
    std::uint32_t prose_ = 0;
};

bool chooser::is_junk(element const& e) const {
    switch (e.tag) {
        case tag::nav:
        case tag::aside:
        case tag::footer:
        case tag::button:
        case tag::form:
            return true;
        default:
            return (e.says & junk_words) != 0;
    }
}

void chooser::judge() {
    auto const total = all_[0].all.chars;
    for (std::size_t i = all_.size(); i-- > 0;) {
        auto const& e = all_[i];
        if (e.block)
            value_[i] += worth(e);
        if (i > 0 && e.block && e.all.chars * 2 < total && is_junk(e)) {
            dropped_[i] = true;
            value_[i] = std::min(value_[i], 0);
        }
        if (i > 0)
            value_[e.parent] += value_[i];
    }
}

std::size_t chooser::best() const {
    std::size_t at = 0;
    for (std::size_t i = 0; i < all_.size(); ++i)
        if (value_[i] >= value_[at])
            at = i;
    for (bool deeper = true; deeper;) {
        deeper = false;
        for (auto child = at + 1; child < all_[at].end; child = all_[child].end)
            if (value_[child] * 10 >= value_[at] * 9) {
                at = child;
                deeper = true;
                break;
            }
    }
    return at;
}

void chooser::prune(std::size_t top, article_choice& choice) {
    for (auto i = top + 1; i < all_[top].end;) {
        auto const& e = all_[i];
        bool drop = dropped_[i];
        if (!drop && e.block && e.all.chars > 0 && !is_heading(e.tag))
            drop = e.all.linked * 3 > e.all.chars * 2 && value_[i] < -20;
        if (drop)
            choice.dropped.push_back(static_cast<std::uint32_t>(i));
        i = drop ? e.end : i + 1;
    }
}

article_choice chooser::choose() {
    judge();
    article_choice choice;
    auto const top = best();
    choice.parts.push_back(static_cast<std::uint32_t>(top));
    prune(top, choice);
    return choice;
}

}  // namespace

article_choice choose(page_facts const& facts) {
    return chooser(facts).choose();
}

}  // namespace fetchd::tasks
