// Any selector or expression over any page: the first line is the selector, what follows is the page. What
// CSS finds is what testing each element by itself finds, XPath gives nodes in document order, and all tasks'
// fields can be any bytes.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "worker/tasks/css_match.hpp"
#include "worker/tasks/registry.hpp"
#include "worker/tasks/select_fields.hpp"
#include "worker/tasks/utf8.hpp"
#include "worker/tasks/xpath_evaluate.hpp"

namespace {

using namespace fetchd;

constexpr std::uint64_t steps = 200'000;

using numbers = std::vector<std::uint64_t>;

numbers found(css::matcher& with, html::document const& document, html::node root) {
    numbers out;
    css::search all(with, document.root(), root);
    while (auto const n = all.next())
        out.push_back(n.number());
    return out;
}

numbers one_by_one(css::matcher& with, html::document const& document, html::node root) {
    std::vector<html::node> elements;
    html::walk(document.root(), [&](html::node n) {
        if (css::is_element(n))
            elements.push_back(n);
        return html::step::into;
    });
    numbers out;
    for (auto n = elements.rbegin(); n != elements.rend(); ++n)
        if (with.matches(*n, root, true))
            out.push_back(n->number());
    std::reverse(out.begin(), out.end());
    return out;
}

void search(css::selector const& compiled, html::document const& document, html::node root,
            std::uint32_t nodes) {
    css::page where(document.root(), root, nodes, steps);
    css::matcher with(compiled, where);
    auto const first = found(with, document, root);
    if (!std::is_sorted(first.begin(), first.end()))
        std::abort();
    for (auto round = 0; round < 3; ++round)
        if (auto const later = found(with, document, root); !where.left.spent() && later != first)
            std::abort();
    // A matcher that remembers nothing yet, from the last element to the first.
    css::page again(document.root(), root, nodes, 100 * steps);
    css::matcher fresh(compiled, again);
    auto const single = one_by_one(fresh, document, root);
    if (!where.left.spent() && !again.left.spent() && single != first)
        std::abort();
}

void evaluate(xpath::expression const& compiled, html::document const& document, html::node root,
              std::uint32_t nodes) {
    css::page where(document.root(), root, nodes, steps);
    xpath::evaluator run(where);
    numbers first;
    for (auto round = 0; round < 4 && !where.left.spent(); ++round) {
        numbers now;
        for (auto const& i : run.evaluate(compiled, root ? root : document.root()).nodes)
            now.push_back(i.order());
        if (where.left.spent())
            break;
        if (!std::is_sorted(now.begin(), now.end()) || (round > 0 && now != first))
            std::abort();
        first = std::move(now);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string text;
    utf8::append_valid(text, {reinterpret_cast<char const*>(data), size});
    std::string_view const all(text);
    auto const line = std::min(all.find('\n'), all.size());
    auto const selector = all.substr(0, line);
    auto const page = all.substr(std::min(line + 1, all.size()));
    (void)select::read_fields(selector);
    auto const css = css::compile(selector, true);
    auto const xpath = xpath::compile(selector);
    if (!css && !xpath)
        return 0;
    auto const document = html::document::parse(page);
    if (!document)
        return 0;
    std::uint32_t nodes = 0;
    html::node root;
    html::walk(document->root(), [&](html::node n) {
        n.set_number(++nodes);
        if (!root && css::is_element(n))
            root = n;
        return html::step::into;
    });
    if (css)
        search(*css, *document, root, nodes);
    if (xpath)
        evaluate(*xpath, *document, root, nodes);
    return 0;
}
