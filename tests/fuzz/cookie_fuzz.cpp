// A conversation in lines: "<URL" makes it the one that answers, "S..." is a Set-Cookie field of it, "?URL"
// asks what would be sent there, "+N" lets N seconds pass. Every cookie is named after the host that set it,
// so that what comes out can be held against who put it in, by a reading of the rules that is not the jar's.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "http/cookie_date.hpp"
#include "http/cookie_jar.hpp"
#include "http/public_suffix.hpp"

namespace {

using namespace fetchd;

void require(bool promise) {
    if (!promise)
        std::abort();
}

// Chance alone seldom writes "Domain", and still less often a name that has to do with the host's. So in
// every line a byte from 0x80 on stands for a word, from 0xc0 on for a Domain attribute; at the front of a
// URL, for scheme and host.
constexpr std::string_view words[] = {"; Domain=",
                                      "; Path=/",
                                      "; Secure; Path=/",
                                      "; Max-Age=",
                                      "; Expires=",
                                      "; SameSite=None",
                                      "Wed, 09 Jun 2027 10:18:14 GMT",
                                      "__Host-",
                                      "__Secure-",
                                      "http://",
                                      "https://",
                                      "example.com",
                                      "k0k"};
constexpr std::string_view hosts[] = {"example.com", "www.example.com", "anexample.com", "com",
                                      "a.co.uk",     "b.co.uk",         "co.uk",         "a.co.uk.",
                                      "b.co.uk.",    "co.uk.",          "me.github.io",  "you.github.io",
                                      "github.io",   "127.0.0.1",       "10.0.0.1",      "0.0.1",
                                      "[::1]",       "localhost",       "a.localhost",   "ample.com"};

std::string written_out(std::string_view text) {
    std::string out;
    for (char c : text) {
        auto const u = static_cast<unsigned char>(c);
        if (u < 0x80)
            out += c;
        else if (u < 0xc0)
            out += words[(u - 0x80u) % std::size(words)];
        else
            out.append("; Domain=").append(hosts[(u - 0xc0u) % std::size(hosts)]);
    }
    return out;
}

// After the first character of a line.
std::string url_of(std::string_view text) {
    auto const first = text.empty() ? 0u : static_cast<unsigned char>(text[0]);
    if (first < 0x80)
        return written_out(text);
    std::string const host(hosts[(first & 0x3fu) % std::size(hosts)]);
    return (first < 0xc0 ? "http://" : "https://") + host + written_out(text.substr(1));
}

std::vector<url> const& known_urls() {
    static auto const urls = [] {
        std::vector<url> all;
        for (auto const host : hosts)
            for (auto const* scheme : {"http://", "https://"})
                if (auto parsed = url::parse(scheme + std::string(host)))
                    all.push_back(std::move(*parsed));
        return all;
    }();
    return urls;
}

struct setter {
    std::string host;
    bool https;
    bool names_domain;
    bool secure;  // surely; others may be too
};

bool has_word(std::string_view text, std::string_view word) {
    for (std::size_t i = 0; i + word.size() <= text.size(); ++i)
        if (same_name(text.substr(i, word.size()), word))
            return true;
    return false;
}

// Label by label from the right: how many the two names share.
std::size_t shared_labels(std::string_view a, std::string_view b) {
    std::size_t count = 0;
    while (true) {
        auto const x = a.rfind('.');
        auto const y = b.rfind('.');
        if (a.substr(x + 1) != b.substr(y + 1))
            return count;
        ++count;
        if (x == a.npos || y == b.npos)
            return count;
        a = a.substr(0, x);
        b = b.substr(0, y);
    }
}

// Whether any Domain attribute could have let `from` set a cookie that goes to `to`: they are the same, or
// share a name that is no public suffix. Walks up the names by itself.
bool may_reach(std::string const& from, std::string const& to) {
    if (from == to)
        return true;
    auto const numeric = [](std::string const& host) {
        auto const u = url::parse("http://" + host + "/");
        return !u || u->kind() != host_kind::domain;
    };
    if (numeric(from) || numeric(to))
        return false;
    auto const n = shared_labels(from, to);
    std::size_t at = from.size();
    for (std::size_t i = 0; i < n; ++i) {
        if (at == 0)
            return false;
        at = from.rfind('.', at - 1);
        if (at == from.npos)
            return !is_public_suffix(from);
        if (!is_public_suffix(std::string_view(from).substr(at + 1)))
            return true;
    }
    return false;
}

bool may_be_sent(std::string_view field) {
    return std::all_of(field.begin(), field.end(), [](char c) {
        auto const u = static_cast<unsigned char>(c);
        return (u >= 0x20 && u != 0x7f) || u == '\t';
    });
}

class conversation {
  public:
    void line(std::string_view text) {
        if (text.empty())
            return;
        auto const rest = text.substr(1);
        if (text[0] == '<')
            from_ = parse(url_of(rest));
        else if (text[0] == 'S')
            set(written_out(rest));
        else if (text[0] == '?')
            ask_at(url_of(rest));
        else if (text[0] == '+')
            now_ += std::chrono::seconds(std::min(rest.size(), std::size_t{99}) * 10'000);
        check_bounds();
    }

  private:
    static std::optional<url> parse(std::string_view text) {
        auto parsed = url::parse(text);
        if (!parsed)
            return {};
        return std::move(*parsed);
    }

    // The name is replaced by one of ours that says who set it, behind the prefix that it may have had.
    void set(std::string_view field) {
        (void)parse_set_cookie(field, now_);
        (void)parse_cookie_date(field);
        if (!from_)
            return;
        std::string marked;
        for (std::string_view prefix : {"__Host-", "__Secure-"})
            if (same_name(field.substr(0, prefix.size()), prefix))
                marked = field.substr(0, prefix.size());
        marked += "k" + std::to_string(setters_.size()) + "k=" + std::string(field);
        setters_.push_back({std::string(from_->host()), from_->scheme_type() == scheme_kind::https,
                            has_word(field, "domain"), field.ends_with("; Secure; Path=/")});
        headers answer;
        answer.add("Set-Cookie", marked);
        jar_.store(*from_, answer, now_);
        headers as_it_is;
        as_it_is.add("Set-Cookie", field);
        other_.store(*from_, as_it_is, now_);
        for (auto const& to : known_urls())
            ask(to);
    }

    void ask_at(std::string_view text) {
        if (auto const to = parse(text))
            ask(*to);
    }

    void ask(url const& to) {
        require(may_be_sent(other_.cookies_for(to, now_)));
        auto const field = jar_.cookies_for(to, now_);
        require(may_be_sent(field) && (to.is_http() || field.empty()));
        std::string_view rest = field;
        while (!rest.empty()) {
            auto const end = std::min(rest.find("; "), rest.size());
            check_sent(rest.substr(0, end), to);
            rest.remove_prefix(std::min(end + 2, rest.size()));
        }
    }

    void check_sent(std::string_view cookie, url const& to) {
        auto const equals = cookie.find('=');
        require(equals != cookie.npos && equals > 2 && cookie[equals - 1] == 'k');
        auto const name = cookie.substr(0, equals - 1);
        auto const& by = setters_.at(std::stoul(std::string(name.substr(name.rfind('k') + 1))));
        require(by.host == to.host() || (by.names_domain && may_reach(by.host, std::string(to.host()))));
        if (by.secure || name.starts_with('_'))  // either prefix
            require(by.https && to.scheme_type() == scheme_kind::https);
        if (same_name(name.substr(0, 7), "__Host-"))
            require(by.host == to.host());
    }

    void check_bounds() {
        cookie_limits const limits;
        for (auto const* jar : {&jar_, &other_}) {
            require(jar->size() <= limits.all && jar->bytes() <= limits.bytes);
            require(jar->size() > 0 || jar->bytes() == 0);
        }
    }

    cookie_jar jar_;
    cookie_jar other_;  // the same fields under the names that they have
    std::vector<setter> setters_;
    std::optional<url> from_;
    cookie_time now_{std::chrono::hours(500'000)};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {
    std::string_view text(reinterpret_cast<char const*>(data), size);
    conversation talk;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        talk.line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return 0;
}
