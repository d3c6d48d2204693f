// The RDFa of a page: RDFa Core 1.1 in HTML (HTML+RDFa 1.1), RDFa Lite within it. Not in: inlist, literals of
// markup (rdf:XMLLiteral and rdf:HTML give their text), entailment, and no vocabulary is fetched.
// Texts are visible text on one line. Pure functions; iterative and bounded (rdfa_graph.hpp, rdfa_names.hpp).
#pragma once

#include <string_view>

#include "worker/tasks/html_document.hpp"
#include "worker/tasks/links_resolve.hpp"
#include "worker/tasks/rdfa_graph.hpp"

namespace fetchd::tasks {

// `address` is what the page says things of where it names no other subject.
rdfa_graph read_rdfa(html::node root, std::string_view address, resolver&);

}  // namespace fetchd::tasks
