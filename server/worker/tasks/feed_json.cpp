#include "worker/tasks/feed_json.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "worker/tasks/feed_date.hpp"
#include "worker/tasks/feed_text.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

namespace json = boost::json;

class reader {
  public:
    reader(std::string_view address, feed_limits const& limits) : limits_(limits), kept_(limits.bytes) {
        if (auto own = url::parse(address))
            base_ = std::move(*own);
    }

    feed read(json::object const& from);

  private:
    std::string_view text(json::object const& from, std::string_view name) const {
        auto const* found = from.if_contains(name);
        auto const* s = found == nullptr ? nullptr : found->if_string();
        return s == nullptr ? std::string_view() : utf8::trimmed(std::string_view(s->data(), s->size()));
    }
    std::string line(json::object const& from, std::string_view name) {
        return kept_.keep(one_line(text(from, name), limits_.text));
    }
    std::string address(json::object const& from, std::string_view name) {
        return kept_.keep(absolute_url(text(from, name), base_, limits_.text));
    }
    std::string date(json::object const& from, std::string_view name) const {
        return feed_date(text(from, name)).value_or("");
    }
    // The members of an array that are objects; nothing where there is none.
    template <class Use>
    void each(json::object const& from, std::string_view name, std::size_t most, Use&& use) {
        auto const* found = from.if_contains(name);
        auto const* all = found == nullptr ? nullptr : found->if_array();
        if (all == nullptr)
            return;
        for (auto const& one : *all) {
            if (most-- == 0 || kept_.spent())
                return;
            use(one);
        }
    }
    std::vector<feed_person> authors(json::object const& from);
    feed_item item(json::object const& from);

    feed_limits limits_;
    allowance kept_;
    std::optional<url> base_;
};

std::vector<feed_person> reader::authors(json::object const& from) {
    std::vector<feed_person> all;
    auto const add = [&](json::value const& one) {
        if (auto const* o = one.if_object())
            all.push_back({line(*o, "name"), address(*o, "url"), {}});
    };
    each(from, "authors", limits_.many, add);
    if (auto const* only = from.if_contains("author"); only != nullptr && all.empty())
        add(*only);  // version 1.0
    return all;
}

feed_item reader::item(json::object const& from) {
    feed_item made;
    made.id = line(from, "id");
    if (auto const* id = from.if_contains("id"); id != nullptr && id->is_number())
        made.id = json::serialize(*id);  // version 1 asks readers to take it for text
    made.url = address(from, "url");
    if (made.url.empty())
        made.url = address(from, "external_url");
    made.title = line(from, "title");
    made.summary = line(from, "summary");
    made.content_html = kept_.keep(std::string(text(from, "content_html")));
    made.content_text = kept_.keep(std::string(text(from, "content_text")));
    made.published = date(from, "date_published");
    made.updated = date(from, "date_modified");
    made.image = address(from, "image");
    if (made.image.empty())
        made.image = address(from, "banner_image");
    made.language = line(from, "language");
    made.authors = authors(from);
    each(from, "tags", limits_.many, [&](json::value const& one) {
        if (auto const* tag = one.if_string())
            made.categories.push_back(kept_.keep(one_line({tag->data(), tag->size()}, limits_.text)));
    });
    each(from, "attachments", limits_.many, [&](json::value const& one) {
        auto const* o = one.if_object();
        if (o == nullptr)
            return;
        feed_enclosure file{address(*o, "url"), line(*o, "mime_type"), {}};
        if (auto const* size = o->if_contains("size_in_bytes"); size != nullptr && size->is_int64())
            if (size->get_int64() > 0)
                file.length = static_cast<std::uint64_t>(size->get_int64());
        if (!file.url.empty())
            made.enclosures.push_back(std::move(file));
    });
    return made;
}

feed reader::read(json::object const& from) {
    feed made;
    made.type = "json";
    auto const version = text(from, "version");
    made.version = one_line(version.substr(std::min(version.rfind('/') + 1, version.size())), 20);
    made.title = line(from, "title");
    made.home = address(from, "home_page_url");
    made.url = address(from, "feed_url");
    made.next = address(from, "next_url");
    made.description = line(from, "description");
    made.language = line(from, "language");
    made.icon = address(from, "icon");
    if (made.icon.empty())
        made.icon = address(from, "favicon");
    made.authors = authors(from);
    each(from, "items", std::size_t(-1), [&](json::value const& one) {
        auto const* o = one.if_object();
        if (o == nullptr || made.truncated)
            return;
        made.truncated = made.items.size() == limits_.items;
        if (!made.truncated)
            made.items.push_back(item(*o));
    });
    made.truncated = made.truncated || kept_.spent();
    return made;
}

bool is_feed(json::object const& from) {
    auto const* items = from.if_contains("items");
    auto const* version = from.if_contains("version");
    if (items == nullptr || !items->is_array() || version == nullptr || !version->is_string())
        return false;
    auto const& text = version->get_string();
    return std::string_view(text.data(), text.size()).find("jsonfeed.org/version/") != std::string_view::npos;
}

}  // namespace

result<feed> read_json_feed(std::string_view utf8, std::string_view address, feed_limits const& limits) {
    json::monotonic_resource memory;
    json::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    auto const all = json::parse({utf8.data(), utf8.size()}, error, &memory, options);
    if (error)
        return failure{stage::process, code::bad_document, "JSON: " + error.message()};
    auto const* top = all.if_object();
    if (top == nullptr || !is_feed(*top))
        return failure{stage::process, code::unsupported_type, "JSON that is no JSON Feed"};
    return reader(address, limits).read(*top);
}

}  // namespace fetchd::tasks
