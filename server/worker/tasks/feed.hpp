// A feed in whichever format it is written: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed, as one shape.
//
// Pure, for whoever has bytes: a task of a worker, a crawler later. Nothing is fetched, no entity expanded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace fetchd::tasks {

// Text is valid UTF-8; an empty string: the feed does not say. Dates are RFC 3339 in UTC. URLs are absolute
// wherever the feed or its address make them so, and left out where they are none.
struct feed_person {
    std::string name;
    std::string url;
    std::string email;
};

struct feed_enclosure {
    std::string url;
    std::string type;
    std::optional<std::uint64_t> length;  // bytes
};

struct feed_item {
    std::string id;
    std::string url;
    std::string title;         // plain text
    std::string summary;       // plain text
    std::string content_html;  // as written: references in it stay as they are, and so do scripts
    std::string content_text;
    std::string published;
    std::string updated;
    std::string image;
    std::string language;
    std::vector<feed_person> authors;
    std::vector<std::string> categories;
    std::vector<feed_enclosure> enclosures;
};

struct feed {
    std::string type;  // "rss", "atom" or "json"
    std::string version;
    std::string title;  // plain text
    std::string home;   // the page it goes with
    std::string url;    // where it says it is
    std::string next;   // more of it (RFC 5005)
    std::string description;
    std::string language;
    std::string updated;
    std::string icon;
    std::string rights;
    std::string generator;
    std::vector<feed_person> authors;
    std::vector<std::string> categories;
    std::vector<feed_item> items;
    bool truncated = false;  // a limit was reached: there is more in it
};

struct feed_limits {
    std::size_t items = 10'000;
    std::size_t many = 100;          // authors, categories or enclosures of one item
    std::size_t text = 8U << 10U;    // bytes of plain text of any kind; a longer URL is left out
    std::size_t bytes = 64U << 20U;  // of everything kept
};

// `address` is where the bytes come from, absolute, or empty; `charset` a label that came with them, or
// empty. Fails with process.unsupported_type where they are no feed, and process.bad_document where they are
// JSON that cannot be read.
result<feed> read_feed(std::string_view bytes, std::string_view address = {}, std::string_view charset = {},
                       feed_limits const& = {});

}  // namespace fetchd::tasks
