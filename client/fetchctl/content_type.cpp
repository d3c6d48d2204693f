#include "fetchctl/content_type.hpp"

#include <utility>

namespace fetchctl {
namespace {

using pair = std::pair<std::string_view, std::string_view>;

constexpr pair types[] = {
    {"atom", "application/atom+xml"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"gif", "image/gif"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"json", "application/json"},
    {"md", "text/markdown"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"rss", "application/rss+xml"},
    {"svg", "image/svg+xml"},
    {"txt", "text/plain"},
    {"webp", "image/webp"},
    {"xht", "application/xhtml+xml"},
    {"xhtml", "application/xhtml+xml"},
    {"xml", "application/xml"},
};

constexpr pair codings[] = {{"br", "br"}, {"gz", "gzip"}, {"zst", "zstd"}};

// The extension in lower case, and the name without it.
std::pair<std::string, std::string_view> split(std::string_view name) {
    auto slash = name.rfind('/');
    auto dot = name.rfind('.');
    if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash))
        return {"", name};
    std::string extension(name.substr(dot + 1));
    for (auto& c : extension)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return {extension, name.substr(0, dot)};
}

template <std::size_t N>
std::string_view look_up(pair const (&table)[N], std::string_view extension) {
    for (auto const& [name, value] : table)
        if (name == extension)
            return value;
    return {};
}

std::string_view sniff(std::string_view bytes) {
    auto first = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (bytes.starts_with("%PDF-"))
        return "application/pdf";
    if (first != std::string_view::npos && bytes[first] == '<')
        return bytes.substr(first).starts_with("<?xml") ? "application/xml" : "text/html";
    return "application/octet-stream";
}

}  // namespace

content_kind guess_content(std::string_view file_name, std::string_view bytes) {
    content_kind kind;
    auto [extension, rest] = split(file_name);
    if (auto coding = look_up(codings, extension); !coding.empty()) {
        kind.encoding = coding;
        extension = split(rest).first;
    }
    kind.type = look_up(types, extension);
    if (kind.type.empty())
        kind.type = kind.encoding.empty() ? sniff(bytes) : "application/octet-stream";
    return kind;
}

}  // namespace fetchctl
