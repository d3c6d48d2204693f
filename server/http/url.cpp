#include "http/url.hpp"

namespace fetchd {

std::string_view url::username() const {
    if (!has_credentials())
        return {};
    return slice(scheme_end_ + 3, username_end_);
}

std::string_view url::password() const {
    if (!has_credentials() || href_[username_end_] != ':')
        return {};
    return slice(username_end_ + 1, host_begin_ - 1);
}

std::optional<ipv4_bytes> url::ipv4() const {
    if (host_kind_ != host_kind::ipv4)
        return std::nullopt;
    return parse_url_ipv4(host());
}

std::optional<ipv6_bytes> url::ipv6() const {
    if (host_kind_ != host_kind::ipv6)
        return std::nullopt;
    auto text = host();
    return parse_url_ipv6(text.substr(1, text.size() - 2));
}

std::optional<std::uint16_t> url::port() const {
    if (!has_port_)
        return std::nullopt;
    return port_;
}

std::uint16_t url::effective_port() const {
    return has_port_ ? port_ : default_port(scheme_type_);
}

bool url::has_opaque_path() const {
    return host_kind_ == host_kind::none && !path().starts_with('/');
}

std::string_view url::query() const {
    if (!has_query())
        return {};
    return slice(query_begin_, before_fragment());
}

std::string_view url::fragment() const {
    if (!has_fragment())
        return {};
    return slice(fragment_begin_, href_.size());
}

std::string_view url::request_target() const {
    return slice(path_begin_, before_fragment());
}

std::string_view url::authority() const {
    return slice(host_begin_, has_port_ ? path_begin_ : host_end_);
}

std::string url::origin() const {
    switch (scheme_type_) {
        case scheme_kind::http:
        case scheme_kind::https:
        case scheme_kind::ws:
        case scheme_kind::wss:
        case scheme_kind::ftp: {
            std::string text(slice(0, scheme_end_ + 3));
            text += authority();
            return text;
        }
        case scheme_kind::other:
            if (scheme() == "blob") {
                auto inner = parse(path());
                if (inner && inner->is_http())
                    return inner->origin();
            }
            return "null";
        case scheme_kind::file:
            break;
    }
    return "null";
}

url url::without_fragment() const {
    url copy = *this;
    if (copy.has_fragment()) {
        copy.href_.resize(copy.fragment_begin_ - 1);
        copy.fragment_begin_ = npos;
    }
    return copy;
}

url url::without_credentials() const {
    url copy = *this;
    if (!has_credentials())
        return copy;
    auto begin = scheme_end_ + 3;
    auto removed = host_begin_ - begin;
    copy.href_.erase(begin, removed);
    copy.username_end_ = copy.host_begin_ = begin;
    for (auto* place : {&copy.host_end_, &copy.path_begin_, &copy.query_begin_, &copy.fragment_begin_})
        if (*place != npos)
            *place -= removed;
    return copy;
}

std::size_t url::path_end() const {
    return has_query() ? query_begin_ - 1 : before_fragment();
}

std::size_t url::before_fragment() const {
    return has_fragment() ? fragment_begin_ - 1 : href_.size();
}

scheme_kind scheme_named(std::string_view name) {
    using enum scheme_kind;
    switch (name.size()) {
        case 2:
            return name == "ws" ? ws : other;
        case 3:
            return name == "wss" ? wss : name == "ftp" ? ftp : other;
        case 4:
            return name == "http" ? http : name == "file" ? file : other;
        case 5:
            return name == "https" ? https : other;
        default:
            return other;
    }
}

std::uint16_t default_port(scheme_kind scheme) {
    switch (scheme) {
        case scheme_kind::http:
        case scheme_kind::ws:
            return 80;
        case scheme_kind::https:
        case scheme_kind::wss:
            return 443;
        case scheme_kind::ftp:
            return 21;
        case scheme_kind::file:
        case scheme_kind::other:
            break;
    }
    return 0;
}

}  // namespace fetchd
