// Any bytes as a Content-Type and, after the first newline, as a document of it: what parses serialises to
// what parses to the same; every document has a type; in every encoding its text is valid UTF-8.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "http/mime_sniff.hpp"
#include "http/mime_type.hpp"
#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace {

using namespace fetchd;

void require(bool promise) {
    if (!promise)
        std::abort();
}

void check(mime_type const& type) {
    auto const again = mime_type::parse(type.to_string());
    require(again && *again == type && again->to_string() == type.to_string());
    require(std::string(type.type()) + "/" + std::string(type.subtype()) == type.essence());
    for (char c : type.essence())
        require(c > 0x20 && c < 0x7f && (c < 'A' || c > 'Z'));
}

void check_types(std::string_view value, std::string_view body) {
    if (auto const type = mime_type::parse(value))
        check(*type);
    auto const half = value.size() / 2;
    std::array<std::string_view, 2> const halves = {value.substr(0, half), value.substr(half)};
    if (auto const type = extract_mime_type(halves))
        check(*type);
    auto const supplied = extract_mime_type(value);
    if (supplied)
        check(*supplied);
    for (bool const no_sniff : {false, true}) {
        sniff_conditions when;
        when.apache_default = is_apache_default(value);
        when.no_sniff = no_sniff;
        auto const found = compute_mime_type(supplied, body, when);
        require(!found.essence.empty());
        require(found.sniffed || (supplied && found.essence == supplied->essence()));
        require(!found.sniffed || !no_sniff || !mime::is_scriptable(found.essence));
        // What follows the first bytes changes nothing.
        auto const head = compute_mime_type(supplied, body.substr(0, sniffed_bytes), when);
        require(head.essence == found.essence && head.sniffed == found.sniffed);
    }
    auto const font = sniff_font(body);
    require(font.empty() || mime::is_font(font));
    (void)says_nosniff(value);
}

void check_text(std::string_view label, std::string_view body) {
    using charset::markup;
    for (auto const kind : {markup::none, markup::html, markup::xml}) {
        auto const chosen = charset::choose(body, label, kind);
        std::string storage;
        require(!chosen.name.empty() && charset::by_label(chosen.name) == chosen.name);
        require(utf8::valid(charset::to_utf8(body, chosen.name, storage)));
        require(!chosen.valid_utf8 || utf8::valid(body));
    }
    static constexpr std::string_view names[] = {
        "big5",        "euc-jp",         "euc-kr",       "gb18030",      "gbk",         "ibm866",
        "iso-2022-jp", "shift_jis",      "iso-8859-8-i", "windows-1252", "macintosh",   "utf-16be",
        "utf-16le",    "utf-8",          "koi8-u",       "windows-874",  "replacement", "iso-8859-6",
        "gb18030",     "x-user-defined", "windows-1257"};
    auto const name = names[body.size() % std::size(names)];
    std::string storage;
    require(utf8::valid(charset::to_utf8(body, name, storage)));
    auto const guess = charset::guessed(body);
    require(guess.empty() || charset::by_label(guess) == guess);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const in(reinterpret_cast<char const*>(data), size);
    auto const value = in.substr(0, in.find('\n'));
    auto const body = in.substr(std::min(value.size() + 1, in.size()));
    check_types(value, body);
    auto const supplied = extract_mime_type(value);
    check_text(supplied ? supplied->parameter("charset").value_or("") : "", body);
    return 0;
}
