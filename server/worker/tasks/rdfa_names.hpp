// The names of RDFa (RDFa Core 1.1 §7.4): terms, prefixed names and IRIs become absolute IRIs, by what is
// declared where they stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "worker/tasks/links_resolve.hpp"

namespace fetchd::tasks {

constexpr std::size_t max_rdfa_prefixes = 200;   // declared around one place; further ones are not heard
constexpr std::size_t max_rdfa_names = 200'000;  // looked up
constexpr std::size_t max_rdfa_iri = 2000;       // bytes of a vocabulary or the IRI of a prefix

class rdfa_names {
  public:
    explicit rdfa_names(resolver& links) : links_(links) {}

    // Declarations hold until the mark taken before them is returned to.
    std::size_t mark() const { return declared_.size(); }
    void return_to(std::size_t mark) { declared_.resize(mark); }
    void declare(std::string_view prefix, std::string_view iri);
    void declare_all(std::string_view attribute);  // the value of @prefix

    // property, rel, rev, typeof, datatype: TERMorCURIEorAbsIRI, terms by `vocab`.
    std::optional<std::string> name(std::string_view written, std::string_view vocab);
    // about, resource: SafeCURIEorCURIEorIRI.
    std::optional<std::string> resource(std::string_view written);
    // href, src.
    std::optional<std::string> iri(std::string_view written) const;

    std::string blank();  // a new blank node: "_:b1"

    // More names have been looked up than any honest page has.
    bool tired() const { return looked_up_ > max_rdfa_names; }

  private:
    struct prefix {
        std::string name;  // in lower case
        std::string_view iri;
    };
    std::optional<std::string> curie(std::string_view written) const;

    resolver& links_;
    std::vector<prefix> declared_;
    std::size_t blanks_ = 0;
    std::size_t looked_up_ = 0;
};

}  // namespace fetchd::tasks
