#include "worker/tasks/microdata.hpp"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/json_text.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_value = 16 * 1024;
constexpr std::size_t max_names = 50;  // of one property

struct property {
    std::string_view name;
    node element;
    std::size_t place = 0;  // among the properties of the item; then of the first with its name
};

// The attribute that holds the value of an element that has a URL, or a machine-readable value.
std::string_view attribute_of(node n, bool& is_url) {
    is_url = true;
    switch (n.tag()) {
        case tag::audio:
        case tag::embed:
        case tag::iframe:
        case tag::img:
        case tag::source:
        case tag::track:
        case tag::video:
            return "src";
        case tag::a:
        case tag::area:
        case tag::link:
            return "href";
        case tag::object:
            return "data";
        default:
            break;
    }
    is_url = false;
    if (n.tag() == tag::meta)
        return "content";
    if (n.tag() != tag::other)
        return {};
    auto const name = n.name();
    if (name == "data" || name == "meter")
        return "value";
    return name == "time" ? "datetime" : "";
}

class writer {
  public:
    writer(std::string& out, resolver& links, microdata_limits const& most)
        : out_(out), links_(links), left_(most) {}

    // What the items of the page refer to by itemref, found in one walk where any does.
    void find_references(node root, std::span<node const> scopes) {
        for (auto scope : scopes)
            for_each_word(scope.attribute("itemref").value_or(""),
                          [this](std::string_view id) { referenced_.try_emplace(id); });
        if (referenced_.empty())
            return;
        html::walk(root, [this](node n) {
            if (n.tag() == tag::template_)
                return step::past;
            if (auto const id = n.attribute("id"))
                if (auto const place = referenced_.find(*id); place != referenced_.end() && !place->second)
                    place->second = n;
            return step::into;
        });
    }

    void item(node scope) {
        path_.push_back(scope);
        out_ += '{';
        types(scope);
        if (auto const id = scope.attribute("itemid"))
            if (auto const target = links_.resolve(*id)) {
                out_ += "\"id\":";
                json_text::append_string(out_, target->href);
                out_ += ',';
            }
        out_ += "\"properties\":{";
        auto found = properties_of(scope);
        properties(found);
        out_ += '}';
        if (found.empty())
            if (auto const text = html::inline_text(scope, max_value); !text.empty()) {
                out_ += ",\"value\":";
                write_text(text);
            }
        out_ += '}';
        path_.pop_back();
    }

    bool take_value() {
        if (left_.values == 0 || left_.text == 0)
            return false;
        --left_.values;
        return true;
    }

  private:
    void types(node scope) {
        char before = '[';
        for_each_word(scope.attribute("itemtype").value_or(""), [&](std::string_view type) {
            out_ += before == '[' ? "\"type\":[" : ",";
            before = ',';
            json_text::append_string(out_, utf8::prefix(type, max_value));
        });
        if (before == ',')
            out_ += "],";
    }

    // HTML §5.2.5, "the properties of an item", in tree order.
    std::vector<property> properties_of(node scope) {
        std::vector<property> found;
        for (auto child = scope.first_child(); child; child = child.next())
            collect(child, found);
        auto const refs = scope.attribute("itemref");
        if (!refs)
            return found;
        for_each_word(*refs, [&](std::string_view id) {
            if (auto const root = referenced_.find(id); root != referenced_.end() && root->second != scope)
                collect(root->second, found);
        });
        auto const before = [](property const& a, property const& b) {
            return std::pair(a.element.number(), a.name) < std::pair(b.element.number(), b.name);
        };
        auto const same = [](property const& a, property const& b) {
            return a.element == b.element && a.name == b.name;
        };
        std::sort(found.begin(), found.end(), before);
        found.erase(std::unique(found.begin(), found.end(), same), found.end());
        return found;
    }

    void collect(node top, std::vector<property>& found) {
        html::walk(top, [&](node n) {
            if (left_.nodes == 0)
                return step::stop;
            --left_.nodes;
            if (n.tag() == tag::text || n.tag() == tag::template_)
                return step::past;
            if (auto const names = n.attribute("itemprop"))
                add(n, *names, found);
            return n.attribute("itemscope") ? step::past : step::into;
        });
    }

    void add(node n, std::string_view names, std::vector<property>& found) {
        auto const begin = static_cast<std::ptrdiff_t>(found.size());
        std::size_t heard = 0;
        for_each_word(names, [&](std::string_view name) {
            if (heard++ >= max_names)
                return;
            bool const again = std::any_of(found.begin() + begin, found.end(),
                                           [&](property const& p) { return p.name == name; });
            if (!again && found.size() < left_.values)
                found.push_back({name, n});
        });
    }

    // Those of one name together, in the order their names come up first.
    void properties(std::vector<property>& all) {
        std::unordered_map<std::string_view, std::size_t> first;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].place = first.try_emplace(all[i].name, i).first->second;
        std::stable_sort(all.begin(), all.end(),
                         [](property const& a, property const& b) { return a.place < b.place; });
        bool open = false;
        for (std::size_t i = 0; i < all.size(); ++i) {
            bool const same = i != 0 && all[i].place == all[i - 1].place;
            if (!take_value())
                break;
            if (!same) {
                out_ += open ? "]," : "";
                json_text::append_string(out_, utf8::prefix(all[i].name, max_value));
                out_ += ":[";
            } else {
                out_ += ',';
            }
            open = true;
            value(all[i].element);
        }
        out_ += open ? "]" : "";
    }

    void value(node element) {
        if (!element.attribute("itemscope"))
            write_text(microdata_value(element, links_));
        else if (path_.size() == left_.depth || std::find(path_.begin(), path_.end(), element) != path_.end())
            out_ += "\"ERROR\"";  // HTML §5.5.2, of an item in itself; and of items nested too deep
        else
            item(element);
    }

    void write_text(std::string_view text) {
        left_.text -= std::min(left_.text, text.size());
        json_text::append_string(out_, text);
    }

    std::string& out_;
    resolver& links_;
    microdata_limits left_;
    std::unordered_map<std::string_view, node> referenced_;
    std::vector<node> path_;  // the items around the one that is written
};

}  // namespace

std::string microdata_value(node n, resolver& links) {
    bool is_url = false;
    auto const holder = attribute_of(n, is_url);
    auto const held = holder.empty() ? std::nullopt : n.attribute(holder);
    if (held && is_url)
        if (auto const target = links.resolve(*held))
            return std::string(utf8::prefix(target->href, max_value));
    if (held && !is_url)
        return html::collapsed(utf8::prefix(*held, max_value));
    if (auto const content = n.attribute("content"))
        return html::collapsed(utf8::prefix(*content, max_value));
    return is_url ? std::string() : html::inline_text(n, max_value);
}

void append_microdata(std::string& out, node root, std::span<node const> scopes, resolver& links,
                      microdata_limits const& most) {
    writer to(out, links, most);
    to.find_references(root, scopes);
    char before = '[';
    for (auto scope : scopes) {
        if (scope.attribute("itemprop"))
            continue;
        if (!to.take_value())
            break;
        out += before;
        before = ',';
        to.item(scope);
    }
    if (before == ',')
        out += ']';
}

}  // namespace fetchd::tasks
