#include "worker/tasks/metadata_page.hpp"

#include <algorithm>

#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/links_kind.hpp"
#include "worker/tasks/metadata_date.hpp"
#include "worker/tasks/microdata.hpp"
#include "worker/tasks/words.hpp"

namespace fetchd::tasks {
namespace {

using html::node;
using html::tag;

constexpr std::size_t max_name = 200;
constexpr std::size_t max_authors = 20;
constexpr std::size_t max_author = 300;
constexpr std::size_t max_link_field = 8 * 1024;

// Elements whose text is looked at in search of one fact. Those without are many where somebody wants to keep
// a worker busy.
constexpr unsigned max_tries = 20;

std::string cleaned(std::string_view value, std::size_t most = max_metadata_value) {
    return html::collapsed(utf8::prefix(value, most));
}

void set(std::string& into, std::string_view value) {
    if (into.empty())
        into = cleaned(value);
}

void add_author(std::vector<std::string>& authors, std::string_view value) {
    auto name = cleaned(value, max_author);
    bool const is_url = name.starts_with("http://") || name.starts_with("https://");
    if (!name.empty() && !is_url && authors.size() < max_authors &&
        std::find(authors.begin(), authors.end(), name) == authors.end())
        authors.push_back(std::move(name));
}

// Which names speak of a date, and which are trusted first. The ranks between are those of structured data.
constexpr unsigned rank_of_jsonld = 2;
constexpr unsigned rank_of_itemprop = 3;
constexpr unsigned rank_of_field = 20;
struct date_row {
    std::string_view name;
    unsigned rank;
};
constexpr date_row published_names[] = {
    {"article:published_time", 1},
    {"og:published_time", 4},
    {"article:published", 4},
    {"dcterms.issued", 5},
    {"dc.date.issued", 5},
    {"dcterms.created", 6},
    {"dc.date.created", 6},
    {"dcterms.date", 7},
    {"dc.date", 7},
    {"parsely-pub-date", 8},
    {"sailthru.date", 8},
    {"citation_publication_date", 8},
    {"citation_online_date", 9},
    {"citation_date", 9},
    {"pubdate", 9},
    {"publishdate", 9},
    {"publish-date", 9},
    {"publish_date", 9},
    {"article.published", 9},
    {"datepublished", 9},
    {"date", 10},
};
constexpr date_row modified_names[] = {
    {"article:modified_time", 1}, {"og:updated_time", 4},  {"article:modified", 4},
    {"dcterms.modified", 5},      {"dc.date.modified", 5}, {"article.updated", 9},
    {"datemodified", 9},          {"last-modified", 10},   {"revised", 10},
};

void offer_date(std::span<date_row const> names, std::string_view name, std::string_view value,
                date_choice& to) {
    for (auto const& row : names)
        if (row.name == name)
            to.offer(row.rank, value);
}

bool is_open_graph(std::string_view name) {
    for (std::string_view prefix : {"article:", "book:", "fb:", "music:", "product:", "profile:", "video:"})
        if (name.size() > prefix.size() && name.starts_with(prefix))
            return true;
    return false;
}

// Adds under the name behind the prefix, where it has it.
bool add_after(value_group& group, std::string_view prefix, std::string_view name, std::string_view value) {
    if (name.size() <= prefix.size() || !name.starts_with(prefix))
        return false;
    if (auto text = cleaned(value); !text.empty())
        group.add(name.substr(prefix.size()), std::move(text));
    return true;
}

class head_reader {
  public:
    head_reader(context& visit, page_facts& facts) : visit_(visit), facts_(facts) {}

    void meta(node n) {
        std::string_view property;
        std::string_view name;
        std::string_view pragma;
        std::string_view content;
        for (auto a = n.first_attribute(); a; a = a.next()) {
            auto const key = a.name();
            if (key == "property")
                property = a.value();
            else if (key == "name")
                name = a.value();
            else if (key == "http-equiv")
                pragma = a.value();
            else if (key == "content")
                content = a.value();
        }
        if (content.empty())
            return;
        if (!property.empty())
            for_each_word(property.substr(0, max_name * 2), [&](std::string_view word) {
                grouped(ascii_lowered(word.substr(0, max_name)), content);
            });
        if (!name.empty()) {
            auto const lower = cleaned(ascii_lowered(utf8::prefix(name, max_name)));
            grouped(lower, content);
            named(lower, content);
        }
        if (same_word(pragma, "content-language"))
            set(facts_.language, content);
        else if (same_word(pragma, "last-modified"))
            facts_.modified.offer(10, content);
    }

    void link(node n) {
        auto const rel = n.attribute("rel").value_or("");
        auto const kind = kind_of_link(n);
        bool const canonical = has_word(rel, "canonical");
        if (canonical && facts_.canonical.empty())
            facts_.canonical = visit_.absolute(n.attribute("href").value_or("")).value_or("");
        if (kind == link_kind::icon)
            resource(n, facts_.icons);
        else if (kind == link_kind::feed)
            resource(n, facts_.feeds);
        else if (kind == link_kind::alternate && !canonical)
            resource(n, facts_.alternates);
    }

    // What elements of the page with an itemprop say of the page: only those of its main thing, which is
    // taken to be the first that says it.
    void property(node n) {
        auto const names = n.attribute("itemprop").value_or("");
        if (has_word(names, "datepublished") && published_tries_++ < max_tries)
            facts_.published.offer(rank_of_itemprop, microdata_value(n, visit_.references()));
        if (has_word(names, "datemodified") && modified_tries_++ < max_tries)
            facts_.modified.offer(rank_of_itemprop, microdata_value(n, visit_.references()));
        if (itemprop_author_.empty() && has_word(names, "author") && itemprop_tries_++ < max_tries)
            itemprop_author_ = n.attribute("itemscope") ? html::inline_text(n, max_author)
                                                        : microdata_value(n, visit_.references());
    }

    void anchor(node n) {
        if (link_author_.empty())
            if (auto const rel = n.attribute("rel");
                rel && has_word(*rel, "author") && link_tries_++ < max_tries)
                link_author_ = html::inline_text(n, max_author);
    }

    // The first that is known: by structured data, by name, by what stands on the page.
    void settle_authors(jsonld_facts const& structured) {
        for (auto const& name : structured.authors)
            add_author(facts_.authors, name);
        for (auto const* more : {&named_authors_, &grouped_authors_})
            if (facts_.authors.empty())
                facts_.authors = *more;
        if (facts_.authors.empty())
            add_author(facts_.authors, itemprop_author_);
        if (facts_.authors.empty())
            add_author(facts_.authors, link_author_);
    }

    void settle_site_name(jsonld_facts const& structured) {
        set(facts_.site_name, structured.site_name);
        set(facts_.site_name, application_);
    }

  private:
    // Names with a prefix: in `property`, or in `name`, which many pages confuse with it.
    void grouped(std::string_view name, std::string_view content) {
        if (name == "og:site_name")
            set(facts_.site_name, content);
        if (name == "article:author")
            add_author(grouped_authors_, content);
        offer_date(published_names, name, content, facts_.published);
        offer_date(modified_names, name, content, facts_.modified);
        for (std::string_view prefix : {"og:", "http://ogp.me/ns#", "https://ogp.me/ns#"})
            if (add_after(facts_.open_graph, prefix, name, content))
                return;
        if (!add_after(facts_.twitter, "twitter:", name, content) && is_open_graph(name))
            add_after(facts_.open_graph, "", name, content);
    }

    void named(std::string_view name, std::string_view content) {
        if (name == "description")
            set(facts_.description, content);
        else if (name == "generator")
            set(facts_.generator, content);
        else if (name == "theme-color")
            set(facts_.theme_color, content);
        else if (name == "application-name")
            set(application_, content);
        else if (name == "keywords")
            keywords(content);
        else if (name == "author" || name == "dc.creator" || name == "dcterms.creator" ||
                 name == "parsely-author" || name == "sailthru.author" || name == "citation_author")
            add_author(named_authors_, content);
        if (!add_after(facts_.dublin_core, "dc.", name, content))
            add_after(facts_.dublin_core, "dcterms.", name, content);
    }

    void keywords(std::string_view list) {
        list = utf8::prefix(list, max_metadata_value);
        while (!list.empty()) {
            auto const comma = list.find(',');
            auto word = html::collapsed(list.substr(0, comma));
            list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
            auto& all = facts_.keywords;
            if (!word.empty() && all.size() < max_keywords &&
                std::find(all.begin(), all.end(), word) == all.end())
                all.push_back(std::move(word));
        }
    }

    void resource(node n, std::vector<linked_resource>& into) {
        if (into.size() == max_metadata_values)
            return;
        auto url = visit_.absolute(n.attribute("href").value_or(""));
        if (!url)
            return;
        auto const text = [n](std::string_view name) {
            return cleaned(n.attribute(name).value_or(""), 1000);
        };
        into.push_back(
            {std::move(*url), text("type"), text("title"), text("hreflang"), text("media"), text("sizes")});
    }

    context& visit_;
    page_facts& facts_;
    std::string application_;
    std::vector<std::string> named_authors_;
    std::vector<std::string> grouped_authors_;
    std::string itemprop_author_;
    std::string link_author_;
    unsigned published_tries_ = 0, modified_tries_ = 0, itemprop_tries_ = 0, link_tries_ = 0;
};

// RFC 8288 §3: the target of the first link-value of a Link field whose relations include `relation`.
std::string_view linked_by_field(std::string_view field, std::string_view relation) {
    while (true) {
        auto const open = field.find('<');
        auto const close = field.find('>', open == field.npos ? 0 : open);
        if (open == field.npos || close == field.npos)
            return {};
        auto const target = field.substr(open + 1, close - open - 1);
        field.remove_prefix(close + 1);
        auto const parameters = field.substr(0, field.find('<'));
        for (std::size_t at = 0; (at = parameters.find("rel=", at)) != parameters.npos; at += 4) {
            auto value = parameters.substr(at + 4);
            bool const quoted = value.starts_with('"');
            value = quoted ? value.substr(1, value.find('"', 1) - 1)
                           : value.substr(0, value.find_first_of(";, \t"));
            if (has_word(value, relation))
                return target;
        }
    }
}

void read_fields(context& visit, page_facts& facts) {
    if (facts.language.empty())
        for (auto field : visit.fields("Content-Language"))
            if (field.find(',') == field.npos)  // of several, none is the page's
                set(facts.language, field);
    if (facts.canonical.empty())
        for (auto field : visit.fields("Link"))
            if (auto const target = linked_by_field(field.substr(0, max_link_field), "canonical");
                !target.empty() && facts.canonical.empty())
                facts.canonical = visit.absolute(target).value_or("");
    for (auto field : visit.fields("Last-Modified"))
        facts.modified.offer(rank_of_field, field);
}

bool is_jsonld(html::node script) {
    auto const type = script.attribute("type");
    return type && same_word(utf8::trimmed(type->substr(0, type->find(';'))), "application/ld+json");
}

}  // namespace

void date_choice::offer(unsigned rank, std::string_view raw) {
    constexpr unsigned doubtful = 1000;
    constexpr std::size_t most = 100;
    if (rank >= best_)
        return;
    auto certain = iso_date(raw);
    if (!certain.empty()) {
        best_ = rank;
        text_ = std::move(certain);
    } else if (auto text = cleaned(raw, most); rank + doubtful < best_ && !text.empty()) {
        best_ = rank + doubtful;
        text_ = std::move(text);
    }
}

void value_group::add(std::string_view name, std::string value) {
    if (values_ == max_metadata_values)
        return;
    ++values_;
    auto at = std::find_if(all_.begin(), all_.end(), [&](auto const& row) { return row.first == name; });
    if (at == all_.end())
        at = all_.insert(all_.end(), {std::string(name), {}});
    at->second.push_back(std::move(value));
}

page_facts read_page(context& visit, survey const& found, jsonld_facts const& structured) {
    page_facts facts;
    head_reader head(visit, facts);
    if (found.title)
        facts.title = html::inline_text(found.title, max_metadata_value);
    if (found.html)
        facts.language = cleaned(found.html.attribute("lang").value_or(""), max_name);
    for (auto meta : found.metas)
        head.meta(meta);
    for (auto link : found.links) {
        if (link.tag() == tag::link)
            head.link(link);
        else
            head.anchor(link);
    }
    for (auto property : found.properties)
        head.property(property);
    facts.published.offer(rank_of_jsonld, structured.published);
    facts.modified.offer(rank_of_jsonld, structured.modified);
    head.settle_authors(structured);
    head.settle_site_name(structured);
    read_fields(visit, facts);
    return facts;
}

jsonld read_scripts(survey const& found) {
    jsonld scripts;
    for (auto n : found.embeds)
        if (n.tag() == html::tag::script && is_jsonld(n))
            if (auto const text = n.first_child())
                scripts.add(text.text());
    return scripts;
}

}  // namespace fetchd::tasks
