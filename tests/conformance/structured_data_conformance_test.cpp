// Structured data of real and made pages, as extruct's authors expect it, in our shapes. A case is a file of
// expectations and one kind of data in it; each that differs is named in a table, with its reason.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "http/url.hpp"
#include "worker/tasks/inline_text.hpp"
#include "worker/tasks/rdfa.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

fs::path const samples = FETCHD_SOURCE_DIR "/../shared/corpora/structured-data";

std::string read(fs::path const& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

enum class kind { microdata, json_ld, open_graph, rdfa, dublin_core };

struct sample {
    kind what;
    std::string page;
    std::string expected;
    std::string address;      // what the page was fetched from
    std::string member = {};  // of the expectations, where they are of several kinds
};

// Whatever differs and why. Everything else is alike.
std::map<std::string, std::string> const deviations = {
    {"microdata w3c/microdata.5.3.json", "values of one name stand in tree order, as HTML has it"},
    {"microdata schema.org/product-ref.json",
     "an itemref to an item without itemprop gives nothing, as HTML has it"},
    {"microdata schema.org/SearchAction.001.json", "the value of <input> is its text, as HTML has it"},
    {"open_graph songkick/elysianfields_1.json", "prefixes of its own: those of Open Graph are told of"},
    {"open_graph misc/opengraph_test.json", "fb: is told of, declared or not"},
    {"open_graph misc/opengraph_ns_product_test.json", "fb: is told of, declared or not"},
    {"rdfa songkick/elysianfields.json", "texts are in the language of `lang`, as HTML+RDFa has it"},
    {"rdfa songkick/elysianfields_1.json", "texts are in the language of `lang`, as HTML+RDFa has it"},
    {"rdfa songkick/tovestyrke.json", "texts are in the language of `lang`, as HTML+RDFa has it"},
    {"rdfa misc/Portfolio_Niels_Lubberman.json", "RDFa 1.0: literals of markup, and terms for rel"},
    {"dublin_core songkick/elysianfields.json", "a plain description is no Dublin Core"},
    {"dublin_core songkick/tovestyrke.json", "a plain description is no Dublin Core"},
};

std::string const example = "http://www.example.com/index.html";

std::vector<sample> cases() {
    std::vector<sample> all;
    auto const add = [&](kind what, std::string const& page, std::string const& expected, std::string address,
                         std::string member = {}) {
        all.push_back({what, page + ".html", expected, std::move(address), std::move(member)});
    };
    for (std::string name :
         {"4.2.data", "4.2.meter", "4.2.strings", "4.2.strings.unclean", "5.2", "5.3", "5.5"})
        add(kind::microdata, "w3c/microdata." + name, "w3c/microdata." + name + ".json", example);
    add(kind::microdata, "w3c/microdata.7.1", "w3c/microdata.7.1.json",
        "http://blog.example.com/progress-report");
    add(kind::microdata, "w3c/microdata.object", "w3c/microdata.object.json",
        "http://www.example.com/microdata/test");
    for (std::string name : {"CreativeWork.001", "Event.001", "Event.002", "Event.003", "Event.004",
                             "Event.008", "LocalBusiness.002", "LocalBusiness.003", "MusicRecording.001",
                             "SearchAction.001", "product", "product-ref"})
        add(kind::microdata, "schema.org/" + name, "schema.org/" + name + ".json",
            "http://some-example.com/");
    add(kind::microdata, "schema.org/product", "schema.org/product_custom_url.json",
        "http://some-example.com/");
    add(kind::microdata, "misc/product_microdata", "schema.org/product.json", "http://some-example.com/");
    add(kind::microdata, "websites/microdata-with-description", "websites/microdata-with-description.json",
        "");
    for (std::string name :
         {"schema.org/CreativeWork.001", "schema.org.invalid/AllocateAction.001",
          "schema.org.invalid/JoinAction.001", "custom.invalid/AllocateAction.001",
          "custom.invalid/JoinAction.001", "custom.invalid/JSONLD_with_JS_comment",
          "custom.invalid/JSONLD_with_control_characters",
          "custom.invalid/JSONLD_with_control_characters_comment", "songkick/jsonld_empty_item_test",
          "songkick/Years & Years Tickets, Tour Dates 2015 & Concerts",
          "songkick/Maxïmo Park Gigography, Tour History & Past Concerts", "misc/null_ld_mock"})
        add(kind::json_ld, name, name + ".jsonld", "");
    for (std::string name : {"songkick/elysianfields", "songkick/elysianfields_1", "songkick/tovestyrke"}) {
        std::string const address =
            name == "songkick/tovestyrke"
                ? "https://www.songkick.com/concerts/30166884-tove-styrke-at-hoxton-square-"
                  "bar-and-kitchen"
                : "http://www.songkick.com/artists/236156-elysian-fields";
        add(kind::json_ld, name, name + ".json", address, "json-ld");
        add(kind::open_graph, name, name + ".json", address, "opengraph");
        add(kind::rdfa, name, name + ".json", address, "rdfa");
        if (name != "songkick/elysianfields_1")
            add(kind::dublin_core, name, name + ".json", address, "dublincore");
        add(kind::microdata, name, name + ".json", address, "microdata");
    }
    add(kind::open_graph, "misc/opengraph_test", "misc/opengraph_test.json", "");
    add(kind::open_graph, "misc/opengraph_ns_product_test", "misc/opengraph_ns_product_test.json", "");
    add(kind::dublin_core, "misc/dublincore_test", "misc/dublincore_test.json", "");
    for (auto const& file : fs::directory_iterator(samples / "w3crdfa"))
        if (auto const stem = file.path().stem().string(); file.path().extension() == ".html")
            add(kind::rdfa, "w3crdfa/" + stem, "w3crdfa/" + stem + ".expanded.json", example);
    add(kind::rdfa, "wikipedia/xhtml+rdfa", "wikipedia/xhtml+rdfa.expanded.json", example);
    add(kind::rdfa, "misc/expanded_OG_support_test", "misc/expanded_OG_support_test.json", example);
    add(kind::rdfa, "misc/Portfolio_Niels_Lubberman", "misc/Portfolio_Niels_Lubberman.json",
        "http://nielslubberman.nl/drupal/");
    return all;
}

// ---- both sides in one shape

// Texts are one line with us.
json::value lined(json::value const& v) {
    if (auto const* s = v.if_string())
        return json::value(html::collapsed(std::string_view(s->data(), s->size())));
    if (auto const* list = v.if_array()) {
        json::array out;
        for (auto const& element : *list)
            out.push_back(lined(element));
        return out;
    }
    if (auto const* o = v.if_object()) {
        json::object out;
        for (auto const& member : *o)
            out[member.key()] = lined(member.value());
        return out;
    }
    return v;
}

json::array listed(json::value v) {
    if (v.is_array())
        return v.as_array();
    json::array one;
    one.push_back(std::move(v));
    return one;
}

std::string absolute(std::string_view text, std::string const& address) {
    auto const base = url::parse(address);
    auto const made = url::parse(text, base ? &*base : nullptr);
    return made ? std::string(made->href()) : std::string(text);
}

// An item of extruct: one value stands alone, no "properties" where there are none.
json::value item(json::value const& v) {
    auto const* o = v.if_object();
    if (o == nullptr)
        return lined(v);
    json::object out;
    if (auto const* type = o->if_contains("type"))
        out["type"] = listed(*type);
    for (std::string_view same : {"id", "value"})
        if (auto const* member = o->if_contains(same))
            out[same] = lined(*member);
    json::object properties;
    if (auto const* all = o->if_contains("properties"); all != nullptr && all->is_object())
        for (auto const& member : all->as_object()) {
            json::array values;
            for (auto const& value : listed(member.value()))
                values.push_back(item(value));
            properties[member.key()] = values;
        }
    out["properties"] = properties;
    return out;
}

json::value items(json::value const& v) {
    json::array out;
    for (auto const& one : listed(v))
        out.push_back(item(one));
    return out;
}

// The same strings but for those of `wanted` that are a URL in `got` once they are absolute.
bool alike(json::value const& got, json::value const& wanted, std::string const& address) {
    if (got.kind() != wanted.kind())
        return got.is_number() && wanted.is_number() && got.to_number<double>() == wanted.to_number<double>();
    if (auto const* s = got.if_string())
        return *s == wanted.as_string() ||
               std::string_view(*s) == absolute(std::string_view(wanted.as_string()), address);
    if (auto const* list = got.if_array()) {
        auto const& other = wanted.as_array();
        return list->size() == other.size() &&
               std::equal(list->begin(), list->end(), other.begin(),
                          [&](auto const& a, auto const& b) { return alike(a, b, address); });
    }
    if (auto const* o = got.if_object()) {
        auto const& other = wanted.as_object();
        if (o->size() != other.size())
            return false;
        for (auto const& member : *o) {
            auto const* there = other.if_contains(member.key());
            if (there == nullptr || !alike(member.value(), *there, address))
                return false;
        }
        return true;
    }
    return got == wanted;
}

// [["og:title", "T"], ...] in our shape: {"title": "T"}, and an array of several.
json::value graph_of(json::value const& expected) {
    std::map<std::string, json::array> all;
    for (auto const& page : listed(expected))
        for (auto const& pair : page.at("properties").as_array()) {
            std::string name(std::string_view(pair.at(0).as_string()));
            all[name.starts_with("og:") ? name.substr(3) : name].push_back(lined(pair.at(1)));
        }
    json::object out;
    for (auto const& [name, values] : all)
        out[name] = values.size() == 1 ? values[0] : json::value(values);
    return out;
}

// Names and texts; the links, languages and schemes of Dublin Core are not told of.
json::value dublin_core_of(json::value const& expected) {
    std::map<std::string, json::array> all;
    for (auto const& page : listed(expected))
        for (auto const* part : {"elements", "terms"})
            for (auto const& element : page.at(part).as_array()) {
                auto const* name = element.as_object().if_contains("name");
                if (name == nullptr)
                    continue;
                std::string lower;
                for (char c : std::string_view(name->as_string()))
                    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
                all[lower.substr(lower.find('.') + 1)].push_back(lined(element.at("content")));
            }
    json::object out;
    for (auto const& [name, values] : all)
        out[name] = values.size() == 1 ? values[0] : json::value(values);
    return out;
}

// Nodes by name, values in a fixed order, blank nodes by what is said of them.
json::value nodes(json::value const& v) {
    std::multimap<std::string, json::value> sorted;
    for (auto node : listed(lined(v))) {
        json::object out;
        for (auto const& member : node.as_object()) {
            if (!member.value().is_array()) {
                bool const blank = std::string_view(member.value().as_string()).starts_with("_:");
                out[member.key()] = blank ? json::value("_:") : member.value();
                continue;
            }
            std::multimap<std::string, json::value> values;
            for (auto value : member.value().as_array()) {
                if (auto* o = value.if_object())
                    if (auto* id = o->if_contains("@id"))
                        if (std::string_view(id->as_string()).starts_with("_:"))
                            *id = "_:";
                values.emplace(json::serialize(value), value);
            }
            json::array list;
            for (auto const& [text, value] : values)
                list.push_back(value);
            out[member.key()] = list;
        }
        sorted.emplace(json::serialize(out), out);
    }
    json::array out;
    for (auto const& [text, value] : sorted)
        out.push_back(value);
    return out;
}

// Objects compare by their members, whatever their order.
json::value by_name(json::value const& v) {
    if (auto const* list = v.if_array()) {
        json::array out;
        for (auto const& element : *list)
            out.push_back(by_name(element));
        return out;
    }
    if (auto const* o = v.if_object()) {
        std::map<std::string, json::value> sorted;
        for (auto const& member : *o)
            sorted[std::string(member.key())] = by_name(member.value());
        json::object out;
        for (auto const& [name, value] : sorted)
            out[name] = value;
        return out;
    }
    return v;
}

// ---- what we make of a page

json::value metadata_of(std::string const& page, std::string const& address) {
    request want;
    want.names = {"metadata"};
    want.json = false;
    want.content_type = "text/html; charset=utf-8";
    want.base_url = address;
    auto const done = perform(standard(), want, page);
    return done ? json::parse(done->output) : json::value();
}

// All RDFa, that of <meta> too.
json::value rdfa_of(std::string const& page, std::string const& address) {
    auto const document = html::document::parse(page);
    auto const own = url::parse(address);
    if (!document || !own)
        return nullptr;
    resolver links(*own, *own);
    std::string out;
    read_rdfa(document->root(), address, links).append_json(out);
    return out.empty() ? json::value(json::array()) : json::parse(out);
}

json::value made(sample const& s) {
    auto const page = read(samples / s.page);
    if (s.what == kind::rdfa)
        return nodes(by_name(rdfa_of(page, s.address)));
    auto const all = metadata_of(page, s.address);
    auto const member = [&](char const* name, json::value none) {
        auto const* found = all.as_object().if_contains(name);
        return found == nullptr ? none : *found;
    };
    switch (s.what) {
        case kind::microdata:
            return member("microdata", json::array());
        case kind::json_ld:
            return lined(member("json_ld", json::array()));
        case kind::open_graph:
            return member("open_graph", json::object());
        default:
            return member("dublin_core", json::object());
    }
}

json::value wanted(sample const& s) {
    auto value = json::parse(read(samples / s.expected));
    if (!s.member.empty())
        value = value.at(s.member);
    switch (s.what) {
        case kind::rdfa:
            return nodes(by_name(value));
        case kind::microdata:
            return items(value);
        case kind::open_graph:
            return graph_of(value);
        case kind::dublin_core:
            return dublin_core_of(value);
        default:
            break;
    }
    if (auto const* o = value.if_object(); o != nullptr && o->contains("items")) {
        json::array flat;  // scripts with an array each
        for (auto const& list : value.at("items").as_array())
            for (auto const& one : listed(list))
                flat.push_back(one);
        value = flat;
    }
    return lined(value);
}

char const* name_of(kind k) {
    constexpr char const* names[] = {"microdata", "json_ld", "open_graph", "rdfa", "dublin_core"};
    return names[static_cast<std::size_t>(k)];
}

TEST(StructuredData, IsWhatIsExpectedButForTheTable) {
    if (!fs::exists(samples))
        GTEST_SKIP() << "no " << samples;
    std::size_t same = 0;
    std::set<std::string> differ;
    auto const all = cases();
    for (auto const& s : all) {
        auto const name = std::string(name_of(s.what)) + " " + s.expected;
        auto const got = made(s);
        auto const want = wanted(s);
        if (alike(got, want, s.address)) {
            ++same;
            EXPECT_FALSE(deviations.contains(name)) << name << " is alike now";
            continue;
        }
        differ.insert(name);
        EXPECT_TRUE(deviations.contains(name)) << name << " of " << s.page << "\n--- wanted\n"
                                               << want << "\n--- got\n"
                                               << got;
    }
    std::cout << "structured data: " << same << " of " << all.size() << " alike\n";
    for (auto const& [name, reason] : deviations)
        EXPECT_TRUE(differ.contains(name)) << name << " is no case that differs";
}

}  // namespace
}  // namespace fetchd::tasks
