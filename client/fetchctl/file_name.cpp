#include "fetchctl/file_name.hpp"

namespace fetchctl {
namespace {

constexpr std::size_t longest_stem = 100;

bool plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

std::string stem_of(std::string_view url) {
    if (auto scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find('#'));
    auto const host_end = url.find_first_of("/?");
    if (auto at = url.substr(0, host_end).rfind('@'); at != std::string_view::npos)
        url.remove_prefix(at + 1);  // a password has no place in a file name
    std::string stem;
    for (char c : url) {
        if (stem.size() == longest_stem)
            break;
        if (plain(c))
            stem += c;
        else if (!stem.empty() && stem.back() != '_')
            stem += '_';
    }
    while (!stem.empty() && (stem.back() == '_' || stem.back() == '.'))
        stem.pop_back();
    stem.erase(0, stem.find_first_not_of("._-"));
    return stem.empty() ? "page" : stem;
}

std::string lower(std::string text) {
    for (auto& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
}

std::string with_extension(std::string stem, std::string_view extension) {
    if (!extension.empty())
        stem.append(".").append(extension);
    return stem;
}

}  // namespace

std::string file_name_for(std::string_view url, std::string_view extension) {
    return with_extension(stem_of(url), extension);
}

std::string_view extension_for(std::string_view output) {
    if (output == "markdown")
        return "md";
    if (output == "html")
        return "html";
    if (output == "text" || output == "sha256" || output == "links" || output == "metadata")
        return "txt";  // the last two as lines
    return "json";
}

std::string taken_names::claim(std::string_view url, std::string_view extension) {
    auto const stem = stem_of(url);
    auto name = with_extension(stem, extension);
    for (unsigned n = 2; !taken_.insert(lower(name)).second; ++n)
        name = with_extension(stem + "-" + std::to_string(n), extension);
    return name;
}

}  // namespace fetchctl
