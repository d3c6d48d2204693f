#include "worker/tasks/article_marks.hpp"

#include <algorithm>
#include <array>

#include "worker/tasks/article_labels.hpp"
#include "worker/tasks/article_words.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks::articles {
namespace {

using html::tag;

constexpr std::uint32_t most_chars = 1'000'000;  // of one block, so that sums do not overflow

// Prose that has to stand before comments for them to be comments on it.
constexpr int enough_before = 120;

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
    marker(tree_facts const& facts, page_marks& made)
        : all_(facts.elements),
          made_(made),
          lead_(all_.size(), 0),
          labels_(all_.size(), 0),
          teasers_(all_.size(), 0) {}

    void weigh();
    void find_teasers();
    void read_labels();
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
    mark by_label(std::size_t) const;
    bool is_form_box(std::size_t) const;
    mark judged(std::size_t) const;
    void mark_labelled(std::size_t label);
    bool looks_like_teaser(std::size_t) const;

    std::vector<element> const& all_;
    page_marks& made_;
    std::vector<std::uint32_t> lead_;     // the first block with text in each element; 0: none
    std::vector<std::uint16_t> labels_;   // of short blocks: what their text says, the low bits of says::
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

struct beginning {
    std::array<char, max_label> text;
    std::size_t length = 0;
    bool whole = true;
};

// The text of a block up to its first link that does not begin it, or as far as it fits.
void read_beginning(html::node block, beginning& to) {
    to.length = 0;
    to.whole = true;
    unsigned nodes = 0;
    html::walk(block, [&](html::node n) {
        if (++nodes > 12 || to.length == to.text.size() || (n.tag() == tag::a && to.length > 0))
            return html::step::stop;
        if (n.tag() != tag::text)
            return html::step::into;
        auto const text = utf8::trimmed(n.text());
        if (to.length > 0 && !text.empty())
            to.text[to.length++] = ' ';
        auto const some = std::min(text.size(), to.text.size() - to.length);
        std::copy_n(text.begin(), some, to.text.begin() + static_cast<std::ptrdiff_t>(to.length));
        to.length += some;
        to.whole = some == text.size();
        return html::step::into;
    });
}

void marker::read_labels() {
    beginning begin;
    for (std::size_t i = 1; i < all_.size(); ++i) {
        auto const& e = all_[i];
        if (!e.block || e.own.chars < 4 || e.own.chars > 2000)
            continue;
        auto const mostly_link = e.own.linked * 2 > e.own.chars;
        if (e.own.chars >= max_label && !mostly_link && lead_[e.parent] != i)
            continue;
        read_beginning(e.at, begin);
        auto const is_start = !begin.whole || (mostly_link && e.own.chars >= max_label / 2);
        labels_[i] = static_cast<std::uint16_t>(labelled({begin.text.data(), begin.length}, is_start));
    }
}

mark marker::by_tag(std::size_t at) const {
    switch (all_[at].tag) {
        case tag::aside:
            return (all_[at].says & says::note) != 0 || outweighs(at, 70) ? mark::none : mark::junk;
        case tag::nav:
            return outweighs(at, 70) || (all_[at].links == 0 && all_[at].all.chars > 40) ? mark::none
                                                                                         : mark::junk;
        case tag::footer:
        case tag::button:
        case tag::form:
        case tag::menu:
            return outweighs(at, 70) ? mark::none : mark::junk;
        default:
            return mark::none;
    }
}

mark marker::by_words(std::size_t at) const {
    auto const& e = all_[at];
    auto const says = e.says;
    auto const small = e.all.chars < (e.links == 0 ? 40U : 150U);
    // Comments stand below what they are about: so named, the first thing on a page is its content.
    if ((says & says::comments) != 0 && (made_.plain >= enough_before || !outweighs(at, 40)))
        return mark::comments;
    // Pictures with more text than stands before them are a piece of their own.
    if ((says & says::gallery) != 0 && made_.plain >= 500 && made_.prose[at] > made_.plain)
        return mark::junk;
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
    if ((says & says::header) != 0 && made_.prose[at] < 100 && (e.links > 0 || e.controls > 0))
        return mark::junk;
    if ((says & (says::aside | says::tools)) != 0 && (made_.prose[at] < 150 || linked(e, 40)))
        return mark::junk;
    return mark::none;
}

mark marker::by_label(std::size_t at) const {
    auto const& e = all_[at];
    auto const says = labels_[lead_[at]];
    if (says == 0 || outweighs(at, says == says::overlay ? 90 : 40))
        return mark::none;
    if (says == says::overlay)
        return e.all.chars < 5000 ? mark::junk : mark::none;
    if (e.all.chars < 2 * max_label && (e.all.chars < max_label || lead_[at] == at))
        return (says & says::comments) != 0 ? mark::comments : mark::junk;
    if ((says & says::comments) != 0)
        return made_.plain >= enough_before ? mark::comments : mark::none;
    if ((says & says::advert) != 0)
        return e.all.chars < 300 ? mark::junk : mark::none;
    if ((says & says::related) != 0)
        return linked(e, 30) || teasers_[at] > 1 ? mark::junk : mark::none;
    return e.all.chars < 500 ? mark::junk : mark::none;
}

// A label that stands before what it is about, not around it: marks what follows as far as it goes with it.
void marker::mark_labelled(std::size_t label) {
    auto const& e = all_[label];
    auto const says = labels_[lead_[label]];
    if (says == 0 || e.all.chars >= max_label)
        return;
    auto const comments = (says & says::comments) != 0;
    if (comments && (e.headings == 0 && !is_heading(e.tag)))
        return;
    if (!comments && (says & says::related) == 0)
        return;
    for (std::size_t i = e.end; i < all_.size() && all_[i].parent == e.parent; i = all_[i].end) {
        auto const& next = all_[i];
        if (is_heading(next.tag) || (!comments && next.all.chars > 0 && !linked(next, 40) && teasers_[i] < 2))
            return;
        if (comments && (made_.plain < enough_before || outweighs(i, 90)))
            return;
        made_.of[i] = comments ? mark::comments : mark::junk;
    }
}

// A small box to fill in or to choose from, without a title of the page in it.
bool marker::is_form_box(std::size_t at) const {
    auto const& e = all_[at];
    if (e.controls == 0 || e.all.chars >= 300 || made_.prose[at] >= 120 || e.end - at > 60 ||
        (e.tag != tag::div && e.tag != tag::section))
        return false;
    return std::none_of(all_.begin() + static_cast<std::ptrdiff_t>(at), all_.begin() + e.end,
                        [](element const& x) { return x.tag == tag::h1 || x.tag == tag::h2; });
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
    if (is_form_box(at))
        return mark::junk;
    if (auto const m = by_label(at); m != mark::none)
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
        if (made_.of[i] == mark::none && e.block) {
            made_.of[i] = judged(i);
            if (labels_[lead_[i]] != 0)
                mark_labelled(i);
        } else if (!e.block && (e.says & says::unseen) != 0 && !outweighs(i, 40)) {
            made_.of[i] = mark::junk;
        }
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

page_marks marks_of(tree_facts const& facts) {
    page_marks made;
    made.of.assign(facts.elements.size(), mark::none);
    made.prose.assign(facts.elements.size(), 0);
    marker work(facts, made);
    work.weigh();
    work.read_labels();
    work.find_teasers();
    work.mark_all();
    return made;
}

}  // namespace fetchd::tasks::articles
