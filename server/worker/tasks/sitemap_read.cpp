#include <array>

#include "base/ascii.hpp"
#include "http/decode.hpp"
#include "worker/tasks/charset.hpp"
#include "worker/tasks/feed.hpp"
#include "worker/tasks/sitemap.hpp"
#include "worker/tasks/sitemap_xml.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::tasks {
namespace {

// RFC 1952 §2.3.1: the two bytes that begin every gzip member, and its only method.
bool is_gzip(std::string_view bytes) {
    return bytes.starts_with("\x1f\x8b\x08");
}

// At most `most` bytes of what gzip holds; whether there is more.
result<bool> gunzip(std::string_view bytes, std::size_t most, std::string& out) {
    std::array<std::string_view, 1> const coding = {"gzip"};
    decode_limits limits;
    limits.output_bytes = most + (2U << 20U);  // the end is ours to see
    limits.ratio = 0;
    auto undo = decoder::create(coding, limits);
    if (!undo)
        return undo.error();
    std::span<char const> in = bytes;
    std::string room(64U << 10U, '\0');
    for (;;) {
        auto const did = undo->step(in, room);
        if (!did)
            return did.error();
        if (did->produced > most - out.size()) {
            out.append(room, 0, most - out.size());
            return true;
        }
        out.append(room, 0, did->produced);
        in = in.subspan(did->consumed);
        if (did->starved)
            break;
    }
    if (auto const ended = undo->finish(); !ended)
        return ended.error();
    return false;
}

// sitemaps.org: one URL a line, nothing else. Whether most lines are.
bool read_text(std::string_view text, sitemap_places& places, sitemap_limits const& limits, sitemap& made) {
    made.type = sitemap_kind::text;
    while (!text.empty() && !places.spent()) {
        auto const end = std::min(text.find_first_of("\r\n"), text.size());
        auto const line = utf8::trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty())
            continue;
        if (made.urls.size() == limits.entries) {
            made.truncated = true;
            break;
        }
        sitemap_entry entry;
        auto const scheme = ascii_lowered(line.substr(0, 8));
        if (!scheme.starts_with("http://") && !scheme.starts_with("https://"))
            ++made.refused;  // a relative URL could be any word
        else if (places.locate(made, entry, line))
            made.urls.push_back(std::move(entry));
        if (made.urls.empty() && made.refused == 100)
            return false;
    }
    made.truncated = made.truncated || places.spent();
    return !made.urls.empty() && made.urls.size() >= made.refused;
}

result<sitemap> read_feed_sitemap(std::string_view utf8, std::string_view address, sitemap_places& places,
                                  sitemap_limits const& limits) {
    feed_limits within;
    within.items = limits.entries;
    auto const found = read_feed(utf8, address, "utf-8", within);
    if (!found)
        return found.error();
    sitemap made;
    made.type = sitemap_kind::feed;
    made.truncated = found->truncated;
    for (auto const& item : found->items) {
        sitemap_entry entry;
        entry.lastmod = item.updated.empty() ? item.published : item.updated;
        if (places.locate(made, entry, item.url))
            made.urls.push_back(std::move(entry));
    }
    return made;
}

result<sitemap> read_utf8(std::string_view text, std::string_view address, sitemap_limits const& limits) {
    sitemap_places places(address, limits);
    sitemap made;
    if (!utf8::trimmed(text).starts_with('<')) {
        if (read_text(text, places, limits, made))
            return made;
        return failure{stage::process, code::unsupported_type, "neither XML nor one URL a line"};
    }
    std::string root;
    auto const done = read_xml_sitemap(text, places, limits, made, root);
    if (!done)
        return done.error();
    if (*done)
        return made;
    if (root == "rss" || root == "feed" || root == "RDF")
        return read_feed_sitemap(text, address, places, limits);
    return failure{stage::process, code::unsupported_type,
                   root.empty() ? "XML without an element" : "the root element is " + root};
}

}  // namespace

std::string_view name(sitemap_kind kind) {
    constexpr std::string_view names[] = {"urlset", "index", "text", "feed"};
    return names[static_cast<std::size_t>(kind)];
}

sitemap_places::sitemap_places(std::string_view address, sitemap_limits const& limits)
    : longest_(limits.location), kept_(limits.kept) {
    if (auto own = url::parse(address); own && own->is_http())
        own_ = std::move(*own);
}

bool sitemap_places::locate(sitemap& of, sitemap_entry& entry, std::string_view written) {
    auto const trimmed = utf8::trimmed(written);
    if (!trimmed.empty() && trimmed.size() <= longest_) {
        auto const found = url::parse(trimmed, own_ ? &*own_ : nullptr);
        if (found && found->is_http() && found->href().size() <= longest_) {
            entry.loc = kept_.keep(std::string(found->without_fragment().href()));
            entry.elsewhere = own_ && found->origin() != own_->origin();
            of.elsewhere += entry.elsewhere ? 1 : 0;
            return !entry.loc.empty();
        }
    }
    ++of.refused;
    return false;
}

std::string sitemap_places::resolved(std::string_view written) {
    auto at = absolute_url(written, own_, longest_);
    if (!at.starts_with("http:") && !at.starts_with("https:"))
        return {};
    return kept_.keep(std::move(at));
}

result<sitemap> read_sitemap(std::string_view bytes, std::string_view address, std::string_view charset,
                             sitemap_limits const& limits) {
    std::string undone;
    bool more = false;
    if (is_gzip(bytes)) {
        auto const did = gunzip(bytes, limits.bytes, undone);
        if (!did)
            return did.error();
        more = *did;
        bytes = undone;
    } else if (bytes.size() > limits.bytes) {
        more = true;
        bytes = bytes.substr(0, limits.bytes);
    }
    if (more)
        bytes = utf8::prefix(bytes, bytes.size() - 1);  // the last character may be cut
    auto const encoding = charset::choose(bytes, charset, charset::markup::xml);
    std::string storage;
    auto const text = encoding.valid_utf8 ? bytes : charset::to_utf8(bytes, encoding.name, storage);
    auto made = read_utf8(text, address, limits);
    if (made && more)
        made->truncated = true;
    return made;
}

}  // namespace fetchd::tasks
