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

void search(css::selector const& compiled, html::document const& document, html::node root,
            std::uint32_t nodes) {
    css::page where(document.root(), root, nodes, steps);
    css::matcher with(compiled, where);
    css::search all(with, document.root(), root);
    std::vector<std::uint32_t> found;
    while (auto const n = all.next())
        found.push_back(n.number());
    if (!std::is_sorted(found.begin(), found.end()))
        std::abort();
    if (where.left.spent())
        return;
    // A matcher that remembers nothing yet, element by element from the last to the first.
    css::page again(document.root(), root, nodes, 100 * steps);
    std::vector<html::node> elements;
    html::walk(document.root(), [&](html::node n) {
        if (css::is_element(n))
            elements.push_back(n);
        return html::step::into;
    });
    std::vector<std::uint32_t> one_by_one;
    css::matcher single(compiled, again);
    for (auto n = elements.rbegin(); n != elements.rend(); ++n)
        if (single.matches(*n, root, true))
            one_by_one.push_back(n->number());
    std::reverse(one_by_one.begin(), one_by_one.end());
    if (!again.left.spent() && one_by_one != found)
        std::abort();
}

void evaluate(xpath::expression const& compiled, html::document const& document, html::node root,
              std::uint32_t nodes) {
    css::page where(document.root(), root, nodes, steps);
    auto const given = xpath::evaluator(where).evaluate(compiled, root ? root : document.root());
    auto const before = [](xpath::item const& a, xpath::item const& b) { return a.order() < b.order(); };
    if (!where.left.spent() && !std::is_sorted(given.nodes.begin(), given.nodes.end(), before))
        std::abort();
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
