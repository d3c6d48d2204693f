// What a page says of itself, as a JSON object: title, description, canonical, language, open_graph.
// A member stands only where the page says something. open_graph holds the properties after "og:" (without
// it); one given more than once is an array, in document order. Sizes are bounded.
#include <map>

#include "worker/tasks/context.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/json_text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_value = 8 * 1024;
constexpr std::size_t max_values = 1000;  // of Open Graph, together

std::string lowered(std::string_view s) {
    std::string out(s.substr(0, 200));
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return out;
}

std::string value_of(html::node n, std::string_view attribute) {
    return html::collapsed(utf8::prefix(n.attribute(attribute).value_or(""), max_value));
}

bool has_word(std::string_view words, std::string_view wanted) {
    auto const all = " " + html::collapsed(lowered(words)) + " ";
    return all.find(" " + std::string(wanted) + " ") != std::string::npos;
}

struct page_facts {
    std::string title;
    std::string description;
    std::string canonical;
    std::string language;
    std::map<std::string, std::vector<std::string>> open_graph;
};

void read_metas(survey const& found, page_facts& facts) {
    std::size_t values = 0;
    for (auto meta : found.metas) {
        auto property = lowered(meta.attribute("property").value_or(""));
        auto const name = lowered(meta.attribute("name").value_or(""));
        if (property.empty() && name.starts_with("og:"))
            property = name;
        if (name == "description" && facts.description.empty())
            facts.description = value_of(meta, "content");
        auto const pragma = lowered(meta.attribute("http-equiv").value_or(""));
        if (pragma == "content-language" && facts.language.empty())
            facts.language = value_of(meta, "content");
        if (!property.starts_with("og:") || property.size() == 3 || values == max_values)
            continue;
        if (auto value = value_of(meta, "content"); !value.empty()) {
            facts.open_graph[property.substr(3)].push_back(std::move(value));
            ++values;
        }
    }
}

page_facts read(context& visit, survey const& found) {
    page_facts facts;
    if (found.title)
        facts.title = html::inline_text(found.title, max_value);
    read_metas(found, facts);
    if (found.html)
        if (auto lang = value_of(found.html, "lang"); !lang.empty())
            facts.language = lang;
    for (auto link : found.links)
        if (facts.canonical.empty() && link.tag() == html::tag::link &&
            has_word(link.attribute("rel").value_or(""), "canonical"))
            facts.canonical = visit.absolute(link.attribute("href").value_or("")).value_or("");
    return facts;
}

class object_writer {
  public:
    explicit object_writer(std::string& out) : out_(out) { out_ += '{'; }
    void key(std::string_view name) {
        if (!first_)
            out_ += ',';
        first_ = false;
        json_text::append_string(out_, name);
        out_ += ':';
    }
    void text(std::string_view name, std::string_view value) {
        if (value.empty())
            return;
        key(name);
        json_text::append_string(out_, value);
    }
    void end() { out_ += '}'; }

  private:
    std::string& out_;
    bool first_ = true;
};

void write_open_graph(page_facts const& facts, std::string& out) {
    object_writer graph(out);
    for (auto const& [name, values] : facts.open_graph) {
        if (values.size() == 1) {
            graph.text(name, values.front());
            continue;
        }
        graph.key(name);
        char before = '[';
        for (auto const& value : values) {
            out += before;
            json_text::append_string(out, value);
            before = ',';
        }
        out += ']';
    }
    graph.end();
}

result<void> run(context& visit, std::string& out) {
    auto const found = visit.look();
    if (!found)
        return found.error();
    auto const facts = read(visit, **found);
    object_writer object(out);
    object.text("title", facts.title);
    object.text("description", facts.description);
    object.text("canonical", facts.canonical);
    object.text("language", facts.language);
    if (!facts.open_graph.empty()) {
        object.key("open_graph");
        write_open_graph(facts, out);
    }
    object.end();
    return {};
}

}  // namespace

extern entry const metadata_task;  // registry.cpp
entry const metadata_task{"metadata", output_kind::json, run, "application/json"};

}  // namespace fetchd::tasks
