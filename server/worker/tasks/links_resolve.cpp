#include "worker/tasks/links_resolve.hpp"

#include <array>
#include <utility>

#include "http/public_suffix.hpp"

namespace fetchd::tasks {
namespace {

// Longer ones are left to url::parse and its limit.
constexpr std::size_t quick_bytes = 4096;

enum trait : unsigned char { odd, plain, dot, percent };

// Characters that stand for themselves in a path, a query and a fragment alike (URL §1.3), but for the two
// that may make a dot segment.
constexpr auto traits = [] {
    std::array<trait, 256> table{};
    for (char c = 'a'; c <= 'z'; ++c)
        table[static_cast<unsigned char>(c)] = plain;
    for (char c = 'A'; c <= 'Z'; ++c)
        table[static_cast<unsigned char>(c)] = plain;
    for (char c = '0'; c <= '9'; ++c)
        table[static_cast<unsigned char>(c)] = plain;
    for (char c : std::string_view("-_~!$&()*+,;=:@/?#"))
        table[static_cast<unsigned char>(c)] = plain;
    table['.'] = dot;
    table['%'] = percent;
    return table;
}();

// Nothing to encode, and no segment that begins like "." or "%2e": the URL parser would copy it as it is.
bool is_plain(std::string_view s) {
    char before = '/';
    for (std::size_t i = 0; i < s.size(); ++i) {
        auto const t = traits[static_cast<unsigned char>(s[i])];
        if (t == odd || (t == dot && before == '/') || (t == percent && s.substr(i + 1, 1) == "2"))
            return false;
        before = s[i];
    }
    return true;
}

// Of a relative reference: could its beginning be a scheme?
bool has_scheme(std::string_view reference) {
    auto const mark = reference.find_first_of(":/?#");
    return mark != reference.npos && reference[mark] == ':';
}

}  // namespace

resolver::resolver(std::optional<url> const& document, std::optional<url> base) : base_(std::move(base)) {
    if (document && document->is_http()) {
        own_host_ = document->host();
        own_domain_ = registrable_domain(own_host_);
    }
    if (!base_ || !base_->is_http())
        return;
    auto const href = base_->href();
    whole_ = href.substr(0, href.find('#'));
    path_ = href.substr(0, href.find_first_of("?#"));
    origin_ = path_.substr(0, path_.size() - base_->path().size());
    folder_ = path_.substr(0, path_.rfind('/') + 1);
    base_scope_ = scope_of(*base_);
}

std::optional<link_target> resolver::joined(std::string_view prefix, std::string_view rest,
                                            link_scope scope) {
    made_.assign(prefix).append(rest);
    return link_target{made_, scope};
}

// `reference` is "//host...": what it is after a scheme.
std::optional<link_target> resolver::joined_to_origin(std::string_view scheme, std::string_view reference) {
    auto const end = std::min(reference.find_first_of("/?#", 2), reference.size());
    made_.assign(scheme).append(reference, 0, end);
    auto const known = origins_.find(std::string_view(made_));
    if (known == origins_.end())
        return std::nullopt;
    if (end == reference.size() || reference[end] != '/')
        made_ += '/';
    made_.append(reference, end);
    return link_target{made_, known->second};
}

std::optional<link_target> resolver::quick(std::string_view reference) {
    if (reference.empty() || reference.size() > quick_bytes || whole_.size() > quick_bytes)
        return std::nullopt;
    if (!is_plain(reference))
        return std::nullopt;
    if (reference.starts_with("https://"))
        return joined_to_origin("https:", reference.substr(6));
    if (reference.starts_with("http://"))
        return joined_to_origin("http:", reference.substr(5));
    if (whole_.empty())
        return std::nullopt;
    switch (reference[0]) {
        case '#':
            return joined(whole_, reference, base_scope_);
        case '?':
            return joined(path_, reference, base_scope_);
        case '/':
            if (reference.starts_with("//"))
                return joined_to_origin(base_->scheme_type() == scheme_kind::http ? "http:" : "https:",
                                        reference);
            return joined(origin_, reference, base_scope_);
        default:
            if (has_scheme(reference))
                return std::nullopt;
            return joined(folder_, reference, base_scope_);
    }
}

link_scope resolver::scope_of(url const& target) {
    if (!target.is_http() || own_host_.empty())
        return link_scope::none;
    return scope_of_host(target.host());
}

link_scope resolver::scope_of_host(std::string_view host) {
    if (auto const known = hosts_.find(host); known != hosts_.end())
        return known->second;
    auto const same = own_domain_.empty() ? host == own_host_ : registrable_domain(host) == own_domain_;
    auto const scope = same ? link_scope::internal : link_scope::external;
    hosts_.emplace(host, scope);
    return scope;
}

std::optional<link_target> resolver::parsed(std::string_view reference) {
    auto const target = url::parse(reference, base_ ? &*base_ : nullptr);
    if (!target)
        return std::nullopt;
    auto const scope = scope_of(*target);
    made_ = target->href();
    if (target->is_http() && !target->has_credentials()) {
        // Where the origin stands in the reference as it is serialised, the next one need not be parsed.
        auto const origin = std::string_view(made_).substr(0, made_.find('/', target->scheme().size() + 3));
        origins_.emplace(origin, scope);
    }
    return link_target{made_, scope};
}

std::optional<link_target> resolver::resolve(std::string_view reference) {
    bytes_ += reference.size() + (base_ ? base_->href().size() : 0);
    if (bytes_ > max_resolved_bytes)
        return std::nullopt;
    if (auto target = quick(reference))
        return target;
    return parsed(reference);
}

}  // namespace fetchd::tasks
