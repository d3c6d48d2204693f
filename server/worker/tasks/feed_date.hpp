// The dates that feeds and sitemaps are written with. Pure functions; no clock, no locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fetchd::tasks {

// RFC 822 and its successors in all the ways they are got wrong (years of two digits, months in full, no day
// of the week, no seconds, names of zones, none), ISO 8601 as RFC 3339 and W3C's profile have it, with a
// space for the T, without separators. As RFC 3339 in UTC, "2003-12-13T18:30:02Z", fractions of a second left
// out. What gives no time begins its day, what gives no day its month, what gives no month its year. A zone
// nobody knows is UTC (RFC 5322 §4.3). Nothing where it is no date.
std::optional<std::string> feed_date(std::string_view written);

// As above, but a date without a time stays one: "2005-01-01", RFC 3339's full-date.
std::optional<std::string> sitemap_date(std::string_view written);

}  // namespace fetchd::tasks
