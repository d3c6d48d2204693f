// Writes docs/outputs.md from the registry of tasks.
//
//   outputs-page                 prints the page
//   outputs-page --check FILE    exit code 1 when the file says something else
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "worker/tasks/registry.hpp"

namespace {

using namespace fetchd::tasks;

constexpr char const* head =
    R"(<!-- Written by outputs-page (tests/docs/outputs_page.cpp): change server/worker/tasks/, then
     build/release/bin/outputs-page > docs/outputs.md -->
# Outputs

What can be made of a document, by `output` of `/v1/read`, `/v1/fetch` and `/v1/process` ([api.md](api.md)). Several in
one request are made in one visit to a worker, which parses the document once. Without `output` the type of the document
decides: a page becomes `markdown`, text and JSON `text`, a PDF `pdf` (`text`, where JSON is not asked for), an image
`image`.

Options are given as `markdown.links=drop` in a query and as `{"options": {"markdown": {"links": "drop"}}}` in JSON; each
is checked before anything is fetched.
)";

std::string code(std::string_view s) {
    return "`" + std::string(s) + "`";
}

std::string choices(std::string_view values) {
    std::string all;
    while (!values.empty()) {
        auto const bar = std::min(values.find('|'), values.size());
        all += (all.empty() ? "" : ", ") + code(values.substr(0, bar));
        values.remove_prefix(std::min(bar + 1, values.size()));
    }
    return all;
}

std::string values_of(option const& o) {
    switch (o.kind) {
        case option::type::flag:
            return "`true`, `false`";
        case option::type::number:
            return std::string(o.values.substr(0, o.values.find(".."))) + " to " +
                   std::string(o.values.substr(o.values.find("..") + 2));
        case option::type::choice:
            return choices(o.values);
        case option::type::text:
            return "text";
        case option::type::json:
            return "JSON";
    }
    return {};
}

std::string kind_of(entry const& task) {
    switch (task.kind) {
        case output_kind::text:
            return "Text: alone it comes as " + code(task.content_type) + ".";
        case output_kind::json:
            return "JSON: alone it comes as `application/json`.";
        case output_kind::bytes:
            return "Bytes: alone they come as " + choices(task.content_type) + ", in JSON in base64.";
    }
    return {};
}

std::string page() {
    std::string text = head;
    for (auto const& task : standard()) {
        text +=
            "\n## " + std::string(task.name) + "\n\n" + std::string(task.about) + " " + kind_of(task) + "\n";
        if (!task.page.empty())
            text += "More: [" + std::string(task.page) + "](" + std::string(task.page) + ").\n";
        if (task.options.empty())
            continue;
        text += "\n| option | values | default | meaning |\n|---|---|---|---|\n";
        for (auto const& o : task.options)
            text += "| " + code(o.name) + " | " + values_of(o) + " | " +
                    (o.fallback.empty() ? std::string("none") : code(o.fallback)) + " | " +
                    std::string(o.help) + " |\n";
    }
    return text;
}

int check(char const* path) {
    std::ifstream file(path);
    std::string const found{std::istreambuf_iterator<char>(file), {}};
    if (found == page())
        return 0;
    std::fprintf(stderr, "%s is not what the registry says: write it anew with outputs-page > %s\n", path,
                 path);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::strcmp(argv[1], "--check") == 0)
        return check(argv[2]);
    if (argc != 1) {
        std::fprintf(stderr, "usage: outputs-page [--check FILE]\n");
        return 2;
    }
    std::fputs(page().c_str(), stdout);
    return 0;
}
