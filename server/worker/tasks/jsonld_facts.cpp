#include "worker/tasks/jsonld_facts.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <utility>

#include "worker/tasks/inline_text.hpp"

namespace fetchd::tasks {
namespace {

namespace json = boost::json;

constexpr std::size_t max_fact = 1000;

// What a value is to the object or array it stands in. A `node` describes the page, or a thing on it that
// stands for itself: the whole value, a member of @graph, the main entity.
enum class role : unsigned char {
    none,
    node,
    type,
    published,
    modified,
    headline,
    name,
    author,       // a name, or a person
    author_name,  // in a person
    publisher,
    publisher_name,
};

role role_in(role container, std::string_view key) {
    struct row {
        std::string_view key;
        role as;
    };
    static constexpr row rows[] = {
        {"@graph", role::node},
        {"mainEntity", role::node},
        {"@type", role::type},
        {"datePublished", role::published},
        {"dateModified", role::modified},
        {"uploadDate", role::published},
        {"headline", role::headline},
        {"name", role::name},
        {"author", role::author},
        {"publisher", role::publisher},
    };
    if (container == role::author)
        return key == "name" ? role::author_name : role::none;
    if (container == role::publisher)
        return key == "name" ? role::publisher_name : role::none;
    if (container == role::node)
        for (auto const& r : rows)
            if (r.key == key)
                return r.as;
    return role::none;
}

// Works with an author and a date, whatever their kind (schema.org/CreativeWork and below).
bool is_work(std::string_view type) {
    type.remove_prefix(std::min(type.size(), type.find_last_of("/:") + 1));
    for (std::string_view end :
         {"Article", "Posting", "Report", "Recipe", "Review", "Book", "VideoObject", "HowTo"})
        if (type.ends_with(end))
            return true;
    return type == "CreativeWork";
}

struct node_facts {
    jsonld_facts facts;
    std::string name;
    bool work = false;
    bool site = false;
};

class facts_handler {
  public:
    constexpr static std::size_t max_object_size = std::size_t(-1);
    constexpr static std::size_t max_array_size = std::size_t(-1);
    constexpr static std::size_t max_key_size = std::size_t(-1);
    constexpr static std::size_t max_string_size = std::size_t(-1);

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) {
        auto const as = next();
        open_.push_back({as, false});
        if (as == role::node)
            nodes_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, json::error_code&) {
        if (open_.back().as == role::node) {
            settle(std::move(nodes_.back()));
            nodes_.pop_back();
        }
        open_.pop_back();
        return true;
    }
    bool on_array_begin(json::error_code&) {
        open_.push_back({next(), true});
        return true;
    }
    bool on_array_end(std::size_t, json::error_code&) {
        open_.pop_back();
        return true;
    }
    bool on_key_part(json::string_view s, std::size_t, json::error_code&) { return gather(s); }
    bool on_key(json::string_view s, std::size_t, json::error_code&) {
        gather(s);
        key_ = role_in(open_.back().as, text_);
        text_.clear();
        return true;
    }
    bool on_string_part(json::string_view s, std::size_t, json::error_code&) { return gather(s); }
    bool on_string(json::string_view s, std::size_t, json::error_code&) {
        gather(s);
        take(next());
        text_.clear();
        return true;
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    jsonld_facts of_work;
    jsonld_facts of_other;

  private:
    struct container {
        role as;
        bool array;
    };

    // The role of the value that follows.
    role next() const {
        if (open_.empty())
            return role::node;
        return open_.back().array ? open_.back().as : key_;
    }

    bool gather(json::string_view s) {
        if (text_.size() < max_fact * 4)
            text_.append(s.data(), s.size());
        return true;
    }

    void take(role as) {
        if (as == role::none || nodes_.empty())
            return;
        auto value = html::collapsed(utf8::prefix(text_, max_fact));
        auto& node = nodes_.back();
        auto& facts = node.facts;
        switch (as) {
            case role::type:
                node.work = node.work || is_work(value);
                node.site = node.site || value.ends_with("WebSite");
                return;
            case role::published:
                return set(facts.published, value);
            case role::modified:
                return set(facts.modified, value);
            case role::headline:
                return set(facts.headline, value);
            case role::name:
                return set(node.name, value);
            case role::publisher:
            case role::publisher_name:
                return set(facts.site_name, value);
            case role::author:
            case role::author_name:
                if (!value.empty() && facts.authors.size() < max_jsonld_authors)
                    facts.authors.push_back(std::move(value));
                return;
            default:
                return;
        }
    }

    static void set(std::string& into, std::string& value) {
        if (into.empty())
            into = std::move(value);
    }

    void settle(node_facts&& node) {
        if (node.site)
            node.facts.site_name = std::move(node.name);
        (node.work ? of_work : of_other).fill(node.facts);
    }

    std::vector<container> open_;
    std::vector<node_facts> nodes_;
    role key_ = role::none;
    std::string text_;
};

}  // namespace

bool read_jsonld(std::string_view text, jsonld_facts& of_work, jsonld_facts& of_other) {
    json::parse_options options;
    options.max_depth = max_jsonld_depth;
    json::basic_parser<facts_handler> parser(options);
    json::error_code error;
    auto const read = parser.write_some(false, text.data(), text.size(), error);
    if (error || read != text.size())
        return false;
    of_work.fill(parser.handler().of_work);
    of_other.fill(parser.handler().of_other);
    return true;
}

}  // namespace fetchd::tasks
