#include "api/request_fields.hpp"

#include <algorithm>
#include <iterator>

namespace fetchd::api {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view const (&names)[N], std::string_view name) {
    return std::any_of(std::begin(names), std::end(names), [&](auto n) { return same_name(n, name); });
}

}  // namespace

// Of the Fetch standard's "forbidden request-header" those that would break the message or its way. What it
// forbids to scripts only (Cookie, Origin, Referer, Sec-*) a caller of ours may say.
bool forbidden_field(std::string_view name) {
    constexpr std::string_view names[] = {
        "host", "content-length", "accept-encoding", "expect", "http2-settings", "via", "date"};
    constexpr std::string_view proxy = "proxy-";
    return hop_by_hop(name) || is_one_of(names, name) || same_name(name.substr(0, proxy.size()), proxy);
}

void pass_request_fields(headers const& from, headers& to) {
    constexpr std::string_view passed[] = {"Accept",        "Accept-Encoding",   "Accept-Language",
                                           "Range",         "If-Range",          "If-Match",
                                           "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"};
    for (std::size_t i = 0; i < from.size(); ++i)
        if (is_one_of(passed, from[i].name))
            to.add(from[i].name, from[i].value);
}

void ask_for_document(headers& fields) {
    if (!fields.has("Accept"))
        fields.add("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    // A part of a compressed body cannot be decompressed: its range is one of the coded bytes (RFC 9110
    // §14.2).
    fields.add("Accept-Encoding", fields.has("Range") ? "identity" : "gzip, deflate, br, zstd");
}

}  // namespace fetchd::api
