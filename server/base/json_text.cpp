#include "base/json_text.hpp"

#include <array>

namespace fetchd::json_text {
namespace {

constexpr auto needs_care = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 0x20; ++c)
        table[c] = true;
    table['"'] = table['\\'] = table[0x7F] = true;
    table[0xE2] = true;  // may begin U+2028 or U+2029
    return table;
}();

void append_escape(std::string& out, unsigned char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            constexpr char digits[] = "0123456789abcdef";
            out += "\\u00";
            out += digits[c >> 4U];
            out += digits[c & 15U];
    }
}

}  // namespace

void append_string(std::string& out, std::string_view s) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
        auto const c = static_cast<unsigned char>(s[i]);
        if (!needs_care[c])
            continue;
        if (c == 0xE2) {
            auto const separator = s.substr(i, 3);
            if (separator != "\u2028" && separator != "\u2029")
                continue;
            out.append(s, done, i - done);
            out += separator == "\u2028" ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out.append(s, done, i - done);
            append_escape(out, c);
        }
        done = i + 1;
    }
    out.append(s, done);
    out += '"';
}

}  // namespace fetchd::json_text
