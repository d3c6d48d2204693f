// A sitemap in whichever format it is written: sitemaps.org's XML, an index of sitemaps, one URL a line, a
// feed; any of them in gzip.
//
// Pure, for whoever has bytes: a task of a worker, a crawler later. Nothing is fetched. What the protocol
// asks of URLs is said here, not enforced: whoever crawls decides.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace fetchd::tasks {

enum class sitemap_kind : unsigned char { urlset, index, text, feed };

std::string_view name(sitemap_kind);  // "urlset", "index", "text", "feed"

// Text is valid UTF-8; an empty string: the sitemap does not say. URLs are absolute, http or https, in the
// form of the WHATWG URL standard. Dates are RFC 3339 (feed_date.hpp).
struct sitemap_alternate {
    std::string language;  // "de", "x-default"
    std::string url;
};

struct sitemap_news {
    std::string title;
    std::string published;
    std::string publication;
    std::string language;
};

// One page, or in an index one sitemap.
struct sitemap_entry {
    std::string loc;
    std::string lastmod;
    std::string changefreq;          // one of the protocol's seven words
    std::optional<double> priority;  // 0.0 to 1.0
    std::vector<sitemap_alternate> alternates;
    std::vector<std::string> images;
    std::vector<std::string> videos;  // their files, or else their players
    std::optional<sitemap_news> news;
    bool elsewhere = false;  // not of the sitemap's own scheme, host and port
};

struct sitemap {
    sitemap_kind type = sitemap_kind::urlset;
    std::vector<sitemap_entry> urls;      // of all but an index
    std::vector<sitemap_entry> sitemaps;  // of an index
    std::size_t refused = 0;              // entries without a URL that can be fetched
    std::size_t elsewhere = 0;            // entries that are
    bool truncated = false;               // a limit was reached: there is more in it
};

// The protocol's own (sitemaps.org, "Sitemap file requirements"), and of what stands with one page.
struct sitemap_limits {
    std::size_t entries = 50'000;
    std::size_t bytes = 52'428'800;  // decompressed
    std::size_t location = 2048;     // bytes of a URL; a longer one is refused
    std::size_t many = 1000;         // alternates, images or videos of one page
    std::size_t kept = 64U << 20U;   // bytes of everything kept
};

// `address` is where the bytes come from, absolute, or empty: relative URLs are then refused, and nothing is
// elsewhere. `charset` is a label that came with them, or empty.
// Fails with process.unsupported_type where they are no sitemap, decode.corrupt or decode.truncated where
// they are gzip that cannot be undone.
result<sitemap> read_sitemap(std::string_view bytes, std::string_view address = {},
                             std::string_view charset = {}, sitemap_limits const& = {});

}  // namespace fetchd::tasks
