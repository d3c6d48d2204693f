#include "worker/tasks/article_facts.hpp"

#include <array>

#include "worker/tasks/article_words.hpp"
#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks::articles {
namespace {

using html::node;
using html::tag;

// ---- text

// How much each byte of UTF-8 counts for: letters and signs once, by the first byte of a character.
constexpr auto weights = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0x21; c < 0x7F; ++c)
        table[c] = 1;
    for (unsigned c = 0xC2; c < 0xF5; ++c)
        table[c] = 1;
    for (unsigned c = 0xE3; c < 0xEE; ++c)
        table[c] = 2;  // U+3000 to U+DFFF: Chinese, Japanese, Korean
    return table;
}();

constexpr auto may_stop = [] {
    std::array<bool, 256> table{};
    for (char const c : {',', '.', ';', ':', '!', '?'})
        table[static_cast<unsigned char>(c)] = true;
    table[0xD8] = true;  // U+060C, U+061B, U+061F
    table[0xE0] = true;  // U+0964
    table[0xE3] = true;  // U+3001, U+3002
    table[0xEF] = true;  // U+FF0C, U+FF01, U+FF1F, U+FF1B
    return table;
}();

bool is_stop(std::string_view s, std::size_t at) {
    auto const c = static_cast<unsigned char>(s[at]);
    if (c < 0x80)
        return at + 1 == s.size() || !((s[at + 1] >= '0' && s[at + 1] <= '9') ||
                                       (s[at + 1] >= 'a' && s[at + 1] <= 'z') || s[at + 1] == '/');
    auto const rest = s.substr(at, 3);
    if (c == 0xD8)
        return rest.starts_with("\u060C") || rest.starts_with("\u061B") || rest.starts_with("\u061F");
    return rest == "\u0964" || rest == "\u3001" || rest == "\u3002" || rest == "\uFF0C" || rest == "\uFF01" ||
           rest == "\uFF1F" || rest == "\uFF1B";
}

text_amount measured(std::string_view s, bool linked) {
    text_amount amount;
    for (std::size_t i = 0; i < s.size(); ++i) {
        auto const c = static_cast<unsigned char>(s[i]);
        amount.chars += weights[c];
        if (may_stop[c] && !linked)
            amount.stops += static_cast<std::uint32_t>(is_stop(s, i));
    }
    if (linked)
        amount.linked = amount.chars;
    return amount;
}

// ---- elements

class collector {
  public:
    explicit collector(tree_facts& facts) : facts_(facts) {}

    html::step enter(node n) {
        n.set_number(++facts_.nodes);
        if (unseen_)
            return html::step::into;
        auto const t = n.tag();
        if (t == tag::text) {
            add_text(n.text());
            return html::step::past;
        }
        if (html::is_hidden(n) || t == tag::comment) {
            unseen_ = n;
            return html::step::into;
        }
        add(n, t);
        return html::step::into;
    }

    void leave(node n) {
        if (unseen_) {
            if (n == unseen_)
                unseen_ = node();
            return;
        }
        auto& e = facts_.elements[open_];
        e.end = static_cast<std::uint32_t>(facts_.elements.size());
        open_ = e.parent;
    }

    void sum_up();

  private:
    void add(node, tag);
    void add_text(std::string_view);
    void read_attributes(element&);
    std::uint32_t said(std::string_view names);

    tree_facts& facts_;
    std::uint32_t open_ = 0;  // the innermost element
    struct known_names {
        std::string_view names;
        std::uint32_t bits = 0;
    };
    std::array<known_names, 256> known_;  // pages use the same names again and again
    node unseen_;                         // a hidden node the walk is in
};

void collector::add(node n, tag t) {
    auto& elements = facts_.elements;
    element e;
    e.at = n;
    e.tag = t;
    e.first = facts_.nodes;
    e.parent = open_;
    e.block = t == tag::document || html::is_block(t);
    e.linked = !elements.empty() && elements[open_].linked;
    read_attributes(e);
    open_ = static_cast<std::uint32_t>(elements.size());
    elements.push_back(e);
}

std::uint32_t collector::said(std::string_view names) {
    if (names.empty())
        return 0;
    auto const first = static_cast<unsigned char>(names.front());
    auto const last = static_cast<unsigned char>(names.back());
    auto const middle = static_cast<unsigned char>(names[names.size() / 2]);
    auto& known = known_[(names.size() * 31U + first * 7U + last * 3U + middle) % known_.size()];
    if (known.names != names)
        known = {names, said_by(names)};
    return known.bits;
}

void collector::read_attributes(element& e) {
    if (e.tag == tag::main)
        e.says |= says::middle;
    for (auto a = e.at.first_attribute(); a; a = a.next()) {
        auto const name = a.name();
        if (name == "role" && a.value() == "main")
            e.says |= says::middle;
        if (name == "class" || name == "id" || name == "role")
            e.says |= said(a.value());
        else if (name == "href" && e.tag == tag::a)
            e.linked = true;
        else if (name == "itemprop" && a.value() == "articleBody")
            e.says |= says::body;
        else if (name == "aria-hidden" && a.value() == "true")
            e.says |= says::unseen;
    }
}

void collector::add_text(std::string_view s) {
    auto& elements = facts_.elements;
    if (elements.empty())
        return;
    auto const amount = measured(s, elements[open_].linked);
    if (amount.chars > 0)
        elements[open_].own += amount;
}

// From the last to the first: each element is whole when it is added to the one around it.
void collector::sum_up() {
    auto& elements = facts_.elements;
    for (std::size_t i = elements.size(); i-- > 1;) {
        auto& e = elements[i];
        auto& around = elements[e.parent];
        around.all += e.all;
        // Text outside of all blocks in an inline element belongs to the block around.
        (e.block ? around.all : around.own) += e.own;
        e.all += e.own;
        around.links += e.links + static_cast<std::uint32_t>(e.tag == tag::a && e.linked);
        around.controls +=
            e.controls + static_cast<std::uint32_t>(e.tag == tag::input || e.tag == tag::button);
        around.headings += e.headings + static_cast<std::uint32_t>(e.tag >= tag::h1 && e.tag <= tag::h6);
    }
    if (!elements.empty())
        elements[0].all += elements[0].own;
}

}  // namespace

tree_facts facts_of(html::document const& document) {
    tree_facts facts;
    collector collect(facts);
    html::walk(
        document.root(), [&](node n) { return collect.enter(n); }, [&](node n) { collect.leave(n); });
    collect.sum_up();
    return facts;
}

}  // namespace fetchd::tasks::articles
