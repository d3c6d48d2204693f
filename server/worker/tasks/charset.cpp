#include "worker/tasks/charset.hpp"

#include <myencoding/encoding.h>

#include "worker/tasks/utf8.hpp"

namespace fetchd::charset {
namespace {

// In the order of enum myencoding_list, which has gaps.
constexpr std::string_view names[MyENCODING_LAST_ENTRY] = {
    "utf-8",
    "",
    "",
    "",
    "utf-16le",
    "utf-16be",
    "x-user-defined",
    "big5",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "gbk",
    "ibm866",
    "iso-2022-jp",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "shift_jis",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "x-mac-cyrillic",
};

// Labels of encodings that must not be decoded, because their bytes mean other things to other readers.
constexpr std::string_view replacement_labels[] = {"replacement", "csiso2022kr",     "hz-gb-2312",
                                                   "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr"};

// Labels the standard got after MyEncoding was written.
struct later_label {
    std::string_view label;
    std::string_view name;
};
constexpr later_label later_labels[] = {
    {"csunicode", "utf-16le"},   {"iso-10646-ucs-2", "utf-16le"}, {"ucs-2", "utf-16le"},
    {"unicode", "utf-16le"},     {"unicode11utf8", "utf-8"},      {"unicode20utf8", "utf-8"},
    {"unicodefeff", "utf-16le"}, {"unicodefffe", "utf-16be"},     {"x-unicode20utf8", "utf-8"},
};

}  // namespace

std::string_view by_label(std::string_view label) {
    label = utf8::trimmed(label);
    std::string lower;
    for (char c : label.substr(0, 40))  // the longest label has 19 characters
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (auto const& later : later_labels)
        if (lower == later.label)
            return later.name;
    for (auto other : replacement_labels)
        if (lower == other)
            return "replacement";
    myencoding_t id = MyENCODING_NOT_DETERMINED;
    if (lower.empty() || !myencoding_by_name(lower.data(), lower.size(), &id) || id >= MyENCODING_LAST_ENTRY)
        return {};
    return names[id];
}

byte_order byte_order_mark(std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF"))
        return {"utf-8", 3};
    if (body.starts_with("\xFE\xFF"))
        return {"utf-16be", 2};
    if (body.starts_with("\xFF\xFE"))
        return {"utf-16le", 2};
    return {};
}

choice choose(std::string_view body, std::string_view header_label, markup kind) {
    if (auto const mark = byte_order_mark(body); mark.length != 0)
        return {mark.name, "bom", false};
    if (auto name = by_label(header_label); !name.empty())
        return {name, "header", false};
    if (kind == markup::html)
        if (auto name = declared_in_html(body); !name.empty())
            return {name, "meta", false};
    if (kind != markup::none)
        if (auto name = declared_in_xml(body); !name.empty())
            return {name, "xml", false};
    if (utf8::valid(body))
        return {"utf-8", "detected", true};
    if (auto name = guessed(body); !name.empty())
        return {name, "detected", false};
    return {"windows-1252", "default", false};
}

}  // namespace fetchd::charset
