#include "http/mime_type.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace fetchd {
namespace {

// HTTP whitespace (Fetch standard §2.2).
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view without_leading_space(std::string_view s) {
    while (!s.empty() && is_space(s.front()))
        s.remove_prefix(1);
    return s;
}

std::string_view without_trailing_space(std::string_view s) {
    while (!s.empty() && is_space(s.back()))
        s.remove_suffix(1);
    return s;
}

// The HTTP token code points (RFC 9110 §5.6.2).
constexpr auto token_bytes = [] {
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = table[c - 32] = true;
    for (char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool is_token(std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](char c) { return token_bytes[static_cast<unsigned char>(c)]; });
}

// The HTTP quoted-string token code points: what a parameter's value may hold.
bool is_quotable(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

// Up to, without, the first of `ends`; and off the front of `rest`.
std::string_view take_until(std::string_view& rest, std::string_view ends) {
    auto const taken = rest.substr(0, rest.find_first_of(ends));
    rest.remove_prefix(taken.size());
    return taken;
}

// "collect an HTTP quoted string" (Fetch standard §2.2), of which `rest` starts with the quote. Returns its
// length with the quotes, and puts what it says into `said`, if given.
std::size_t quoted_string(std::string_view rest, std::string* said) {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        // A backslash at the very end stands for itself.
        if (rest[i] == '\\' && i + 1 < rest.size())
            ++i;
        if (said != nullptr)
            *said += rest[i];
    }
    return std::min(i + 1, rest.size());
}

}  // namespace

std::optional<mime_type> mime_type::parse(std::string_view value) {
    auto rest = without_trailing_space(without_leading_space(value));
    auto const slash = rest.find('/');
    if (slash == std::string_view::npos || !is_token(rest.substr(0, slash)))
        return {};
    auto const end = std::min(rest.find(';', slash), rest.size());
    auto const subtype = without_trailing_space(rest.substr(slash + 1, end - slash - 1));
    if (!is_token(subtype))
        return {};
    mime_type found;
    found.text_.reserve(std::min<std::size_t>(rest.size(), 256));
    found.text_.append(rest.substr(0, slash + 1)).append(subtype);
    std::transform(found.text_.begin(), found.text_.end(), found.text_.begin(), ascii_lower);
    found.slash_ = static_cast<std::uint32_t>(slash);
    found.essence_ = static_cast<std::uint32_t>(found.text_.size());
    rest.remove_prefix(end);
    std::string name;
    std::string said;
    while (!rest.empty() && found.parameters_ < max_parameters) {
        rest = without_leading_space(rest.substr(1));
        name = take_until(rest, ";=");
        if (rest.empty() || rest[0] == ';')
            continue;
        rest.remove_prefix(1);
        std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
        if (rest.starts_with('"')) {
            said.clear();
            rest.remove_prefix(quoted_string(rest, &said));
            take_until(rest, ";");
            found.add_parameter(name, said);
        } else if (auto const plain = without_trailing_space(take_until(rest, ";")); !plain.empty()) {
            found.add_parameter(name, plain);
        }
    }
    return found;
}

// Calls each(name, value) until it says true; whether it did.
template <class Each>
bool mime_type::find_parameter(Each&& each) const {
    auto rest = std::string_view(text_).substr(essence_);
    while (!rest.empty()) {
        auto const value = rest.find('\0', 1);
        auto const end = std::min(rest.find('\0', value + 1), rest.size());
        if (each(rest.substr(1, value - 1), rest.substr(value + 1, end - value - 1)))
            return true;
        rest.remove_prefix(end);
    }
    return false;
}

std::optional<std::string_view> mime_type::parameter(std::string_view name) const {
    std::optional<std::string_view> found;
    find_parameter([&](std::string_view its_name, std::string_view value) {
        if (its_name == name)
            found = value;
        return found.has_value();
    });
    return found;
}

void mime_type::add_parameter(std::string_view lower_name, std::string_view value) {
    if (parameters_ == max_parameters || !is_token(lower_name) || !is_quotable(value) ||
        parameter(lower_name))
        return;
    text_ += '\0';
    text_ += lower_name;
    text_ += '\0';
    text_ += value;
    ++parameters_;
}

std::string mime_type::to_string() const {
    std::string out(essence());
    find_parameter([&](std::string_view name, std::string_view value) {
        out.append(1, ';').append(name).append(1, '=');
        if (is_token(value)) {
            out += value;
            return false;
        }
        out += '"';
        for (char c : value) {
            if (c == '"' || c == '\\')
                out += '\\';
            out += c;
        }
        out += '"';
        return false;
    });
    return out;
}

std::optional<mime_type> extract_mime_type(std::string_view value) {
    return extract_mime_type(std::span(&value, 1));
}

std::optional<mime_type> extract_mime_type(std::span<std::string_view const> values) {
    if (values.empty())
        return {};
    // "get, decode, and split": a quote left open in one value swallows the next.
    std::string joined;
    for (std::size_t i = 1; i < values.size(); ++i)
        joined.append(i == 1 ? values[0] : std::string_view()).append(", ").append(values[i]);
    auto rest = values.size() == 1 ? values[0] : std::string_view(joined);
    std::optional<mime_type> found;
    std::string charset;
    bool has_charset = false;
    for (bool more = true; more;) {
        std::size_t end = 0;
        while (end < rest.size() && rest[end] != ',')
            end += rest[end] == '"' ? quoted_string(rest.substr(end), nullptr) : 1;
        auto next = mime_type::parse(rest.substr(0, end));
        more = end < rest.size();
        rest.remove_prefix(more ? end + 1 : end);
        if (!next || next->essence() == "*/*")
            continue;
        auto const own = next->parameter("charset");
        if (!found || found->essence() != next->essence()) {
            has_charset = own.has_value();
            charset = own.value_or(std::string_view());
        } else if (!own && has_charset) {
            next->add_parameter("charset", charset);
        }
        found = std::move(next);
    }
    return found;
}

namespace mime {
namespace {

bool one_of(std::span<std::string_view const> all, std::string_view essence) {
    return std::find(all.begin(), all.end(), essence) != all.end();
}

}  // namespace

bool is_image(std::string_view essence) {
    return essence.starts_with("image/");
}

bool is_audio_or_video(std::string_view essence) {
    return essence.starts_with("audio/") || essence.starts_with("video/") || essence == "application/ogg";
}

bool is_font(std::string_view essence) {
    static constexpr std::string_view older[] = {
        "application/font-cff",       "application/font-otf",  "application/font-sfnt",
        "application/font-ttf",       "application/font-woff", "application/vnd.ms-fontobject",
        "application/vnd.ms-opentype"};
    return essence.starts_with("font/") || one_of(older, essence);
}

bool is_zip_based(std::string_view essence) {
    return essence.ends_with("+zip") || essence == "application/zip";
}

bool is_archive(std::string_view essence) {
    static constexpr std::string_view archives[] = {"application/x-rar-compressed", "application/zip",
                                                    "application/x-gzip"};
    return one_of(archives, essence);
}

bool is_xml(std::string_view essence) {
    return essence.ends_with("+xml") || essence == "text/xml" || essence == "application/xml";
}

bool is_html(std::string_view essence) {
    return essence == "text/html";
}

bool is_scriptable(std::string_view essence) {
    return is_xml(essence) || is_html(essence) || essence == "application/pdf";
}

bool is_javascript(std::string_view essence) {
    static constexpr std::string_view scripts[] = {"application/ecmascript",
                                                   "application/javascript",
                                                   "application/x-ecmascript",
                                                   "application/x-javascript",
                                                   "text/ecmascript",
                                                   "text/javascript",
                                                   "text/javascript1.0",
                                                   "text/javascript1.1",
                                                   "text/javascript1.2",
                                                   "text/javascript1.3",
                                                   "text/javascript1.4",
                                                   "text/javascript1.5",
                                                   "text/jscript",
                                                   "text/livescript",
                                                   "text/x-ecmascript",
                                                   "text/x-javascript"};
    return one_of(scripts, essence);
}

bool is_json(std::string_view essence) {
    return essence.ends_with("+json") || essence == "application/json" || essence == "text/json";
}

}  // namespace mime
}  // namespace fetchd
