// Which character encoding a body is in, and its text as UTF-8.
//
// Labels and the single-byte tables are MyEncoding's (part of libmodest), which follow the WHATWG Encoding
// standard; its multi-byte decoders are not used: they lose U+3000 in shift_jis, misread four-byte gb18030
// and index their tables unchecked. Those encodings are ICU's, whose data is a linked library. glibc's iconv
// is out of the question: it loads converters from files, which a sandboxed worker cannot open. UTF-8 and
// UTF-16 are decoded here. Where nobody says what it is, uchardet guesses, from tables it is linked with.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fetchd::charset {

// The WHATWG encoding a label stands for ("latin1" -> "windows-1252"), lower case; empty when it is none.
std::string_view by_label(std::string_view label);

enum class markup : unsigned char { none, html, xml };

struct choice {
    std::string_view name;    // "utf-8", "windows-1251", ...
    std::string_view source;  // "bom", "header", "meta", "xml", "detected", "default"
    bool valid_utf8 = false;  // the body was looked at and is UTF-8 from end to end, without a mark
};

// Byte order mark, then the Content-Type header's label, then what the document says of itself in its first
// 1024 bytes, then UTF-8 if it is that, then guessed(), and else windows-1252. Labels that name no encoding
// are passed over.
choice choose(std::string_view body, std::string_view header_label, markup);

// The label of the first <meta> that names an encoding, resolved; or empty.
std::string_view declared_in_html(std::string_view body);

// The encoding that an XML declaration names, or shows by being in UTF-16; or empty.
std::string_view declared_in_xml(std::string_view body);

// The encoding that bytes which are no valid UTF-8 are most probably in, by the letters of the languages that
// use it; empty where there is too little to go by. Looks at 32 KiB from where the first letter beyond ASCII
// stands.
std::string_view guessed(std::string_view body);

struct byte_order {
    std::string_view name;  // empty: none
    std::size_t length = 0;
};
byte_order byte_order_mark(std::string_view body);

// The body as UTF-8, always valid, without a byte order mark. `name` comes from by_label() or choose().
// Returns a view of `body` where it is that already, and of `storage` otherwise.
std::string_view to_utf8(std::string_view body, std::string_view name, std::string& storage);

}  // namespace fetchd::charset
