// The type of a document by its first bytes, where its Content-Type is missing or not to be trusted, as the
// WHATWG MIME Sniffing standard computes it.
//
// Looks at sniffed_bytes from the start and no further. Goes past the standard in one thing: bytes it has no
// name for are looked at as a font, which browsers only do where they expect one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/mime_type.hpp"

namespace fetchd {

// The "resource header" (§5.2).
constexpr std::size_t sniffed_bytes = 1445;

struct sniff_conditions {
    bool apache_default = false;  // is_apache_default(the Content-Type value)
    bool no_sniff = false;        // the origin sent X-Content-Type-Options: nosniff
};

struct computed_mime_type {
    std::string_view essence;  // lower case, never empty; a view of `supplied` or of static storage
    bool sniffed = false;      // by the bytes; false: it is the one supplied
};

// "MIME type sniffing algorithm" (§7). `supplied`: what extract_mime_type() makes of the Content-Type. With
// no_sniff a document without a type is looked at still, but never found to be HTML, XML or PDF.
computed_mime_type compute_mime_type(std::optional<mime_type> const& supplied, std::string_view body,
                                     sniff_conditions = {});

// A Content-Type value that some servers send for whatever they do not know (§5.1), to the byte.
bool is_apache_default(std::string_view content_type);

// "determine nosniff" (Fetch standard §3.6) of an X-Content-Type-Options value.
bool says_nosniff(std::string_view value);

// The parts of it, each of the standard's section. They return static storage; empty: nothing found.
std::string_view sniff_unknown(std::string_view body, bool scriptable);  // §7.1, never empty
std::string_view sniff_text_or_binary(std::string_view body);            // §7.2, never empty
std::string_view sniff_image(std::string_view body);                     // §6.1
std::string_view sniff_audio_or_video(std::string_view body);            // §6.2
std::string_view sniff_font(std::string_view body);                      // §6.3
std::string_view sniff_archive(std::string_view body);                   // §6.4

}  // namespace fetchd
