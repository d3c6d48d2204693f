// What a page says of itself, as a JSON object: docs/metadata.md names its members. A member stands only
// where the page says something. Sizes are bounded.
#include "base/json_text.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/jsonld.hpp"
#include "worker/tasks/metadata_page.hpp"
#include "worker/tasks/metadata_robots.hpp"
#include "worker/tasks/microdata.hpp"
#include "worker/tasks/rdfa.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

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
    void list(std::string_view name, std::vector<std::string> const& values) {
        if (values.empty())
            return;
        key(name);
        char before = '[';
        for (auto const& value : values) {
            out_ += before;
            json_text::append_string(out_, value);
            before = ',';
        }
        out_ += ']';
    }
    // One value as a text, several as an array.
    void group(std::string_view name, value_group const& group) {
        if (group.all().empty())
            return;
        key(name);
        object_writer inner(out_);
        for (auto const& [member, values] : group.all()) {
            if (values.size() == 1)
                inner.text(member, values.front());
            else
                inner.list(member, values);
        }
        inner.end();
    }
    void resources(std::string_view name, std::vector<linked_resource> const& all) {
        if (all.empty())
            return;
        key(name);
        char before = '[';
        for (auto const& one : all) {
            out_ += before;
            before = ',';
            object_writer inner(out_);
            inner.text("url", one.url);
            inner.text("type", one.type);
            inner.text("title", one.title);
            inner.text("language", one.language);
            inner.text("media", one.media);
            inner.text("sizes", one.sizes);
            inner.end();
        }
        out_ += ']';
    }
    void end() { out_ += '}'; }

  private:
    std::string& out_;
    bool first_ = true;
};

void write_robots(robots_rules const& robots, object_writer& object, std::string& out) {
    object.list("robots", robots.all);
    if (robots.agents.empty())
        return;
    object.key("robots_by_agent");
    object_writer inner(out);
    for (auto const& [agent, directives] : robots.agents)
        inner.list(agent, directives);
    inner.end();
}

void write_structured(context& visit, html::node root, survey const& found, jsonld const& scripts,
                      object_writer& object, std::string& out) {
    if (!scripts.values().empty()) {
        object.key("json_ld");
        out.append("[").append(scripts.values()).append("]");
    }
    if (!found.scopes.empty()) {
        std::string items;
        append_microdata(items, root, found.scopes, visit.references());
        if (!items.empty()) {
            object.key("microdata");
            out += items;
        }
    }
    if (!found.rdfa)
        return;
    auto const graph = read_rdfa(root, visit.absolute("").value_or(""), visit.references());
    if (graph.empty())
        return;
    object.key("rdfa");
    graph.append_json(out);
}

result<void> run(context& visit, std::string& out) {
    auto const page = visit.document();
    if (!page)
        return page.error();
    auto const looked = visit.look();
    if (!looked)
        return looked.error();
    auto const& found = **looked;
    bool const structured = visit.flag("structured");
    auto const scripts = structured ? read_scripts(found) : jsonld();
    auto const facts = read_page(visit, found, scripts.facts());
    object_writer object(out);
    object.text("title", facts.title);
    object.text("description", facts.description);
    object.text("canonical", facts.canonical);
    object.text("language", facts.language);
    object.text("site_name", facts.site_name);
    object.list("authors", facts.authors);
    object.text("published", facts.published.text());
    object.text("modified", facts.modified.text());
    object.list("keywords", facts.keywords);
    object.text("generator", facts.generator);
    object.text("theme_color", facts.theme_color);
    write_robots(read_robots(visit, found), object, out);
    object.resources("icons", facts.icons);
    object.resources("feeds", facts.feeds);
    object.resources("alternates", facts.alternates);
    object.group("open_graph", facts.open_graph);
    object.group("twitter", facts.twitter);
    object.group("dublin_core", facts.dublin_core);
    if (structured)
        write_structured(visit, (*page)->root(), found, scripts, object, out);
    object.end();
    return {};
}

constexpr option metadata_options[] = {
    {"structured", option::type::flag, "", "true",
     "JSON-LD, microdata and RDFa too, and what they say of dates and authors"},
};

}  // namespace

extern entry const metadata_task;  // registry.cpp
entry const metadata_task{
    "metadata",
    output_kind::json,
    run,
    "application/json",
    metadata_options,
    nullptr,
    "What a page says of itself: title, dates, robots, icons, feeds, Open Graph, JSON-LD, microdata, RDFa.",
    "metadata.md"};

}  // namespace fetchd::tasks
