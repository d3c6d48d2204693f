#include "http/cookie.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/cookie_date.hpp"
#include "http/headers.hpp"
#include "http/public_suffix.hpp"

namespace fetchd {
namespace {

using std::chrono::seconds;

constexpr auto long_ago = cookie_time::min();

bool is_control(char c) {
    auto const u = static_cast<unsigned char>(c);
    return (u < 0x20 && u != '\t') || u == 0x7f;
}

struct name_and_value {
    std::string_view name;
    std::string_view value;
};

// "a=b", trimmed. `alone` is what a text without '=' is.
name_and_value split(std::string_view text, bool alone_is_value) {
    auto const equals = text.find('=');
    if (equals != text.npos)
        return {trim_ows(text.substr(0, equals)), trim_ows(text.substr(equals + 1))};
    if (alone_is_value)
        return {{}, trim_ows(text)};
    return {trim_ows(text), {}};
}

// Takes what stands before the next ';', and that too.
std::string_view take_part(std::string_view& text) {
    auto const end = std::min(text.find(';'), text.size());
    auto const part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

// §5.6.2. Counts no further than the limit, so that no number is too large to read.
std::optional<cookie_time> read_max_age(std::string_view text, cookie_time now) {
    bool const negative = text.starts_with('-');
    auto const digits = text.substr(negative ? 1 : 0);
    if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit))
        return {};
    seconds constexpr most = max_cookie_age;
    seconds age{0};
    for (char c : digits)
        age = std::min(age * 10 + seconds(c - '0'), most);
    if (negative || age.count() == 0)
        return long_ago;
    return now + age;
}

// §5.6.1. Compared in seconds: the clock's own type ends in 2262.
std::optional<cookie_time> read_expires(std::string_view text, cookie_time now) {
    auto const date = parse_cookie_date(text);
    if (!date)
        return {};
    auto const today = std::chrono::floor<seconds>(now);
    if (*date < today)
        return long_ago;
    if (*date >= today + max_cookie_age)
        return now + max_cookie_age;
    return cookie_time(*date);
}

same_site read_same_site(std::string_view text) {
    if (same_name(text, "None"))
        return same_site::none;
    if (same_name(text, "Lax"))
        return same_site::lax;
    return same_name(text, "Strict") ? same_site::strict : same_site::unset;
}

// The attributes in their order: of each the last one counts, and Max-Age over Expires wherever it stands.
class attribute_reader {
  public:
    attribute_reader(set_cookie& out, cookie_time now) : out_(out), now_(now) {}

    void read(std::string_view name, std::string_view value) {
        if (value.size() > max_cookie_attribute)
            return;
        if (same_name(name, "Expires")) {
            if (auto const time = read_expires(value, now_))
                expires_ = time;
        } else if (same_name(name, "Max-Age")) {
            if (auto const time = read_max_age(value, now_))
                max_age_ = time;
        } else if (same_name(name, "Domain")) {
            out_.domain = ascii_lowered(value.substr(value.starts_with('.') ? 1 : 0));
        } else if (same_name(name, "Path")) {
            out_.path = value.starts_with('/') ? value : std::string_view();
        } else if (same_name(name, "Secure")) {
            out_.secure = true;
        } else if (same_name(name, "HttpOnly")) {
            out_.http_only = true;
        } else if (same_name(name, "SameSite")) {
            out_.same_site = read_same_site(value);
        }
    }
    void finish() { out_.expires = max_age_ ? max_age_ : expires_; }

  private:
    set_cookie& out_;
    cookie_time now_;
    std::optional<cookie_time> max_age_;
    std::optional<cookie_time> expires_;
};

bool begins_with(std::string_view text, std::string_view prefix) {
    return same_name(text.substr(0, prefix.size()), prefix);
}

// What the name promises to the server that reads it (§4.1.3). Without regard to case, for servers that have
// none, and a cookie without a name must not look as if it had one of these.
bool keeps_promise(cookie const& c, bool path_given) {
    auto const& shown = c.name.empty() ? c.value : c.name;
    bool const secure_prefix = begins_with(shown, "__Secure-");
    bool const host_prefix = begins_with(shown, "__Host-");
    if (!secure_prefix && !host_prefix)
        return true;
    if (c.name.empty() || !c.secure)
        return false;
    return secure_prefix || (c.host_only && path_given && c.path == "/");
}

// Gives the cookie its domain; false where the host must not set one there.
bool place(cookie& c, std::string domain, std::string_view host) {
    // A public suffix can be a host itself; what it sets is then its own.
    if (domain == host && is_public_suffix(domain))
        domain.clear();
    c.host_only = domain.empty();
    c.domain = c.host_only ? std::string(host) : std::move(domain);
    return c.host_only || (domain_match(host, c.domain) && !is_public_suffix(c.domain));
}

}  // namespace

std::optional<set_cookie> parse_set_cookie(std::string_view field, cookie_time now) {
    if (std::any_of(field.begin(), field.end(), is_control))
        return {};
    auto const [name, value] = split(take_part(field), true);
    if ((name.empty() && value.empty()) || name.size() + value.size() > max_cookie_pair)
        return {};
    set_cookie out;
    out.name = name;
    out.value = value;
    attribute_reader attributes(out, now);
    while (!field.empty()) {
        auto const attribute = split(take_part(field), false);
        attributes.read(attribute.name, attribute.value);
    }
    attributes.finish();
    return out;
}

std::optional<cookie> receive_cookie(std::string_view field, url const& from, cookie_time now) {
    // Host and path are kept with every cookie; the standard bounds those of the attributes only.
    if (!from.is_http() || from.host().size() > max_domain_name)
        return {};
    auto parsed = parse_set_cookie(field, now);
    if (!parsed)
        return {};
    cookie c;
    if (!place(c, std::move(parsed->domain), from.host()))
        return {};
    auto const path = parsed->path.value_or(std::string_view());
    c.path = path.empty() ? default_path(from.path()) : path;
    c.secure = parsed->secure;
    c.same_site = parsed->same_site;
    if (c.path.size() > max_cookie_attribute || (c.secure && from.scheme_type() != scheme_kind::https) ||
        (c.same_site == same_site::none && !c.secure))
        return {};
    c.name = parsed->name;
    c.value = parsed->value;
    if (!keeps_promise(c, parsed->path.has_value()))
        return {};
    c.http_only = parsed->http_only;
    c.expires = parsed->expires;
    return c;
}

bool domain_match(std::string_view host, std::string_view domain) {
    if (host == domain)
        return true;
    return host.size() > domain.size() && !domain.empty() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.' && !is_address(host);
}

std::string_view default_path(std::string_view path) {
    auto const slash = path.rfind('/');
    return !path.starts_with('/') || slash == 0 ? "/" : path.substr(0, slash);
}

bool path_match(std::string_view path, std::string_view cookie_path) {
    if (!path.starts_with(cookie_path))
        return false;
    return path.size() == cookie_path.size() || cookie_path.ends_with('/') || path[cookie_path.size()] == '/';
}

}  // namespace fetchd
