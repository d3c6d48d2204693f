#include "worker/tasks/article_marks.hpp"

#include <algorithm>

#include "worker/tasks/article_words.hpp"

namespace fetchd::tasks {
namespace {

using html::tag;

constexpr std::uint32_t most_chars = 1'000'000;  // of one block, so that sums do not overflow

int price_of(tag t) {
    if (is_heading(t))
        return 0;
    switch (t) {
        case tag::td:
        case tag::th:
        case tag::dt:
        case tag::dd:
            return 5;
        case tag::li:
        case tag::p:
        case tag::pre:
        case tag::blockquote:
            return 8;
        default:
            return 25;
    }
}

class marker {
  public:
    marker(page_facts const& facts, page_marks& made)
        : all_(facts.elements), made_(made), lead_(all_.size(), 0), teasers_(all_.size(), 0) {}

    void weigh();
    void find_teasers();
    void mark_all();

  private:
    bool outweighs(std::size_t at, int percent) const {
        return static_cast<std::int64_t>(made_.prose[at]) * 100 >
               static_cast<std::int64_t>(made_.prose[0]) * percent;
    }
    bool linked(element const& e, unsigned percent) const {
        return std::uint64_t{e.all.linked} * 100 > std::uint64_t{e.all.chars} * percent;
    }
    mark by_tag(std::size_t) const;
    mark by_words(std::size_t) const;
    mark judged(std::size_t) const;
    bool looks_like_teaser(std::size_t) const;

    std::vector<element> const& all_;
    page_marks& made_;
    std::vector<std::uint32_t> lead_;     // the first block with text in each element; 0: none
    std::vector<std::uint16_t> teasers_;  // how many children look like teasers
};

void marker::weigh() {
    for (std::size_t i = all_.size(); i-- > 1;) {
        auto const& e = all_[i];
        if (e.block) {
            made_.prose[i] += std::max(worth(e), 0);
            if (lead_[i] == 0 && e.own.chars > 0)
                lead_[i] = static_cast<std::uint32_t>(i);
        }
        made_.prose[e.parent] += made_.prose[i];
        if (lead_[i] != 0)
            lead_[e.parent] = lead_[i];
    }
}

// A few lines that begin with a link: the title of another page and what it is about.
bool marker::looks_like_teaser(std::size_t at) const {
    auto const& e = all_[at];
    if (e.all.chars > 600 || e.all.linked == 0 || lead_[at] == 0)
        return false;
    switch (e.tag) {
        case tag::li:
        case tag::article:
        case tag::div:
        case tag::section:
        case tag::td:
            break;
        default:
            return false;
    }
    return e.headings > 0 || (lead_[at] != at && e.all.chars > all_[lead_[at]].own.chars);
}

void marker::find_teasers() {
    for (std::size_t i = 1; i < all_.size(); ++i)
        if (looks_like_teaser(i)) {
            auto const& first = all_[lead_[i]].own;
            if (first.linked * 5 >= first.chars * 4 && teasers_[all_[i].parent] < UINT16_MAX)
                ++teasers_[all_[i].parent];
        }
}

mark marker::by_tag(std::size_t at) const {
    switch (all_[at].tag) {
        case tag::nav:
        case tag::aside:
        case tag::footer:
        case tag::button:
        case tag::form:
        case tag::menu:
            return outweighs(at, 40) ? mark::none : mark::junk;
        default:
            return mark::none;
    }
}

mark marker::by_words(std::size_t at) const {
    auto const& e = all_[at];
    auto const says = e.says;
    auto const small = e.all.chars < 150;
    // Comments stand below what they are about: so named, the first thing on a page is its content.
    if ((says & says::comments) != 0 && (made_.plain >= 250 || !outweighs(at, 40)))
        return mark::comments;
    if (outweighs(at, 40))
        return mark::none;
    if ((says & (says::advert | says::footer | says::unseen | says::overlay)) != 0)
        return mark::junk;
    if ((says & says::sharing) != 0 && (e.all.chars < 400 || linked(e, 30)))
        return mark::junk;
    if ((says & says::sign_up) != 0 && (e.all.chars < 800 || e.controls > 0))
        return mark::junk;
    if ((says & (says::related | says::navigation)) != 0 && (small || linked(e, 25) || teasers_[at] > 1))
        return mark::junk;
    if ((says & (says::aside | says::tools)) != 0 && (made_.prose[at] < 150 || linked(e, 40)))
        return mark::junk;
    return mark::none;
}

mark marker::judged(std::size_t at) const {
    auto const& e = all_[at];
    if (e.tag == tag::html || e.tag == tag::body || e.tag == tag::main)
        return mark::none;
    if (auto const m = by_tag(at); m != mark::none)
        return m;
    if (e.says != 0)
        if (auto const m = by_words(at); m != mark::none)
            return m;
    if (looks_like_teaser(at)) {
        auto const& first = all_[lead_[at]];
        auto const is_link = first.own.linked * 5 >= first.own.chars * 4;
        if (is_link && (is_heading(first.tag) || teasers_[e.parent] > 2))
            return mark::teaser;
    }
    return mark::none;
}

void marker::mark_all() {
    for (std::size_t i = 1; i < all_.size();) {
        auto const& e = all_[i];
        if (made_.of[i] == mark::none && e.block)
            made_.of[i] = judged(i);
        switch (made_.of[i]) {
            case mark::none:
                if (e.block)
                    made_.plain += std::max(worth(e), 0);
                break;
            case mark::comments:
                made_.comments += made_.prose[i];
                break;
            case mark::teaser:
                made_.teasers += made_.prose[i];
                break;
            case mark::junk:
                break;
        }
        i = made_.of[i] == mark::none ? i + 1 : e.end;
    }
}

}  // namespace

bool is_heading(tag t) {
    return t >= tag::h1 && t <= tag::h6;
}

int worth(element const& e) {
    if (e.own.chars == 0)
        return 0;
    auto const plain = static_cast<int>(std::min(e.own.chars - e.own.linked, most_chars));
    auto const linked = static_cast<int>(std::min(e.own.linked, most_chars));
    return plain - 3 * std::max(0, linked - plain / 2) - price_of(e.tag);
}

page_marks marks_of(page_facts const& facts) {
    page_marks made;
    made.of.assign(facts.elements.size(), mark::none);
    made.prose.assign(facts.elements.size(), 0);
    marker work(facts, made);
    work.weigh();
    work.find_teasers();
    work.mark_all();
    return made;
}

}  // namespace fetchd::tasks
