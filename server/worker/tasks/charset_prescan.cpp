// What a document says of its own encoding: the HTML standard's "prescan a byte stream to determine its
// encoding" and "get an XML encoding" (§13.2.3.2).
#include <algorithm>

#include "base/ascii.hpp"
#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::charset {
namespace {

using utf8::is_space;
using namespace std::string_view_literals;

constexpr std::size_t looked_at = 1024;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A document that could be read so far is in neither of these.
std::string_view readable_so_far(std::string_view name) {
    return name == "utf-16be" || name == "utf-16le" ? "utf-8" : name;
}

// Space and control characters, which the XML declaration is read past.
bool is_low(char c) {
    return static_cast<unsigned char>(c) <= 0x20;
}

std::string_view without_leading_low(std::string_view s) {
    while (!s.empty() && is_low(s[0]))
        s.remove_prefix(1);
    return s;
}

struct attribute {
    std::string name;
    std::string value;
};

class scanner {
  public:
    explicit scanner(std::string_view bytes) : rest_(bytes) {}

    std::string_view find() {
        while (!rest_.empty()) {
            if (rest_.starts_with("<!--")) {
                // The "--" of the opening may be that of the end: "<!-->".
                skip_past("-->", 2);
            } else if (opens_meta()) {
                rest_.remove_prefix(6);
                if (auto name = read_meta(); !name.empty())
                    return name;
            } else if (rest_.size() > 2 && rest_[0] == '<' && is_letter(rest_[rest_[1] == '/' ? 2 : 1])) {
                while (!rest_.empty() && !is_space(rest_[0]) && rest_[0] != '>')
                    rest_.remove_prefix(1);
                attribute ignored;
                while (next_attribute(ignored)) {
                }
            } else if (rest_.starts_with("<!") || rest_.starts_with("</") || rest_.starts_with("<?")) {
                skip_past(">", 2);
            } else {
                rest_.remove_prefix(1);
            }
        }
        return {};
    }

  private:
    bool opens_meta() const {
        if (rest_.size() < 6 || rest_[0] != '<')
            return false;
        for (std::size_t i = 0; i < 4; ++i)
            if (ascii_lower(rest_[i + 1]) != "meta"[i])
                return false;
        return is_space(rest_[5]) || rest_[5] == '/';
    }

    void skip_past(std::string_view what, std::size_t from) {
        auto const at = rest_.find(what, from);
        rest_ = at == std::string_view::npos ? std::string_view() : rest_.substr(at + what.size());
    }

    // "get an attribute"; false at the end of the tag.
    bool next_attribute(attribute& a) {
        a = {};
        while (!rest_.empty() && (is_space(rest_[0]) || rest_[0] == '/'))
            rest_.remove_prefix(1);
        if (rest_.empty() || rest_[0] == '>')
            return false;
        while (!rest_.empty() && !is_space(rest_[0]) && rest_[0] != '/' && rest_[0] != '>' &&
               (rest_[0] != '=' || a.name.empty()))
            a.name += ascii_lower(take());
        skip_space();
        if (rest_.empty() || rest_[0] != '=')
            return true;
        rest_.remove_prefix(1);
        skip_space();
        if (!rest_.empty() && (rest_[0] == '"' || rest_[0] == '\'')) {
            auto const quote = take();
            while (!rest_.empty() && rest_[0] != quote)
                a.value += ascii_lower(take());
            if (!rest_.empty())
                rest_.remove_prefix(1);
            return true;
        }
        while (!rest_.empty() && !is_space(rest_[0]) && rest_[0] != '>')
            a.value += ascii_lower(take());
        return true;
    }

    std::string_view read_meta() {
        std::string_view name;
        std::string content_name;
        bool pragma = false;
        bool from_charset = false;
        attribute a;
        while (next_attribute(a)) {
            if (a.name == "http-equiv")
                pragma = a.value == "content-type";
            else if (a.name == "content" && content_name.empty())
                content_name = label_in_content(a.value);
            else if (a.name == "charset" && !from_charset) {
                name = by_label(a.value);
                from_charset = true;
            }
        }
        if (rest_.empty())  // the tag is cut off at the end of what is looked at
            return {};
        if (!from_charset)
            name = pragma ? by_label(content_name) : std::string_view();
        return name == "x-user-defined" ? "windows-1252" : readable_so_far(name);
    }

    // "extracting a character encoding from a meta element": what follows charset= in text/html; charset=x
    static std::string label_in_content(std::string_view s) {
        for (;;) {
            auto const at = s.find("charset");
            if (at == std::string_view::npos)
                return {};
            s.remove_prefix(at + 7);
            auto rest = s;
            while (!rest.empty() && is_space(rest[0]))
                rest.remove_prefix(1);
            if (rest.empty() || rest[0] != '=')
                continue;
            rest.remove_prefix(1);
            while (!rest.empty() && is_space(rest[0]))
                rest.remove_prefix(1);
            if (rest.empty())
                return {};
            if (rest[0] == '"' || rest[0] == '\'') {
                auto const close = rest.find(rest[0], 1);
                return close == std::string_view::npos ? std::string()
                                                       : std::string(rest.substr(1, close - 1));
            }
            return std::string(rest.substr(0, rest.find_first_of(" \t\n\f\r;")));
        }
    }

    char take() {
        auto const c = rest_[0];
        rest_.remove_prefix(1);
        return c;
    }

    void skip_space() {
        while (!rest_.empty() && is_space(rest_[0]))
            rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

}  // namespace

std::string_view declared_in_html(std::string_view body) {
    return scanner(body.substr(0, looked_at)).find();
}

std::string_view declared_in_xml(std::string_view body) {
    if (body.starts_with("<\0?\0x\0"sv))
        return "utf-16le";
    if (body.starts_with("\0<\0?\0x"sv))
        return "utf-16be";
    if (!body.starts_with("<?xml"))
        return {};
    auto rest = body.substr(0, looked_at);
    auto const end = rest.find('>');
    auto const at = rest.substr(0, end).find("encoding");
    if (end == std::string_view::npos || at == std::string_view::npos)
        return {};
    rest = without_leading_low(rest.substr(at + 8, end - at - 8));
    if (!rest.starts_with('='))
        return {};
    rest = without_leading_low(rest.substr(1));
    if (!rest.starts_with('"') && !rest.starts_with('\''))
        return {};
    auto const close = rest.find(rest[0], 1);
    if (close == std::string_view::npos)
        return {};
    auto const label = rest.substr(1, close - 1);
    return std::any_of(label.begin(), label.end(), is_low) ? std::string_view()
                                                           : readable_so_far(by_label(label));
}

}  // namespace fetchd::charset
