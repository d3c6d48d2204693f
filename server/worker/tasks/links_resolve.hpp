// References of one document made absolute, fast, and judged: do they lead to the same site?
//
// What url::parse says, without parsing what need not be: most references of a page are plain paths, or lead
// to a host seen before, and are absolute as soon as the right prefix stands in front of them.
// Same site means the same registrable domain (publicsuffix.org), or the same host where there is none; the
// list is asked once for each host. Lives as long as its document's visit; no I/O.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/url.hpp"

namespace fetchd::tasks {

// References and what they are relative to, one with another: more bytes only hostile pages have, with a base
// of the longest kind and references without number. What follows resolves to nothing.
constexpr std::size_t max_resolved_bytes = std::size_t{512} << 20U;

enum class link_scope : unsigned char {
    none,
    internal,
    external
};  // none: not http, or no address to compare with

struct link_target {
    std::string_view href;  // valid until the next call
    link_scope scope = link_scope::none;
};

class resolver {
  public:
    // `document` is the address of the document, `base` what references are relative to.
    resolver(std::optional<url> const& document, std::optional<url> base);
    resolver(resolver const&) = delete;  // has views of its own
    resolver& operator=(resolver const&) = delete;

    // Nothing where the reference is no URL.
    std::optional<link_target> resolve(std::string_view reference);

  private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
    };
    using scopes = std::unordered_map<std::string, link_scope, text_hash, std::equal_to<>>;

    std::optional<link_target> joined(std::string_view prefix, std::string_view rest, link_scope);
    std::optional<link_target> joined_to_origin(std::string_view scheme, std::string_view reference);
    std::optional<link_target> quick(std::string_view reference);
    std::optional<link_target> parsed(std::string_view reference);
    link_scope scope_of(url const&);
    link_scope scope_of_host(std::string_view host);

    std::optional<url> base_;
    std::string own_host_;
    std::string own_domain_;   // registrable; empty where there is none
    std::string_view whole_;   // of base_: without the fragment; empty where base_ is not http
    std::string_view path_;    // of base_: to the end of the path
    std::string_view folder_;  // of base_: to the last '/' of the path
    std::string_view origin_;  // of base_: before the path, with credentials
    link_scope base_scope_ = link_scope::none;
    scopes hosts_;
    scopes origins_;  // "https://example.org" -> scope; only those that are written as they are serialised
    std::string made_;
    std::size_t bytes_ = 0;
};

}  // namespace fetchd::tasks
