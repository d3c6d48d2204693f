#include "worker/tasks/sitemap_xml.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "worker/tasks/feed_date.hpp"
#include "worker/tasks/utf8.hpp"
#include "worker/tasks/xml_events.hpp"

namespace fetchd::tasks {
namespace {

using xml::vocabulary;

constexpr std::size_t longest_text = 8U << 10U;  // of one element; what is longer says nothing of use

std::string known_frequency(std::string_view written) {
    constexpr std::array<std::string_view, 7> words = {"always",  "hourly", "daily", "weekly",
                                                       "monthly", "yearly", "never"};
    auto const word = ascii_lowered(written);
    return std::ranges::find(words, word) == words.end() ? std::string() : word;
}

std::optional<double> known_priority(std::string_view written) {
    double value = 0;
    auto const [end, error] =
        std::from_chars(written.data(), written.data() + written.size(), value, std::chars_format::fixed);
    if (error != std::errc() || end != written.data() + written.size() || !(value >= 0 && value <= 1))
        return std::nullopt;
    return value;
}

class builder final : public xml::handler {
  public:
    builder(sitemap_places& places, sitemap_limits const& limits, sitemap& made)
        : places_(places), limits_(limits), made_(made) {}

    bool start(xml::element_name, xml::attributes const&) override;
    void text(std::string_view piece) override {
        if (text_.size() + piece.size() <= longest_text)
            text_ += piece;
        else
            text_.assign(longest_text + 1, ' ');
    }
    void end(xml::element_name) override;

    bool is_sitemap = false;
    std::string root;

  private:
    // What an entry is of and what is said with it, by depth: <urlset><url><image:image><image:loc>.
    static constexpr std::size_t entry_depth = 2;

    void open_root(std::string_view local);
    void start_alternate(xml::attributes const&);
    void close_entry();
    void store(xml::element_name, std::string_view);
    void store_news(std::string_view local, std::string_view);
    void add(std::vector<std::string>& all, std::string_view address);

    sitemap_places& places_;
    sitemap_limits limits_;
    sitemap& made_;
    std::string_view wanted_;  // the element that is an entry
    std::size_t depth_ = 0;
    bool open_ = false;  // inside an entry
    std::string text_;   // since the last tag
    sitemap_entry entry_;
    std::string loc_;
    std::string bare_;  // text of the entry itself, which some take for its URL
};

void builder::open_root(std::string_view local) {
    root = local.substr(0, 100);
    is_sitemap = local == "urlset" || local == "sitemapindex";
    made_.type = local == "urlset" ? sitemap_kind::urlset : sitemap_kind::index;
    wanted_ = local == "urlset" ? "url" : "sitemap";
}

bool builder::start(xml::element_name name, xml::attributes const& with) {
    if (++depth_ == 1) {
        open_root(name.local);
        return is_sitemap;
    }
    if (places_.spent()) {
        made_.truncated = true;
        return false;
    }
    if (depth_ == entry_depth && name.local == wanted_) {
        if (made_.urls.size() + made_.sitemaps.size() == limits_.entries) {
            made_.truncated = true;
            return false;
        }
        open_ = true;
        entry_ = {};
        loc_.clear();
        bare_.clear();
    } else if (open_ && depth_ == entry_depth + 1) {
        bare_ += utf8::trimmed(text_);
        if (name.local == "link" && name.in != vocabulary::atom)
            start_alternate(with);
        if (name.in == vocabulary::news && name.local == "news")
            entry_.news.emplace();
    }
    text_.clear();
    return true;
}

void builder::start_alternate(xml::attributes const& with) {
    auto const href = with.get("href").value_or("");
    if (with.get("rel").value_or("alternate") != "alternate" || entry_.alternates.size() == limits_.many)
        return;
    auto at = places_.resolved(href);
    if (!at.empty())
        entry_.alternates.push_back(
            {places_.keep(one_line(with.get("hreflang").value_or(""), 100)), std::move(at)});
}

void builder::end(xml::element_name name) {
    auto const value = utf8::trimmed(text_);
    if (open_ && depth_ == entry_depth) {
        bare_ += value;
        close_entry();
    } else if (open_ && value.size() <= longest_text) {
        store(name, value);
    }
    text_.clear();
    --depth_;
}

void builder::store(xml::element_name name, std::string_view value) {
    switch (name.in) {
        case vocabulary::image:
            if (name.local == "loc")
                add(entry_.images, value);
            return;
        case vocabulary::video:
            if (name.local == "content_loc" || name.local == "player_loc")
                add(entry_.videos, value);
            return;
        case vocabulary::news:
            return store_news(name.local, value);
        default:
            break;
    }
    if (depth_ != entry_depth + 1)
        return;
    if (name.local == "loc" && loc_.empty())
        loc_ = value;
    else if (name.local == "lastmod")
        entry_.lastmod = sitemap_date(value).value_or("");
    else if (name.local == "changefreq")
        entry_.changefreq = known_frequency(value);
    else if (name.local == "priority")
        entry_.priority = known_priority(value);
}

void builder::store_news(std::string_view local, std::string_view value) {
    if (!entry_.news)
        return;
    auto& news = *entry_.news;
    if (local == "title")
        news.title = places_.keep(one_line(value, longest_text));
    else if (local == "publication_date")
        news.published = sitemap_date(value).value_or("");
    else if (local == "name")
        news.publication = places_.keep(one_line(value, longest_text));
    else if (local == "language")
        news.language = places_.keep(one_line(value, 100));
}

void builder::add(std::vector<std::string>& all, std::string_view address) {
    if (all.size() == limits_.many)
        return;
    if (auto at = places_.resolved(address); !at.empty())
        all.push_back(std::move(at));
}

void builder::close_entry() {
    open_ = false;
    if (!places_.locate(made_, entry_, loc_.empty() ? bare_ : loc_))
        return;
    auto& all = made_.type == sitemap_kind::index ? made_.sitemaps : made_.urls;
    all.push_back(std::move(entry_));
}

}  // namespace

result<bool> read_xml_sitemap(std::string_view utf8, sitemap_places& places, sitemap_limits const& limits,
                              sitemap& made, std::string& root) {
    builder to(places, limits, made);
    if (auto const done = xml::read(utf8, to); !done)
        return done.error();
    made.truncated = made.truncated || places.spent();
    root = std::move(to.root);
    return to.is_sitemap;
}

}  // namespace fetchd::tasks
