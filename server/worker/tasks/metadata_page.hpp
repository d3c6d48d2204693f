// What the head of a page and its answer say of it, gathered: everything of the task metadata but structured
// data. Bounded in number and size of values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/tasks/context.hpp"
#include "worker/tasks/jsonld.hpp"

namespace fetchd::tasks {

constexpr std::size_t max_metadata_value = 8 * 1024;  // bytes of one
constexpr std::size_t max_metadata_values = 1000;     // of each list and each group
constexpr std::size_t max_keywords = 200;

// The best of several dates the page gives for one thing.
class date_choice {
  public:
    // The lowest rank stands; but a date that is certain before one that is not.
    void offer(unsigned rank, std::string_view raw);
    std::string const& text() const { return text_; }

  private:
    unsigned best_ = ~0U;
    std::string text_;
};

// Names with one value or several, in the order they come up.
class value_group {
  public:
    void add(std::string_view name, std::string value);
    std::vector<std::pair<std::string, std::vector<std::string>>> const& all() const { return all_; }

  private:
    std::vector<std::pair<std::string, std::vector<std::string>>> all_;
    std::size_t values_ = 0;
};

// <link>s that are told of one by one; what is empty is not said.
struct linked_resource {
    std::string url;
    std::string type;
    std::string title;
    std::string language;  // hreflang
    std::string media;
    std::string sizes;
};

struct page_facts {
    std::string title, description, canonical, language, site_name, generator, theme_color;
    std::vector<std::string> authors;
    std::vector<std::string> keywords;
    date_choice published, modified;
    std::vector<linked_resource> icons, feeds, alternates;
    value_group open_graph, twitter, dublin_core;
};

// `structured` as the page's JSON-LD has it; its facts come second to those made for this purpose.
page_facts read_page(context&, survey const&, jsonld_facts const& structured);

// The <script type="application/ld+json"> of the page.
jsonld read_scripts(survey const&);

}  // namespace fetchd::tasks
