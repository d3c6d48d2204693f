#include <algorithm>
#include <cmath>

#include "base/ascii.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/utf8.hpp"
#include "worker/tasks/xpath_evaluate.hpp"

namespace fetchd::xpath {
namespace {

// XPath §4.4: half up, also below zero.
double rounded(double n) {
    if (!std::isfinite(n) || n == std::floor(n))
        return n;
    return std::floor(n + 0.5);
}

bool continues(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

std::size_t characters(std::string_view s) {
    return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return !continues(c); }));
}

// The character at the start, which there must be.
std::string_view next_character(std::string_view s) {
    std::size_t length = 1;
    while (length < s.size() && continues(s[length]))
        ++length;
    return s.substr(0, length);
}

std::string_view name_of(item const& i) {
    if (i.attribute)
        return i.attribute.name();
    return css::is_element(i.node) ? i.node.name() : std::string_view();
}

}  // namespace

bool evaluator::call_truth(expression_node const& e, context const& here) {
    switch (e.called) {
        case function::true_:
            return true;
        case function::false_:
            return false;
        case function::boolean:
            return truth(e.parts[0], here);
        case function::not_:
            return !truth(e.parts[0], here);
        case function::lang:
            return speaks(here, text(e.parts[0], here));
        case function::has_class:
            return has_class(e, here);
        case function::starts_with:
            return text(e.parts[0], here).starts_with(text(e.parts[1], here));
        default: {
            auto const all = text(e.parts[0], here);
            auto const part = text(e.parts[1], here);
            return left_.spend(part.size() * all.size() / 1024) && all.find(part) != std::string::npos;
        }
    }
}

double evaluator::call_number(expression_node const& e, context const& here) {
    switch (e.called) {
        case function::last:
            return static_cast<double>(here.size);
        case function::position:
            return static_cast<double>(here.position);
        case function::count:
            return static_cast<double>(any(e.parts[0], here).nodes.size());
        case function::sum: {
            auto total = 0.0;
            for (auto const& i : any(e.parts[0], here).nodes)
                total += left_.spent() ? 0 : number_of_text(text_of(i, left_));
            return total;
        }
        case function::string_length:
            return static_cast<double>(characters(own_text(e, here)));
        case function::number:
            return e.parts.empty() ? number_of_text(own_text(e, here)) : number(e.parts[0], here);
        case function::floor:
            return std::floor(number(e.parts[0], here));
        case function::ceiling:
            return std::ceil(number(e.parts[0], here));
        default:
            return rounded(number(e.parts[0], here));
    }
}

std::string evaluator::call_text(expression_node const& e, context const& here) {
    switch (e.called) {
        case function::concat: {
            std::string all;
            for (auto const part : e.parts)
                if (auto const piece = text(part, here); left_.spend(1 + piece.size() / 4))
                    all += piece;
            return all;
        }
        case function::string:
            return own_text(e, here);
        case function::normalize_space:
            return html::collapsed(own_text(e, here));
        case function::substring:
            return substring(e, here);
        case function::translate:
            return translated(e, here);
        case function::substring_before:
        case function::substring_after: {
            auto const all = text(e.parts[0], here);
            auto const mark = text(e.parts[1], here);
            left_.spend(mark.size() * all.size() / 1024);
            auto const at = left_.spent() ? std::string::npos : all.find(mark);
            if (at == std::string::npos)
                return {};
            return e.called == function::substring_before ? all.substr(0, at) : all.substr(at + mark.size());
        }
        case function::namespace_uri:
            return {};
        default: {
            auto there = false;
            auto const of = subject(e, here, there);
            auto const name = there ? name_of(of) : std::string_view();
            auto const colon = e.called == function::local_name ? name.find(':') : std::string_view::npos;
            return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
        }
    }
}

// The first node of the argument, or the context where there is no argument.
item evaluator::subject(expression_node const& e, context const& here, bool& there) {
    there = true;
    if (e.parts.empty())
        return here.at;
    auto const found = any(e.parts[0], here).nodes;
    there = !found.empty();
    return there ? found.front() : item();
}

std::string evaluator::own_text(expression_node const& e, context const& here) {
    return e.parts.empty() ? text_of(here.at, left_) : text(e.parts[0], here);
}

// XPath §4.1, id(): the first element with each id.
evaluator::items evaluator::with_ids(value const& v) {
    if (!ids_known_)
        html::walk(page_.document, [&](html::node n) {
            if (!left_.spend(2))
                return html::step::stop;
            if (css::is_element(n))
                if (auto const id = n.attribute("id"))
                    ids_.emplace(*id, n);
            return html::step::into;
        });
    ids_known_ = true;
    items out;
    auto const add = [&](std::string_view words) {
        while (!words.empty()) {
            auto const end = std::find_if(words.begin(), words.end(), utf8::is_space);
            auto const length = static_cast<std::size_t>(end - words.begin());
            if (auto const found = ids_.find(words.substr(0, length)); found != ids_.end())
                out.emplace_back(found->second);
            words.remove_prefix(std::min(length + 1, words.size()));
        }
    };
    if (v.kind != type::nodes)
        add(text_of(v, left_));
    for (auto const& i : v.nodes)
        if (!left_.spent())
            add(text_of(i, left_));
    settle(out, left_);
    return out;
}

// Ours, as others have it: all the words are among those of the class attribute.
bool evaluator::has_class(expression_node const& e, context const& here) {
    auto const of = css::is_element(here.at.node) ? here.at.node.attribute("class") : std::nullopt;
    auto const all = " " + html::collapsed(of.value_or("")) + " ";
    left_.spend(all.size() / 4);
    return std::all_of(e.parts.begin(), e.parts.end(), [&](place p) {
        auto const word = text(p, here);
        return left_.spend(word.size() * all.size() / 1024) &&
               all.find(" " + word + " ") != std::string::npos;
    });
}

// XPath §4.3, with HTML's attribute.
bool evaluator::speaks(context const& here, std::string const& language) {
    for (auto at = here.at.node; at && left_.spend(1); at = at.parent()) {
        auto const said = css::is_element(at) ? at.attribute("lang") : std::nullopt;
        if (!said)
            continue;
        auto const start = said->substr(0, language.size());
        return ascii_lowered(start) == ascii_lowered(language) &&
               (said->size() == language.size() || (*said)[language.size()] == '-');
    }
    return false;
}

// XPath §4.2: the characters whose places, from 1, are at least the second argument's and less than that
// and the third together, rounded.
std::string evaluator::substring(expression_node const& e, context const& here) {
    auto const all = text(e.parts[0], here);
    auto const from = rounded(number(e.parts[1], here));
    auto const end = e.parts.size() > 2 ? from + rounded(number(e.parts[2], here)) : INFINITY;
    std::string out;
    double at = 0;
    for (auto const c : all) {
        at += continues(c) ? 0 : 1;
        if (at >= from && at < end)
            out += c;
    }
    return out;
}

std::string evaluator::translated(expression_node const& e, context const& here) {
    auto const all = text(e.parts[0], here);
    auto const from = text(e.parts[1], here);
    auto const to = text(e.parts[2], here);
    std::unordered_map<std::string_view, std::string_view> map;
    for (std::string_view a = from, b = to; !a.empty();) {
        auto const replaced = next_character(a);
        auto const by = b.empty() ? std::string_view() : next_character(b);
        map.emplace(replaced, by);
        a.remove_prefix(replaced.size());
        b.remove_prefix(by.size());
    }
    std::string out;
    left_.spend((all.size() + from.size()) / 2);
    for (std::string_view rest = all; !rest.empty() && !left_.spent();) {
        auto const c = next_character(rest);
        auto const found = map.find(c);
        out += found == map.end() ? c : found->second;
        rest.remove_prefix(c.size());
    }
    return out;
}

}  // namespace fetchd::xpath
