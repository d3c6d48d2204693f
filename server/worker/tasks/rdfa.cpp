#include "worker/tasks/rdfa.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/metadata_date.hpp"
#include "worker/tasks/rdfa_names.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::step;
using html::tag;

constexpr std::size_t max_value = 16 * 1024;
constexpr std::size_t max_words = 50;  // of one attribute
constexpr std::string_view uses_vocabulary = "http://www.w3.org/ns/rdfa#usesVocabulary";

// A rel without an object: the elements within will name it.
struct incomplete {
    std::string property;
    bool forward;
};

// What an element hands down to those within (RDFa Core §7.5). Subjects are shared: most elements hand down
// what they were given.
using name_ptr = std::shared_ptr<std::string const>;
using incomplete_ptr = std::shared_ptr<std::vector<incomplete> const>;
struct evaluation {
    name_ptr subject;
    name_ptr object;
    incomplete_ptr waiting;
    std::string_view language;
    std::string_view vocab;
    std::size_t prefixes = 0;
};

// The attributes of one element that matter.
struct attributes {
    std::optional<std::string_view> about, content, datatype, datetime, href, property, rel, resource, rev,
        src, type, vocab, language;
    bool any = false;
};

attributes read_attributes(node n, rdfa_names& names) {
    attributes all;
    struct row {
        std::string_view name;
        std::optional<std::string_view> attributes::*field;
    };
    static constexpr row rows[] = {
        {"about", &attributes::about},       {"content", &attributes::content},
        {"datatype", &attributes::datatype}, {"datetime", &attributes::datetime},
        {"href", &attributes::href},         {"property", &attributes::property},
        {"rel", &attributes::rel},           {"resource", &attributes::resource},
        {"rev", &attributes::rev},           {"src", &attributes::src},
        {"typeof", &attributes::type},       {"vocab", &attributes::vocab},
        {"lang", &attributes::language},     {"xml:lang", &attributes::language},
        {"data", &attributes::src},
    };
    for (auto a = n.first_attribute(); a; a = a.next()) {
        auto const name = a.name();
        if (name.starts_with("xmlns:"))
            names.declare(name.substr(6), a.value());
        for (auto const& r : rows)
            if (r.name == name && (name != "data" || n.tag() == tag::object)) {
                all.*r.field = a.value();
                all.any = true;
            }
    }
    if (auto const prefix = n.attribute("prefix"))
        names.declare_all(*prefix);
    return all;
}

class reader {
  public:
    reader(std::string_view address, resolver& links)
        : names_(links), page_(std::make_shared<std::string const>(address)) {
        open_.push_back({page_, page_, nullptr, {}, {}, 0});
    }

    step enter(node n) {
        auto const t = n.tag();
        if (t == tag::template_ || t == tag::text || t == tag::comment || t == tag::doctype)
            return step::past;
        auto inner = open_.back();
        if (t != tag::document)
            element(n, inner);
        inner.prefixes = names_.mark();
        open_.push_back(std::move(inner));
        return graph_.full() || names_.tired() ? step::stop : step::into;
    }

    void leave() {
        open_.pop_back();
        names_.return_to(open_.back().prefixes);
    }

    rdfa_graph take() { return std::move(graph_); }

  private:
    // What one element says, while its attributes are gone through.
    struct saying {
        attributes has;
        std::vector<std::string> forward, backward;  // by rel and rev
        name_ptr subject;
        name_ptr object;
        name_ptr typed;
        bool linking = false;  // has rel or rev
        bool skip = false;     // says nothing itself
    };

    static name_ptr shared(std::optional<std::string> name) {
        return name ? std::make_shared<std::string const>(std::move(*name)) : nullptr;
    }
    name_ptr blank() { return shared(names_.blank()); }

    std::vector<std::string> resolved(std::optional<std::string_view> words, std::string_view vocab,
                                      bool no_terms = false) {
        std::vector<std::string> found;
        std::size_t heard = 0;
        for_each_word(words.value_or(""), [&](std::string_view word) {
            if (heard++ >= max_words || (no_terms && word.find(':') == word.npos))
                return;
            if (auto name = names_.name(word, vocab))
                found.push_back(std::move(*name));
        });
        return found;
    }

    // resource, href or src, whichever comes first.
    name_ptr object_of(attributes const& has) {
        if (has.resource)
            if (auto name = names_.resource(*has.resource))
                return shared(std::move(name));
        if (has.href)
            return shared(names_.iri(*has.href));
        return has.src ? shared(names_.iri(*has.src)) : nullptr;
    }

    name_ptr about_of(attributes const& has) {
        return has.about ? shared(names_.resource(*has.about)) : nullptr;
    }

    void element(node n, evaluation& inner) {
        saying s;
        s.has = read_attributes(n, names_);
        if (!s.has.any)
            return;
        if (s.has.language)
            inner.language = *s.has.language;
        if (s.has.vocab && s.has.vocab->size() <= max_rdfa_iri) {
            inner.vocab = utf8::trimmed(*s.has.vocab);
            if (!inner.vocab.empty())
                graph_.add(*page_, uses_vocabulary,
                           {rdfa_value::form::resource, std::string(inner.vocab), {}});
        }
        read_links(s, inner.vocab);
        bool const top = n.tag() == tag::html || n.tag() == tag::head || n.tag() == tag::body;
        if (s.linking)
            subject_of_linking(s, top, inner);
        else
            subject_of_plain(s, top, inner);
        state_types(s, inner.vocab);
        auto waiting = state_links(s);
        state_properties(n, s, inner);
        complete(s, inner);
        if (!s.skip)
            hand_down(s, std::move(waiting), inner);
    }

    // HTML+RDFa §3.1: next to a property, words of rel that are plain HTML are not heard.
    void read_links(saying& s, std::string_view vocab) {
        bool const no_terms = s.has.property.has_value();
        s.forward = resolved(s.has.rel, vocab, no_terms);
        s.backward = resolved(s.has.rev, vocab, no_terms);
        s.linking = no_terms ? !s.forward.empty() || !s.backward.empty() : s.has.rel || s.has.rev;
    }

    // §7.5 step 5.
    void subject_of_plain(saying& s, bool top, evaluation const& outer) {
        s.subject = about_of(s.has);
        if (s.has.property && !s.has.content && !s.has.datatype) {
            if (s.has.type)
                s.typed = s.subject;
            if (!s.subject)
                s.subject = outer.object;
            if (s.has.type && !s.typed) {
                s.typed = top ? outer.object : object_of(s.has);
                if (!s.typed)
                    s.typed = blank();
                s.object = s.typed;
            }
            return;
        }
        if (!s.subject)
            s.subject = object_of(s.has);
        if (!s.subject && !top && s.has.type)
            s.subject = blank();
        if (!s.subject) {
            s.subject = outer.object;
            s.skip = !s.has.property && !s.has.type;
        }
        if (s.has.type)
            s.typed = s.subject;
    }

    // §7.5 step 6.
    void subject_of_linking(saying& s, bool top, evaluation const& outer) {
        s.subject = about_of(s.has);
        if (s.has.type)
            s.typed = s.subject;
        if (!s.subject)
            s.subject = outer.object;
        s.object = object_of(s.has);
        if (!s.object && s.has.type && !s.typed)
            s.object = top ? outer.object : blank();
        if (s.has.type && !s.typed)
            s.typed = s.object;
    }

    void state_types(saying const& s, std::string_view vocab) {
        if (s.typed)
            for (auto const& type : resolved(s.has.type, vocab))
                graph_.add_type(*s.typed, type);
    }

    // §7.5 steps 9 and 10.
    incomplete_ptr state_links(saying& s) {
        if (!s.linking)
            return nullptr;
        if (s.object) {
            for (auto const& property : s.forward)
                graph_.add(*s.subject, property, {rdfa_value::form::resource, *s.object, {}});
            for (auto const& property : s.backward)
                graph_.add(*s.object, property, {rdfa_value::form::resource, *s.subject, {}});
            return nullptr;
        }
        std::vector<incomplete> waiting;
        for (auto& property : s.forward)
            waiting.push_back({std::move(property), true});
        for (auto& property : s.backward)
            waiting.push_back({std::move(property), false});
        s.object = blank();
        return waiting.empty() ? nullptr
                               : std::make_shared<std::vector<incomplete> const>(std::move(waiting));
    }

    // §7.5 step 11.
    void state_properties(node n, saying const& s, evaluation const& inner) {
        if (!s.has.property || !s.subject)
            return;
        auto const properties = resolved(s.has.property, inner.vocab);
        if (properties.empty())
            return;
        auto const value = value_of(n, s, inner);
        for (auto const& property : properties)
            graph_.add(*s.subject, property, value);
    }

    rdfa_value value_of(node n, saying const& s, evaluation const& inner) {
        auto const typed = resolved(s.has.datatype, inner.vocab);
        auto const text = [&] {
            return s.has.content ? std::string(utf8::prefix(*s.has.content, max_value))
                                 : html::inline_text(n, max_value);
        };
        if (!typed.empty())
            return {rdfa_value::form::typed, text(), typed.front()};
        if (s.has.datatype || s.has.content)
            return in_language(text(), inner);
        if (auto date = date_of(n, s))
            return std::move(*date);
        if (!s.linking)
            if (auto const object = object_of(s.has))
                return {rdfa_value::form::resource, *object, {}};
        if (s.has.type && !s.has.about && s.typed)
            return {rdfa_value::form::resource, *s.typed, {}};
        return in_language(text(), inner);
    }

    // HTML+RDFa §3.1: datetime, and the text of <time>, have the datatype they look like.
    static std::optional<rdfa_value> date_of(node n, saying const& s) {
        if (!s.has.datetime && (n.tag() != tag::other || n.name() != "time"))
            return std::nullopt;
        auto written = s.has.datetime ? std::string(utf8::prefix(*s.has.datetime, max_value))
                                      : html::inline_text(n, max_value);
        auto const type = xsd_type_of(written);
        if (type.empty())
            return rdfa_value{rdfa_value::form::plain, std::move(written), {}};
        return rdfa_value{rdfa_value::form::typed, std::move(written),
                          "http://www.w3.org/2001/XMLSchema#" + std::string(type)};
    }

    static rdfa_value in_language(std::string text, evaluation const& inner) {
        if (inner.language.empty())
            return {rdfa_value::form::plain, std::move(text), {}};
        return {rdfa_value::form::in_language, std::move(text),
                std::string(utf8::prefix(inner.language, 100))};
    }

    // §7.5 step 12.
    void complete(saying const& s, evaluation const& outer) {
        if (s.skip || !s.subject || !outer.waiting)
            return;
        for (auto const& [property, forward] : *outer.waiting) {
            auto const& from = forward ? outer.subject : s.subject;
            auto const& to = forward ? s.subject : outer.subject;
            graph_.add(*from, property, {rdfa_value::form::resource, *to, {}});
        }
    }

    // §7.5 step 13.
    static void hand_down(saying const& s, incomplete_ptr waiting, evaluation& inner) {
        auto const outer_subject = inner.subject;
        if (s.subject)
            inner.subject = s.subject;
        inner.object = s.object ? s.object : s.subject ? s.subject : outer_subject;
        inner.waiting = std::move(waiting);
    }

    rdfa_names names_;
    rdfa_graph graph_;
    name_ptr page_;
    std::vector<evaluation> open_;
};

}  // namespace

rdfa_graph read_rdfa(node root, std::string_view address, resolver& links) {
    reader page(address, links);
    html::walk(
        root, [&](node n) { return page.enter(n); }, [&](node) { page.leave(); });
    return page.take();
}

}  // namespace fetchd::tasks
