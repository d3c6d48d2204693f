#include "http/url_idna.hpp"

#include <unicode/uidna.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <vector>

#include "http/punycode.hpp"

namespace fetchd {
namespace {

// Mapping, validation and Punycode are ICU's, but the ICU of Debian 12 knows Unicode 15.0, and the URL
// standard wants the newest. The differences of the UTS 46 table up to Unicode 17 are made up for here,
// before ICU sees the text: characters whose mapping changed (`changes`), and ideographs that did not exist
// yet (`ideographs`). Scripts and symbols newer than 15.0 stay invalid until ICU knows them. With a newer ICU
// all this changes nothing.

// Punycode takes quadratic time. A name that can be resolved has at most 253 characters of at most 4 bytes.
constexpr std::size_t max_domain = 1024;

struct change {
    char32_t first, last;
    char32_t to;  // of the first; 0: the characters are ignored
};

constexpr change changes[] = {
    {0x4c0, 0x4c0, 0x4cf},        // Cyrillic palochka
    {0x10a0, 0x10c5, 0x2d00},     // Georgian capitals
    {0x115f, 0x1160, 0},          // Hangul fillers
    {0x17b4, 0x17b5, 0},          // Khmer inherent vowels
    {0x180e, 0x180e, 0},          // Mongolian vowel separator
    {0x1e9e, 0x1e9e, 0xdf},       // capital sharp s
    {0x2061, 0x2063, 0},          // invisible operators
    {0x206a, 0x206f, 0},          // deprecated format characters
    {0x2132, 0x2132, 0x214e},     // turned F
    {0x2183, 0x2183, 0x2184},     // Roman numeral reversed one hundred
    {0x3164, 0x3164, 0},          // Hangul filler
    {0xffa0, 0xffa0, 0},          // half-width Hangul filler
    {0x1d173, 0x1d17a, 0},        // musical format characters
    {0x2f868, 0x2f868, 0x36fc},   // CJK compatibility ideographs, corrected
    {0x2f874, 0x2f874, 0x5f53},   //
    {0x2f91f, 0x2f91f, 0x243ab},  //
    {0x2f95f, 0x2f95f, 0x7aee},   //
    {0x2f9bf, 0x2f9bf, 0x45d7},   //
};

struct code_points {
    char32_t first, last;
};

constexpr code_points ideographs[] = {
    {0x2b73a, 0x2b73f}, {0x2cea2, 0x2cead}, {0x2ebf0, 0x2ee5d}, {0x323b0, 0x33479}};

bool is_new_ideograph(char32_t c) {
    return std::any_of(std::begin(ideographs), std::end(ideographs),
                       [c](auto const& range) { return c >= range.first && c <= range.last; });
}

constexpr std::uint32_t tolerated = UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG |
                                    UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | UIDNA_ERROR_LEADING_HYPHEN |
                                    UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

UIDNA const* idna() {
    static UIDNA const* const opened = [] {
        auto error = U_ZERO_ERROR;
        auto* const made =
            uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII |
                                UIDNA_NONTRANSITIONAL_TO_UNICODE,
                            &error);
        return U_SUCCESS(error) ? made : nullptr;
    }();
    return opened;
}

using conversion = decltype(&uidna_nameToASCII_UTF8);

// Into as much as `out` has room for. Afterwards it is of the size of the result, also where that is more and
// the result had no room (U_BUFFER_OVERFLOW_ERROR).
UErrorCode try_convert(conversion how, std::string const& name, std::string& out, UIDNAInfo& info) {
    auto error = U_ZERO_ERROR;
    auto const size = static_cast<std::int32_t>(name.size());
    auto const capacity = static_cast<std::int32_t>(out.size());
    auto const length = how(idna(), name.data(), size, out.data(), capacity, &info, &error);
    out.resize(static_cast<std::size_t>(std::max(length, 0)));
    return error;
}

// ICU's ToASCII or ToUnicode; false where the name is not valid.
bool convert(conversion how, std::string const& name, std::string& out) {
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    out.resize(2 * name.size() + 64);  // nearly always enough; else ICU says how much it needs
    auto error = try_convert(how, name, out, info);
    if (error == U_BUFFER_OVERFLOW_ERROR)
        error = try_convert(how, name, out, info);
    return U_SUCCESS(error) && (info.errors & ~tolerated) == 0;
}

bool decode_utf8(std::string_view text, std::u32string& out) {
    auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t i = 0; i < size;) {
        UChar32 c = 0;
        U8_NEXT(text.data(), i, size, c);
        if (c < 0)
            return false;
        out += static_cast<char32_t>(c);
    }
    return true;
}

std::string encode_utf8(std::u32string_view text) {
    std::string out;
    for (char32_t c : text) {
        char bytes[U8_MAX_LENGTH];
        std::size_t length = 0;
        U8_APPEND_UNSAFE(bytes, length, static_cast<std::uint32_t>(c));
        out.append(bytes, length);
    }
    return out;
}

void apply_changes(std::u32string& name) {
    std::u32string changed;
    for (char32_t c : name) {
        auto const* row = std::find_if(std::begin(changes), std::end(changes), [c](auto const& candidate) {
            return c >= candidate.first && c <= candidate.last;
        });
        if (row == std::end(changes))
            changed += c;
        else if (row->to != 0)
            changed += row->to + (c - row->first);
    }
    name = std::move(changed);
}

// Ideographs ICU does not know yet, each replaced by one it knows and that stands nowhere else in the name:
// to every rule of UTS 46 one ideograph is like another.
class stand_ins {
  public:
    explicit stand_ins(std::u32string& name) {
        char32_t free = 0x20000;
        auto const original = name;
        for (char32_t& c : name) {
            if (!is_new_ideograph(c))
                continue;
            while (original.find(free) != original.npos)
                ++free;
            originals_.push_back({free, c});
            c = free++;
        }
    }

    bool empty() const { return originals_.empty(); }

    void undo(std::u32string& name) const {
        for (char32_t& c : name)
            for (auto const& [known, original] : originals_)
                if (c == known) {
                    c = original;
                    break;
                }
    }

  private:
    std::vector<std::pair<char32_t, char32_t>> originals_;
};

void append_ascii_labels(std::string& out, std::u32string_view name) {
    for (;;) {
        auto dot = name.find(U'.');
        auto label = name.substr(0, dot);
        if (std::all_of(label.begin(), label.end(), [](char32_t c) { return c < 0x80; })) {
            out.append(label.begin(), label.end());
        } else {
            out += "xn--";
            append_punycode(out, label);
        }
        if (dot == name.npos)
            return;
        out += '.';
        name.remove_prefix(dot + 1);
    }
}

bool to_ascii(std::u32string& name, std::string& out) {
    apply_changes(name);
    stand_ins replaced(name);
    std::string converted;
    if (replaced.empty()) {
        if (!convert(uidna_nameToASCII_UTF8, encode_utf8(name), converted))
            return false;
        out += converted;
        return true;
    }
    std::u32string unicode;
    if (!convert(uidna_nameToUnicodeUTF8, encode_utf8(name), converted))
        return false;
    if (!decode_utf8(converted, unicode))
        return false;
    replaced.undo(unicode);
    append_ascii_labels(out, unicode);
    return true;
}

}  // namespace

std::string_view domain_to_ascii(std::string_view domain, std::string& out) {
    if (domain.size() > max_domain)
        return "the host is too long";
    if (!prepare_idna())
        return "international host names cannot be read: the ICU data is missing";
    std::u32string name;
    if (!decode_utf8(domain, name))
        return "the host is not valid UTF-8";
    if (!to_ascii(name, out))
        return "the host is not a valid international domain name (UTS 46)";
    return {};
}

bool prepare_idna() {
    return idna() != nullptr;
}

}  // namespace fetchd
