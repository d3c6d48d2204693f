#include "worker/tasks/xml_mended.hpp"

#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/ascii.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::xml {
namespace {

constexpr std::size_t longest_name = 10;  // of HTML 4's characters: "thetasym" has eight

// HTML 4's named characters, from libxml2's table, which can only be searched from end to end.
class html_names {
  public:
    html_names() {
        constexpr unsigned last = 0x2666;  // "diams"
        for (unsigned value = 0x80; value <= last; ++value)
            if (auto const* found = ::htmlEntityValueLookup(value); found != nullptr)
                all_.push_back({found->name, value});
        std::ranges::sort(all_, {}, &row::name);
    }
    std::uint32_t find(std::string_view name) const {
        auto const at = std::ranges::lower_bound(all_, name, {}, &row::name);
        return at != all_.end() && at->name == name ? at->value : 0;
    }

  private:
    struct row {
        std::string_view name;
        std::uint32_t value;
    };
    std::vector<row> all_;
};

bool is_letter(char c) {
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

// XML §4.6
std::string_view predefined(std::string_view name) {
    return name == "amp"    ? "&#38;"
           : name == "lt"   ? "&#60;"
           : name == "gt"   ? "&#62;"
           : name == "quot" ? "&#34;"
           : name == "apos" ? "&#39;"
                            : std::string_view();
}

constexpr auto needs_care = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 0x20; ++c)
        table[c] = c != '\t' && c != '\n' && c != '\r';
    table['&'] = table['<'] = table[0xEF] = true;
    return table;
}();

class mender {
  public:
    mender(std::string_view in, std::string& out) : in_(in), out_(out) {}

    std::string_view run() {
        while (at_ < in_.size()) {
            auto const c = in_[at_];
            if (!needs_care[static_cast<unsigned char>(c)])
                ++at_;
            else if (c == '&')
                reference();
            else if (c == '<')
                markup();
            else
                forbidden();
        }
        if (done_ == 0)
            return in_;
        out_.append(in_, done_);
        return out_;
    }

  private:
    // Writes `instead` for the next `bytes` of the input.
    void replace(std::size_t bytes, std::string_view instead) {
        if (done_ == 0)
            out_.reserve(in_.size() + in_.size() / 16);
        out_.append(in_, done_, at_ - done_);
        out_ += instead;
        done_ = at_ += bytes;
    }

    void forbidden() {
        auto const next = in_.substr(at_, 3);
        if (static_cast<unsigned char>(next[0]) < 0x20)
            replace(1, " ");
        else if (next == "\xEF\xBF\xBE" || next == "\xEF\xBF\xBF")
            replace(3, "\xEF\xBF\xBD");
        else
            ++at_;
    }

    // Past a section that ends with `end`, in which only characters are mended.
    void section(std::string_view end) {
        auto const found = in_.find(end, at_);
        auto const past = found == std::string_view::npos ? in_.size() : found + end.size();
        while (at_ < past) {
            auto const c = static_cast<unsigned char>(in_[at_]);
            if (needs_care[c] && c != '&' && c != '<')
                forbidden();
            else
                ++at_;
        }
    }

    void markup() {
        auto const next = in_.substr(at_, 9);
        if (next == "<![CDATA[")
            return section("]]>");
        if (next.starts_with("<!--"))
            return section("-->");
        if (next.starts_with("<?"))
            return section("?>");
        auto const c = next.size() > 1 ? next[1] : ' ';
        if (is_letter(c) || c == '/' || c == '!' || c == '_' || c == ':' || (c & 0x80) != 0)
            ++at_;
        else
            replace(1, "&#60;");
    }

    void reference() {
        auto const rest = in_.substr(at_ + 1, longest_name + 1);
        if (rest.starts_with('#'))
            return numeric();
        std::size_t n = 0;
        while (n < rest.size() && (is_letter(rest[n]) || is_digit(rest[n])))
            ++n;
        auto const name = rest.substr(0, n);
        if (n == 0 || n == rest.size() || rest[n] != ';')
            return replace(1, "&#38;");
        if (auto const number = predefined(name); !number.empty())
            return replace(n + 2, number);
        if (!names_)
            names_.emplace();
        if (auto const value = names_->find(name)) {
            std::string character;
            utf8::append(character, value);
            return replace(n + 2, character);
        }
        replace(1, "&#38;");
    }

    // XML §4.1: the character must be one that a document may hold.
    void numeric() {
        auto const rest = in_.substr(at_ + 2, 12);
        bool const hex = rest.starts_with('x') || rest.starts_with('X');
        std::size_t n = hex ? 1 : 0;
        std::uint32_t value = 0;
        for (; n < rest.size(); ++n) {
            auto const c = ascii_lower(rest[n]);
            bool const letter = hex && c >= 'a' && c <= 'f';
            if (!is_digit(c) && !letter)
                break;
            value = value * (hex ? 16 : 10) + static_cast<std::uint32_t>(letter ? c - 'a' + 10 : c - '0');
            if (value > 0x10FFFF)
                break;
        }
        if (n == (hex ? 1U : 0U) || n == rest.size() || rest[n] != ';')
            return replace(1, "&#38;");
        bool const allowed = value == '\t' || value == '\n' || value == '\r' ||
                             (value >= 0x20 && value < 0xD800) || (value > 0xDFFF && value < 0xFFFE) ||
                             value > 0xFFFF;
        if (!allowed)
            return replace(n + 3, "\xEF\xBF\xBD");
        if (rest[0] == 'X') {
            std::string character;
            utf8::append(character, value);
            if (value == '&' || value == '<')
                character = value == '&' ? "&#38;" : "&#60;";
            return replace(n + 3, character);
        }
        at_ += n + 3;
    }

    std::string_view in_;
    std::string& out_;
    std::size_t at_ = 0;
    std::size_t done_ = 0;  // of in_, copied to out_
    std::optional<html_names> names_;
};

}  // namespace

std::string_view mended(std::string_view utf8, std::string& storage) {
    auto const begin = utf8.find('<');
    if (begin == std::string_view::npos)
        return {};
    storage.clear();
    return mender(utf8.substr(begin), storage).run();
}

}  // namespace fetchd::xml
