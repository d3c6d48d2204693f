#include "http/url_redacted.hpp"

#include <algorithm>

namespace fetchd {
namespace {

// "https://" of "https://user@host", nothing where there is no such thing.
std::string_view leading_scheme(std::string_view text) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    auto end = text.find_first_not_of(letters);
    if (end == 0 || end > 32 || !text.substr(end).starts_with("://"))
        return {};
    return text.substr(0, end + 3);
}

// `text` escaped and cut off at `limit` bytes.
std::string escaped(std::string_view text, std::size_t limit) {
    constexpr char digits[] = "0123456789abcdef";
    constexpr std::string_view ellipsis = "...";
    limit = std::max<std::size_t>(limit, 16);
    auto const plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    if (text.size() <= limit && std::all_of(text.begin(), text.end(), plain))
        return std::string(text);
    std::string out;
    std::size_t keep = 0;  // where to cut so that the ellipsis still fits
    for (char c : text) {
        if (out.size() + ellipsis.size() <= limit)
            keep = out.size();
        auto byte = static_cast<unsigned char>(c);
        if (plain(c))
            out += c;
        else
            out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        if (out.size() > limit)
            return out.replace(keep, out.npos, ellipsis);
    }
    return out;
}

}  // namespace

std::string redacted(url const& u, std::size_t limit) {
    auto text = u.href();
    if (!u.has_credentials())
        return escaped(text, limit);
    auto host = static_cast<std::size_t>(u.host().data() - text.data());
    std::string masked(text.substr(0, u.scheme().size() + 3));
    masked += "***@";
    masked += text.substr(host, limit + 1);
    return escaped(masked, limit);
}

std::string redacted(std::string_view text, std::size_t limit) {
    auto at = text.rfind('@');
    if (at == text.npos)
        return escaped(text, limit);
    std::string masked(leading_scheme(text));
    masked += "***";
    masked += text.substr(at, limit + 1);
    return escaped(masked, limit);
}

}  // namespace fetchd
