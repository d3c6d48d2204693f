// robots.txt: what a site asks crawlers to leave alone (RFC 9309).
//
// Pure. The parser takes bytes as they come, in pieces of any size, and keeps only what concerns one product
// token; the rules are then a value that never changes. Work is linear in the text, and that of one judgement
// bounded by max_steps, whatever the rules and the URL are made of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd {

class robots {
  public:
    static constexpr std::size_t max_bytes = 500 * 1024;  // of the text (RFC 9309 §2.5); the rest is ignored
    static constexpr std::size_t max_sitemaps = 1000;
    static constexpr std::size_t max_steps = 500'000;  // searches and comparisons of one judgement

    struct verdict {
        bool allowed = true;
        std::uint32_t line = 0;  // of the rule that decided, from 1; 0: none did
        std::string_view rule;   // its pattern, normalised; a view into the rules
        bool costly = false;     // disallowed because finding out would take more than max_steps
    };

    // target: path and query as url::request_target() has them; empty is "/". Of the rules that match, the
    // longest decides, and of two as long the one that allows (§2.2.2). /robots.txt itself is always allowed.
    verdict judge(std::string_view target) const;

    // The longest one asked of this product token. Not of the RFC, but obeyed by many.
    std::optional<std::chrono::milliseconds> crawl_delay() const { return crawl_delay_; }
    // Of the whole file, in order, as they are written.
    std::vector<std::string> const& sitemaps() const { return sitemaps_; }
    std::size_t rules() const { return rules_.size(); }
    std::size_t memory() const;  // bytes, about

  private:
    friend class robots_parser;
    struct rule {
        std::uint32_t begin;   // of its pattern in patterns_
        std::uint32_t size;    // without a '$' at the end
        std::uint32_t octets;  // what precedence counts
        std::uint32_t line;
        bool allow;
        bool to_end;
    };
    std::string_view pattern_of(rule const& r) const {
        return std::string_view(patterns_).substr(r.begin, r.size);
    }

    std::string patterns_;
    std::vector<rule> rules_;
    std::vector<std::string> sitemaps_;
    std::optional<std::chrono::milliseconds> crawl_delay_;
};

class robots_parser {
  public:
    // product_token: what a User-agent line calls us; compared without regard to case (§2.2.1).
    explicit robots_parser(std::string_view product_token);

    void feed(std::string_view bytes);
    bool full() const { return full_; }  // there was more than robots::max_bytes; nothing further counts
    // The parser is empty afterwards. A last line without an end counts.
    robots finish();

  private:
    struct group {
        robots rules;
        bool seen = false;
    };
    void take_line();
    void take_agent(std::string_view value);
    void take_rule(std::string_view value, bool allow);
    void take_delay(std::string_view value);

    std::string token_;  // in lower case
    std::string line_;
    std::uint32_t number_ = 0;
    std::size_t taken_ = 0;
    bool full_ = false;
    bool after_return_ = false;
    // The group being read: whose it is, and whether a User-agent line still adds to that.
    bool ours_ = false;
    bool everybodys_ = false;
    bool naming_ = false;
    group own_;
    group all_;
    std::vector<std::string> sitemaps_;
};

robots parse_robots(std::string_view text, std::string_view product_token);

// "fetchd" of "fetchd/0.1 (+https://example.org)": letters, '_' and '-' (§2.2.1). A view of `user_agent`;
// empty where it begins with something else.
std::string_view product_token(std::string_view user_agent);

}  // namespace fetchd
