// Hostile XML as a stream of elements and text: the project's one door to its XML parser for feeds and
// sitemaps.
//
// Behind it stands libxml2 in recover mode, fed by bytes in memory. Nothing is ever opened: no DTD, no
// entity of a document is read or expanded, declarations are passed over. Ill-formed documents give as much
// as can be made out: an end tag closes the nearest element of its name and all inside it, one without a
// start tag is passed over, text that only looks like markup stays text, HTML's entities are known
// (xml_mended.hpp). Elements nested deeper than `depth` are left out with all that is in them.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/failure.hpp"

namespace fetchd::xml {

// The vocabularies anyone here reads, whichever of their addresses a document uses; by the usual prefix where
// a document has forgotten to declare one. An address that nobody here knows is `other`.
// clang-format off
enum class vocabulary : unsigned char {
    none, other, atom, content, dc, image, itunes, media, news, rdf, rss, sitemap, video, xhtml, xml
};
// clang-format on

// Views are valid during the call they are given to.
struct element_name {
    vocabulary in = vocabulary::none;
    std::string_view local;

    bool is(vocabulary v, std::string_view name) const { return in == v && local == name; }
};

class attributes {
  public:
    attributes(unsigned char const** first, std::size_t count) : first_(first), count_(count) {}

    // Entities are decoded. Of an attribute without a namespace unless one is asked for.
    std::optional<std::string_view> get(std::string_view local, vocabulary = vocabulary::none) const;

    std::size_t size() const { return count_; }
    std::string_view name(std::size_t i) const;
    std::string_view value(std::size_t i) const;
    bool prefixed(std::size_t i) const;

  private:
    unsigned char const** first_;  // five each: local name, prefix, namespace, value, its end
    std::size_t count_;
};

class handler {
  public:
    virtual bool start(element_name, attributes const&) = 0;  // false: enough, end the reading
    virtual void text(std::string_view) = 0;                  // in pieces; character data and CDATA alike
    virtual void end(element_name) = 0;                       // for every start

  protected:
    ~handler() = default;
};

struct limits {
    std::size_t depth = 256;
};

// What the parser does once in a process.
void prepare();

// `utf8` must be valid UTF-8; what its XML declaration says of its encoding is passed over. A document that
// ends too early ends with the ends of all that is open. Fails with process.too_large past 1 GiB. What
// the handler throws ends the reading.
result<void> read(std::string_view utf8, handler&, limits const& = {});

}  // namespace fetchd::xml
