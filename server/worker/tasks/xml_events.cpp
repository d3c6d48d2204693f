#include "worker/tasks/xml_events.hpp"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <climits>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "worker/tasks/xml_mended.hpp"

namespace fetchd::xml {
namespace {

std::string_view view(xmlChar const* s) {
    return s == nullptr ? std::string_view() : std::string_view(reinterpret_cast<char const*>(s));
}

struct known {
    std::string_view address;
    vocabulary in;
};

constexpr known addresses[] = {
    {"http://www.w3.org/2005/Atom", vocabulary::atom},
    {"http://purl.org/atom/ns#", vocabulary::atom},
    {"http://purl.org/rss/1.0/", vocabulary::rss},
    {"http://my.netscape.com/rdf/simple/0.9/", vocabulary::rss},
    {"http://channel.netscape.com/rdf/simple/0.9/", vocabulary::rss},
    {"http://backend.userland.com/rss2", vocabulary::rss},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", vocabulary::rdf},
    {"http://purl.org/rss/1.0/modules/content/", vocabulary::content},
    {"http://purl.org/dc/elements/1.1/", vocabulary::dc},
    {"http://purl.org/dc/terms/", vocabulary::dc},
    {"http://search.yahoo.com/mrss/", vocabulary::media},
    {"http://search.yahoo.com/mrss", vocabulary::media},
    {"http://www.itunes.com/dtds/podcast-1.0.dtd", vocabulary::itunes},
    {"http://www.w3.org/1999/xhtml", vocabulary::xhtml},
    {"http://www.w3.org/XML/1998/namespace", vocabulary::xml},
    {"http://www.sitemaps.org/schemas/sitemap/0.9", vocabulary::sitemap},
    {"https://www.sitemaps.org/schemas/sitemap/0.9", vocabulary::sitemap},
    {"http://www.google.com/schemas/sitemap/0.9", vocabulary::sitemap},
    {"http://www.google.com/schemas/sitemap/0.84", vocabulary::sitemap},
    {"http://www.google.com/schemas/sitemap-image/1.1", vocabulary::image},
    {"http://www.google.com/schemas/sitemap-news/0.9", vocabulary::news},
    {"http://www.google.com/schemas/sitemap-video/1.1", vocabulary::video},
};

constexpr known prefixes[] = {
    {"atom", vocabulary::atom},     {"rdf", vocabulary::rdf},     {"content", vocabulary::content},
    {"dc", vocabulary::dc},         {"dcterms", vocabulary::dc},  {"media", vocabulary::media},
    {"itunes", vocabulary::itunes}, {"xhtml", vocabulary::xhtml}, {"xml", vocabulary::xml},
    {"image", vocabulary::image},   {"news", vocabulary::news},   {"video", vocabulary::video},
};

// Schemes and the ends of addresses are often got wrong; what they mean is plain all the same.
vocabulary vocabulary_of(std::string_view prefix, std::string_view address) {
    if (address.empty() && prefix.empty())
        return vocabulary::none;
    for (auto const& [name, in] : addresses)
        if (address == name)
            return in;
    for (auto const& [name, in] : prefixes)
        if (prefix == name)
            return in;
    return vocabulary::other;
}

// Declared by elements that are open to the parser, which looks each prefix up from end to end.
constexpr int max_namespaces = 500;

class session {
  public:
    session(handler& to, limits const& within) : to_(to), within_(within) {}

    void parse(std::string_view text);

  private:
    // Nothing is thrown through the parser, which is C: it is kept until the parser has returned.
    template <class Step>
    static void guarded(void* p, Step&& step) {
        auto& self = of(p);
        try {
            step(self);
        } catch (...) {
            self.stop(std::current_exception());
        }
    }
    static session& of(void* p) { return *static_cast<session*>(static_cast<xmlParserCtxt*>(p)->_private); }
    static void on_start(void* p, xmlChar const* local, xmlChar const* prefix, xmlChar const* address, int,
                         xmlChar const**, int count, int, xmlChar const** first);
    static void on_end(void* p, xmlChar const* local, xmlChar const*, xmlChar const*);
    static void on_text(void* p, xmlChar const* text, int bytes);
    static void on_error(void* p, xmlError* error);

    void stop(std::exception_ptr thrown = nullptr) {
        enough_ = true;
        thrown_ = std::move(thrown);
        ::xmlStopParser(parser_);
    }
    void start(element_name, attributes const&);
    void end(std::string_view local);
    void end_all(std::size_t but);

    handler& to_;
    limits within_;
    xmlParserCtxt* parser_ = nullptr;
    std::vector<element_name> open_;  // their names are in the parser's dictionary
    std::size_t beyond_ = 0;          // open elements that are nested too deeply
    std::string ended_;               // what an end tag says that is not the parser's innermost element
    bool mismatched_ = false;
    bool enough_ = false;
    std::exception_ptr thrown_;
};

void session::start(element_name name, attributes const& with) {
    if (enough_)
        return;
    if (beyond_ > 0 || open_.size() == within_.depth) {
        ++beyond_;
        return;
    }
    open_.push_back(name);
    if (!to_.start(name, with))
        stop();
}

void session::end(std::string_view local) {
    if (enough_)
        return;
    if (beyond_ > 0) {
        --beyond_;
        return;
    }
    for (auto i = open_.size(); i > 0; --i)
        if (open_[i - 1].local == local)
            return end_all(i - 1);
}

void session::end_all(std::size_t but) {
    while (open_.size() > but) {
        auto const name = open_.back();
        open_.pop_back();
        to_.end(name);
    }
}

void session::on_start(void* p, xmlChar const* local, xmlChar const* prefix, xmlChar const* address, int,
                       xmlChar const**, int count, int, xmlChar const** first) {
    guarded(p, [&](session& self) {
        if (self.parser_->nsNr > 2 * max_namespaces) {
            self.end_all(0);
            self.stop();
        }
        self.start({vocabulary_of(view(prefix), view(address)), view(local)},
                   attributes(first, static_cast<std::size_t>(count)));
    });
}

void session::on_end(void* p, xmlChar const* local, xmlChar const*, xmlChar const*) {
    guarded(p, [&](session& self) {
        auto const name = self.mismatched_ ? std::string_view(self.ended_) : view(local);
        self.mismatched_ = false;
        self.end(name);
    });
}

void session::on_text(void* p, xmlChar const* text, int bytes) {
    guarded(p, [&](session& self) {
        if (!self.enough_ && self.beyond_ == 0 && !self.open_.empty())
            self.to_.text({reinterpret_cast<char const*>(text), static_cast<std::size_t>(bytes)});
    });
}

// libxml2 takes any end tag for that of its innermost element and says so here, before the end itself.
void session::on_error(void* p, xmlError* error) {
    if (p == nullptr)
        return;
    guarded(p, [&](session& self) {
        if (error->code == XML_ERR_NO_MEMORY)
            throw std::bad_alloc();
        if (error->code != XML_ERR_TAG_NAME_MISMATCH)
            return;
        auto name = error->str2 == nullptr ? std::string_view() : std::string_view(error->str2);
        if (auto const colon = name.rfind(':'); colon != std::string_view::npos)
            name.remove_prefix(colon + 1);
        self.ended_ = name;
        self.mismatched_ = true;
    });
}

void session::parse(std::string_view text) {
    struct free_parser {
        void operator()(xmlParserCtxt* p) const { ::xmlFreeParserCtxt(p); }
    };
    std::unique_ptr<xmlParserCtxt, free_parser> const owned(
        ::xmlCreateMemoryParserCtxt(text.data(), static_cast<int>(text.size())));
    if (!owned)
        throw std::bad_alloc();
    parser_ = owned.get();
    parser_->_private = this;
    // Without the handlers that are left out, nothing that a DTD declares is kept or looked for.
    xmlSAXHandler handlers{};
    handlers.initialized = XML_SAX2_MAGIC;
    handlers.startElementNs = on_start;
    handlers.endElementNs = on_end;
    handlers.characters = on_text;
    handlers.cdataBlock = on_text;
    handlers.ignorableWhitespace = on_text;
    handlers.serror = on_error;
    *parser_->sax = handlers;
    // XML_PARSE_HUGE lifts bounds on lengths and depth: the text is all in memory, and depth is ours to
    // count.
    ::xmlCtxtUseOptions(parser_, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE |
                                     XML_PARSE_NOENT);
    *parser_->sax = handlers;
    parser_->userData = parser_;
    ::xmlParseDocument(parser_);
    if (thrown_)
        std::rethrow_exception(thrown_);
    if (!enough_)
        end_all(0);
}

}  // namespace

std::string_view attributes::name(std::size_t i) const {
    return view(first_[5 * i]);
}

std::string_view attributes::value(std::size_t i) const {
    auto const* begin = reinterpret_cast<char const*>(first_[5 * i + 3]);
    auto const* end = reinterpret_cast<char const*>(first_[5 * i + 4]);
    return {begin, static_cast<std::size_t>(end - begin)};
}

bool attributes::prefixed(std::size_t i) const {
    return first_[5 * i + 1] != nullptr;
}

std::optional<std::string_view> attributes::get(std::string_view local, vocabulary in) const {
    for (std::size_t i = 0; i < count_; ++i)
        if (name(i) == local && vocabulary_of(view(first_[5 * i + 1]), view(first_[5 * i + 2])) == in)
            return value(i);
    return std::nullopt;
}

void prepare() {
    ::xmlInitParser();
}

result<void> read(std::string_view utf8, handler& to, limits const& within) {
    std::string storage;
    auto const text = mended(utf8, storage);
    if (text.empty())
        return {};
    if (text.size() > INT_MAX / 2)
        return failure{stage::process, code::too_large, std::to_string(text.size()) + " bytes of XML"};
    session(to, within).parse(text);
    return {};
}

}  // namespace fetchd::xml
