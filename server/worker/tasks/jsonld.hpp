// The JSON-LD of one page: its <script type="application/ld+json"> elements as JSON values, and the few facts
// the page's other metadata want from them.
//
// The values are passed on as text, so numbers stay as they are written; nothing is expanded, no context is
// fetched. What is no JSON even after append_clean_json() is left out. Bounded: scripts, bytes, nesting.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd::tasks {

constexpr std::size_t max_jsonld_scripts = 1000;
constexpr std::size_t max_jsonld_bytes = 4U << 20U;  // of all scripts of a page
constexpr std::size_t max_jsonld_depth = 100;
constexpr std::size_t max_jsonld_authors = 20;

// What articles and other works say of themselves; texts as they are written.
struct jsonld_facts {
    std::string published;
    std::string modified;
    std::string headline;
    std::string site_name;
    std::vector<std::string> authors;

    // Takes from `other` what is not yet known.
    void fill(jsonld_facts const& other);
};

class jsonld {
  public:
    void add(std::string_view script);

    // The values, with commas between; the elements of an array count as values of their own, null as
    // nothing.
    std::string const& values() const { return values_; }
    // Of the first article or other creative work that says each.
    jsonld_facts facts() const;

  private:
    void keep(std::string_view value);

    std::string values_;
    std::string clean_;
    std::size_t scripts_ = 0;
    std::size_t bytes_ = 0;
    jsonld_facts of_work_;
    jsonld_facts of_other_;
};

}  // namespace fetchd::tasks
