#include "http/headers.hpp"

#include <algorithm>

namespace fetchd {
namespace {

bool token_char(char c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
        return true;
    return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

void headers::reserve(std::size_t fields, std::size_t bytes) {
    index_.reserve(fields);
    text_.reserve(bytes);
}

void headers::add(std::string_view name, std::string_view value) {
    auto const at = static_cast<std::uint32_t>(text_.size());
    text_.append(name).append(value);
    index_.push_back(
        {at, at + static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(text_.size())});
}

void headers::set(std::string_view name, std::string_view value) {
    remove(name);
    add(name, value);
}

void headers::remove(std::string_view name) {
    std::erase_if(index_, [&](entry const& e) {
        return same_name(std::string_view(text_).substr(e.name, e.value - e.name), name);
    });
}

std::optional<std::string_view> headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < size(); ++i)
        if (auto const f = (*this)[i]; same_name(f.name, name))
            return f.value;
    return {};
}

std::size_t headers::count(std::string_view name) const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < size(); ++i)
        n += same_name((*this)[i].name, name);
    return n;
}

bool headers::has_token(std::string_view name, std::string_view token) const {
    for (std::size_t i = 0; i < size(); ++i) {
        auto const f = (*this)[i];
        auto rest = f.value;
        if (!same_name(f.name, name))
            continue;
        while (!rest.empty()) {
            auto const comma = rest.find(',');
            if (same_name(trim_ows(rest.substr(0, comma)), token))
                return true;
            rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
        }
    }
    return false;
}

void headers::write_to(std::string& out) const {
    for (std::size_t i = 0; i < size(); ++i) {
        auto const f = (*this)[i];
        out.append(f.name).append(": ").append(f.value).append("\r\n");
    }
}

bool valid_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), token_char);
}

bool valid_value(std::string_view value) {
    return trim_ows(value).size() == value.size() && std::none_of(value.begin(), value.end(), [](char c) {
               auto const u = static_cast<unsigned char>(c);
               return (u < ' ' && c != '\t') || u == 0x7f;
           });
}

bool hop_by_hop(std::string_view name) {
    constexpr std::string_view names[] = {"connection",
                                          "keep-alive",
                                          "proxy-authenticate",
                                          "proxy-authorization",
                                          "proxy-connection",
                                          "te",
                                          "trailer",
                                          "transfer-encoding",
                                          "upgrade"};
    return std::any_of(std::begin(names), std::end(names), [&](auto n) { return same_name(n, name); });
}

std::vector<std::string> all_values(headers const& fields, std::string_view name) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (same_name(fields[i].name, name))
            values.emplace_back(fields[i].value);
    return values;
}

}  // namespace fetchd
