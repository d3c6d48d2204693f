#include "http/robots.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "http/percent.hpp"

namespace fetchd {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::int64_t longest_delay = 365LL * 24 * 3600 * 1000;  // a year: sums stay small

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool is_unreserved(int c) {  // RFC 3986 §2.3
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Bytes of ASCII that URLs escape in one component and not in another.
bool is_escaped(unsigned char c) {
    return c <= 0x20 || c == 0x7F || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`' || c == '{' ||
           c == '}' || c == '^';
}

void append_escape(std::string& out, unsigned char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    out += '%';
    out += digits[c >> 4U];
    out += digits[c & 15U];
}

enum class spelling { literal, decoded };

// One spelling for what means the same (RFC 9309 §2.2.2): hexadecimal digits in upper case, and for
// spelling::decoded no escapes of characters that need none. Bytes above ASCII are escaped in rules alone: a
// URL has none.
std::string normalised(std::string_view text, spelling wanted, bool rule) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
            auto const value = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
            if (wanted == spelling::decoded && is_unreserved(value))
                out += static_cast<char>(value);
            else
                append_escape(out, static_cast<unsigned char>(value));
            i += 2;
        } else if (is_escaped(c) || (rule && c >= 0x80)) {
            append_escape(out, c);
        } else {
            out += static_cast<char>(c);
        }
    }
    return out;
}

// Matches one pattern; counts what it costs against a budget that all patterns share.
class matching {
  public:
    explicit matching(std::size_t budget) : left_(budget) {}
    bool exhausted() const { return left_ == 0; }

    // '*' stands for anything. Taking each part between two of them at the first place where it fits leaves
    // the most room to those that follow, so no way back is ever needed.
    bool fits(std::string_view pattern, bool to_end, std::string_view text) {
        auto star = pattern.find('*');
        auto const first = pattern.substr(0, star);
        if (star == std::string_view::npos && to_end)
            return first == text && spend(first.size());
        if (!spend(first.size()) || text.substr(0, first.size()) != first)
            return false;
        std::size_t at = first.size();
        while (star != std::string_view::npos) {
            auto const next = pattern.find('*', star + 1);
            auto const part = pattern.substr(star + 1, next - star - 1);
            if (next == std::string_view::npos && to_end)
                return spend(part.size()) && text.size() - at >= part.size() && text.ends_with(part);
            at = find(text, part, at);
            if (at == std::string_view::npos)
                return false;
            at += part.size();
            star = next;
        }
        return true;
    }

  private:
    bool spend(std::size_t steps) {
        steps = steps / 16 + 1;
        left_ = left_ > steps ? left_ - steps : 0;
        return left_ > 0;
    }

    // npos too where the budget does not reach.
    std::size_t find(std::string_view text, std::string_view part, std::size_t at) {
        if (!spend(1))
            return std::string_view::npos;
        if (part.empty())
            return at;
        for (; at < text.size() && text.size() - at >= part.size(); ++at) {
            auto const begin = at;
            at = text.find(part.front(), at);
            if (!spend(std::min(at, text.size()) - begin + part.size()))
                return std::string_view::npos;
            if (at == std::string_view::npos || text.compare(at, part.size(), part) == 0)
                return at;
        }
        return std::string_view::npos;
    }

    std::size_t left_;
};

enum class line_kind { other, agent, allow, disallow, delay, sitemap };

// As they are meant; of the misspelt ones those that are common.
line_kind kind_of(std::string_view key) {
    constexpr std::array<std::pair<std::string_view, line_kind>, 13> known{{
        {"user-agent", line_kind::agent},
        {"useragent", line_kind::agent},
        {"user agent", line_kind::agent},
        {"allow", line_kind::allow},
        {"disallow", line_kind::disallow},
        {"dissallow", line_kind::disallow},
        {"dissalow", line_kind::disallow},
        {"disalow", line_kind::disallow},
        {"diasllow", line_kind::disallow},
        {"disallaw", line_kind::disallow},
        {"crawl-delay", line_kind::delay},
        {"sitemap", line_kind::sitemap},
        {"site-map", line_kind::sitemap},
    }};
    for (auto const& [name, kind] : known)
        if (name.size() == key.size() && std::equal(name.begin(), name.end(), key.begin(),
                                                    [](char a, char b) { return a == ascii_lower(b); }))
            return kind;
    return line_kind::other;
}

struct record {
    std::string_view key;
    std::string_view value;
};

// A missing colon is forgiven where the line is two words and nothing more.
record split(std::string_view line) {
    line = trimmed(line.substr(0, line.find('#')));
    auto const colon = line.find(':');
    if (colon != std::string_view::npos)
        return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
    auto const blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos)
        return {};
    auto const value = trimmed(line.substr(blank));
    if (value.find_first_of(" \t") != std::string_view::npos)
        return {};
    return {line.substr(0, blank), value};
}

// Digits as thousandths: "25" with `whole` is 25,000, "25" of a fraction 250.
std::optional<std::int64_t> thousandths(std::string_view digits, bool whole) {
    std::int64_t value = 0;
    std::int64_t unit = 100;
    for (char const c : digits) {
        if (!is_digit(c))
            return {};
        value = whole ? std::min(longest_delay, value * 10 + (c - '0') * 1000) : value + (c - '0') * unit;
        unit /= 10;
    }
    return value;
}

// Seconds, with or without a fraction; nothing for anything else.
std::optional<std::chrono::milliseconds> parse_delay(std::string_view text) {
    auto const point = std::min(text.find('.'), text.size());
    auto const whole = thousandths(text.substr(0, point), true);
    auto const part = thousandths(text.substr(std::min(point + 1, text.size())), false);
    if (text.size() <= (point < text.size() ? 1U : 0U) || !whole || !part)
        return {};
    return std::chrono::milliseconds(std::min(longest_delay, *whole + *part));
}

}  // namespace

robots::verdict robots::judge(std::string_view target) const {
    target = target.substr(0, target.find('#'));
    if (target.empty())
        target = "/";
    if (target == "/robots.txt")
        return {};
    auto const literal = normalised(target, spelling::literal, false);
    auto const decoded = normalised(target, spelling::decoded, false);
    bool const same = literal == decoded;
    matching work(max_steps);
    rule const* best = nullptr;
    for (auto const& r : rules_) {
        if (best && (r.octets < best->octets || (r.octets == best->octets && (best->allow || !r.allow))))
            continue;
        auto const pattern = pattern_of(r);
        // An escape that nothing needed, in a rule that allows, is taken by the letter: of two readings the
        // stricter one. One that disallows is met by every spelling.
        if (work.fits(pattern, r.to_end, decoded) ||
            (r.allow && !same && work.fits(pattern, r.to_end, literal)))
            best = &r;
    }
    if (work.exhausted())
        return {false, 0, {}, true};
    if (!best)
        return {};
    return {best->allow, best->line, pattern_of(*best)};
}

std::size_t robots::memory() const {
    auto bytes = sizeof *this + patterns_.capacity() + rules_.capacity() * sizeof(rule);
    for (auto const& s : sitemaps_)
        bytes += sizeof s + s.capacity();
    return bytes;
}

robots_parser::robots_parser(std::string_view product_token) : token_(ascii_lowered(product_token)) {}

void robots_parser::feed(std::string_view bytes) {
    full_ = full_ || bytes.size() > robots::max_bytes - taken_;
    bytes = bytes.substr(0, robots::max_bytes - taken_);
    for (auto const c : bytes) {
        // Any beginning of a byte order mark at the very beginning is none of the text.
        if (taken_ < byte_order_mark.size() && line_.empty() && number_ == 0 &&
            c == byte_order_mark[taken_]) {
            ++taken_;
            continue;
        }
        ++taken_;
        if (c == '\n' && std::exchange(after_return_, false))
            continue;
        after_return_ = c == '\r';
        if (c == '\n' || c == '\r')
            take_line();
        else
            line_ += c;
    }
}

void robots_parser::take_line() {
    ++number_;
    auto const [key, value] = split(line_);
    switch (kind_of(key)) {
        case line_kind::agent:
            take_agent(value);
            break;
        case line_kind::allow:
            take_rule(value, true);
            break;
        case line_kind::disallow:
            take_rule(value, false);
            break;
        case line_kind::delay:
            take_delay(value);
            break;
        case line_kind::sitemap:
            if (!value.empty() && sitemaps_.size() < robots::max_sitemaps)
                sitemaps_.emplace_back(value);
            break;
        case line_kind::other:
            break;
    }
    line_.clear();
}

void robots_parser::take_agent(std::string_view value) {
    if (!std::exchange(naming_, true))
        ours_ = everybodys_ = false;
    if (value.starts_with('*') && (value.size() == 1 || is_blank(value[1]))) {
        everybodys_ = all_.seen = true;
        return;
    }
    auto const named = product_token(value);
    if (!named.empty() && ascii_lowered(named) == token_)
        ours_ = own_.seen = true;
}

// An empty value is a rule that matches nothing, and ends the naming as any other.
void robots_parser::take_rule(std::string_view value, bool allow) {
    naming_ = false;
    if (value.empty() || !(ours_ || everybodys_))
        return;
    auto const decoded = normalised(value, spelling::decoded, true);
    auto const pattern = allow ? normalised(value, spelling::literal, true) : decoded;
    auto const add = [&](robots& to, std::string_view text, bool to_end, std::size_t octets) {
        auto const begin = static_cast<std::uint32_t>(to.patterns_.size());
        to.patterns_ += text;
        to.rules_.push_back({begin, static_cast<std::uint32_t>(text.size()),
                             static_cast<std::uint32_t>(octets), number_, allow, to_end});
    };
    for (auto* const g : {ours_ ? &own_ : nullptr, everybodys_ ? &all_ : nullptr}) {
        if (g == nullptr)
            continue;
        auto text = std::string_view(pattern);
        bool const to_end = text.ends_with('$');
        if (to_end)
            text.remove_suffix(1);
        add(g->rules, text, to_end, decoded.size());
        // Whoever lets in index.html means the folder whose page it is.
        constexpr std::string_view index = "index.html";
        if (allow && text.ends_with("/index.html"))
            add(g->rules, text.substr(0, text.size() - index.size()), true,
                decoded.size() - index.size() + 1);
    }
}

void robots_parser::take_delay(std::string_view value) {
    auto const delay = parse_delay(value);
    if (!delay)
        return;
    for (auto* const g : {ours_ ? &own_ : nullptr, everybodys_ ? &all_ : nullptr})
        if (g != nullptr)
            g->rules.crawl_delay_ = std::max(*delay, g->rules.crawl_delay_.value_or(*delay));
}

robots robots_parser::finish() {
    if (!line_.empty() && !full_)  // half a line could mean the opposite of the whole one
        take_line();
    auto found = std::move(own_.seen ? own_.rules : all_.rules);
    found.sitemaps_ = std::move(sitemaps_);
    found.patterns_.shrink_to_fit();
    found.rules_.shrink_to_fit();
    *this = robots_parser(token_);
    return found;
}

robots parse_robots(std::string_view text, std::string_view product_token) {
    robots_parser parser(product_token);
    parser.feed(text);
    return parser.finish();
}

std::string_view product_token(std::string_view user_agent) {
    std::size_t size = 0;
    while (size < user_agent.size() &&
           (user_agent[size] == '-' || user_agent[size] == '_' ||
            (ascii_lower(user_agent[size]) >= 'a' && ascii_lower(user_agent[size]) <= 'z')))
        ++size;
    return user_agent.substr(0, size);
}

}  // namespace fetchd
