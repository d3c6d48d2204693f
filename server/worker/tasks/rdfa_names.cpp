#include "worker/tasks/rdfa_names.hpp"

#include <algorithm>

#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t max_prefix = 100;  // bytes of its name

struct row {
    std::string_view prefix;
    std::string_view iri;
};

// The prefixes nobody has to declare: https://www.w3.org/2011/rdfa-context/rdfa-1.1, and those of the types
// of Open Graph, which pages use as if they were among them (ogp.me). Sorted.
constexpr row initial[] = {
    {"article", "http://ogp.me/ns/article#"},
    {"as", "https://www.w3.org/ns/activitystreams#"},
    {"book", "http://ogp.me/ns/book#"},
    {"cc", "http://creativecommons.org/ns#"},
    {"csvw", "http://www.w3.org/ns/csvw#"},
    {"ctag", "http://commontag.org/ns#"},
    {"dc", "http://purl.org/dc/terms/"},
    {"dc11", "http://purl.org/dc/elements/1.1/"},
    {"dcat", "http://www.w3.org/ns/dcat#"},
    {"dcterms", "http://purl.org/dc/terms/"},
    {"dqv", "http://www.w3.org/ns/dqv#"},
    {"duv", "https://www.w3.org/ns/duv#"},
    {"foaf", "http://xmlns.com/foaf/0.1/"},
    {"gr", "http://purl.org/goodrelations/v1#"},
    {"grddl", "http://www.w3.org/2003/g/data-view#"},
    {"ical", "http://www.w3.org/2002/12/cal/icaltzd#"},
    {"jsonld", "http://www.w3.org/ns/json-ld#"},
    {"ldp", "http://www.w3.org/ns/ldp#"},
    {"ma", "http://www.w3.org/ns/ma-ont#"},
    {"music", "http://ogp.me/ns/music#"},
    {"oa", "http://www.w3.org/ns/oa#"},
    {"odrl", "http://www.w3.org/ns/odrl/2/"},
    {"og", "http://ogp.me/ns#"},
    {"org", "http://www.w3.org/ns/org#"},
    {"owl", "http://www.w3.org/2002/07/owl#"},
    {"profile", "http://ogp.me/ns/profile#"},
    {"prov", "http://www.w3.org/ns/prov#"},
    {"qb", "http://purl.org/linked-data/cube#"},
    {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
    {"rdfa", "http://www.w3.org/ns/rdfa#"},
    {"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
    {"rev", "http://purl.org/stuff/rev#"},
    {"rif", "http://www.w3.org/2007/rif#"},
    {"rr", "http://www.w3.org/ns/r2rml#"},
    {"schema", "http://schema.org/"},
    {"sd", "http://www.w3.org/ns/sparql-service-description#"},
    {"sioc", "http://rdfs.org/sioc/ns#"},
    {"skos", "http://www.w3.org/2004/02/skos/core#"},
    {"skosxl", "http://www.w3.org/2008/05/skos-xl#"},
    {"sosa", "http://www.w3.org/ns/sosa/"},
    {"ssn", "http://www.w3.org/ns/ssn/"},
    {"time", "http://www.w3.org/2006/time#"},
    {"v", "http://rdf.data-vocabulary.org/#"},
    {"vcard", "http://www.w3.org/2006/vcard/ns#"},
    {"video", "http://ogp.me/ns/video#"},
    {"void", "http://rdfs.org/ns/void#"},
    {"wdr", "http://www.w3.org/2007/05/powder#"},
    {"wdrs", "http://www.w3.org/2007/05/powder-s#"},
    {"xhv", "http://www.w3.org/1999/xhtml/vocab#"},
    {"xml", "http://www.w3.org/XML/1998/namespace"},
    {"xsd", "http://www.w3.org/2001/XMLSchema#"},
};

std::string_view initial_prefix(std::string_view lower) {
    auto const* at = std::lower_bound(std::begin(initial), std::end(initial), lower,
                                      [](row const& r, std::string_view s) { return r.prefix < s; });
    return at != std::end(initial) && at->prefix == lower ? at->iri : std::string_view();
}

// The terms nobody has to declare.
std::optional<std::string> initial_term(std::string_view written) {
    if (same_word(written, "describedby"))
        return "http://www.w3.org/2007/05/powder-s#describedby";
    if (same_word(written, "license") || same_word(written, "role"))
        return "http://www.w3.org/1999/xhtml/vocab#" + ascii_lowered(written);
    return std::nullopt;
}

}  // namespace

void rdfa_names::declare(std::string_view name, std::string_view iri) {
    if (declared_.size() < max_rdfa_prefixes && !name.empty() && name != "_" && name.size() <= max_prefix &&
        iri.size() <= max_rdfa_iri)
        declared_.push_back({ascii_lowered(name), utf8::trimmed(iri)});
}

void rdfa_names::declare_all(std::string_view attribute) {
    std::string_view name;
    for_each_word(attribute, [&](std::string_view word) {
        if (!name.empty()) {
            declare(name, word);
            name = {};
        } else if (word.size() > 1 && word.ends_with(':')) {
            name = word.substr(0, word.size() - 1);
        }
    });
}

std::optional<std::string> rdfa_names::curie(std::string_view written) const {
    auto const colon = written.find(':');
    if (colon == written.npos || colon > max_prefix)
        return std::nullopt;
    auto const reference = written.substr(colon + 1);
    auto const name = ascii_lowered(written.substr(0, colon));
    if (name == "_")
        return "_:n-" + std::string(reference);
    if (name.empty())
        return "http://www.w3.org/1999/xhtml/vocab#" + std::string(reference);
    for (auto at = declared_.rbegin(); at != declared_.rend(); ++at)
        if (at->name == name)
            return std::string(at->iri).append(reference);
    if (auto const iri = initial_prefix(name); !iri.empty() && !reference.starts_with("//"))
        return std::string(iri).append(reference);
    return std::nullopt;
}

std::optional<std::string> rdfa_names::name(std::string_view written, std::string_view vocab) {
    ++looked_up_;
    auto const colon = written.find(':');
    if (colon == written.npos) {
        if (!vocab.empty())
            return std::string(vocab).append(written);
        return initial_term(written);
    }
    if (auto known = curie(written))
        return known;
    if (colon == 0 || !url::parse(written))
        return std::nullopt;
    return std::string(written);
}

std::optional<std::string> rdfa_names::resource(std::string_view written) {
    ++looked_up_;
    auto const inner = utf8::trimmed(written);
    if (inner.size() > 1 && inner.starts_with('[') && inner.ends_with(']'))
        return curie(inner.substr(1, inner.size() - 2));
    if (auto known = curie(inner))
        return known;
    return iri(written);
}

std::optional<std::string> rdfa_names::iri(std::string_view written) const {
    auto const target = links_.resolve(written);
    if (!target)
        return std::nullopt;
    return std::string(target->href);
}

std::string rdfa_names::blank() {
    return "_:b" + std::to_string(++blanks_);
}

}  // namespace fetchd::tasks
