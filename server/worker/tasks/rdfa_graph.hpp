// What RDFa says, collected by subject: expanded JSON-LD without contexts (JSON-LD 1.1 §9), as a flat array
// of nodes in the order they come up. Saying the same twice changes nothing. Bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fetchd::tasks {

constexpr std::size_t max_rdfa_triples = 5000;
constexpr std::size_t max_rdfa_text = std::size_t{2} << 20U;  // bytes of all values

struct rdfa_value {
    enum class form : unsigned char { resource, plain, typed, in_language };
    form as;
    std::string text;       // the IRI, or the literal
    std::string qualifier;  // its datatype or language
    bool operator==(rdfa_value const&) const = default;
};

class rdfa_graph {
  public:
    void add_type(std::string_view subject, std::string_view type);
    void add(std::string_view subject, std::string_view property, rdfa_value);

    bool empty() const { return nodes_.empty(); }
    bool full() const { return triples_ == max_rdfa_triples || text_ == max_rdfa_text; }
    void append_json(std::string& out) const;

  private:
    struct property {
        std::string name;
        std::vector<rdfa_value> values;
    };
    struct subject {
        std::string id;
        std::vector<std::string> types;
        std::vector<property> properties;
    };

    subject* find_or_add(std::string_view id, std::size_t bytes);  // null where there is no room

    std::vector<subject> nodes_;
    std::unordered_map<std::string, std::size_t> places_;
    std::size_t triples_ = 0;
    std::size_t text_ = 0;
};

}  // namespace fetchd::tasks
