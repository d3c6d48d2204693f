#include "http/mime_sniff.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

#include "http/headers.hpp"

namespace fetchd {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view plain_text = "text/plain";
constexpr std::string_view any_bytes = "application/octet-stream";

// `start` at the start and `then` at its offset, up to which there has to be something.
struct signature {
    std::string_view essence;
    std::string_view start;
    std::size_t offset = 0;
    std::string_view then{};
};

constexpr signature image_rows[] = {
    {"image/x-icon", "\0\0\1\0"sv},
    {"image/x-icon", "\0\0\2\0"sv},
    {"image/bmp", "BM"},
    {"image/gif", "GIF87a"},
    {"image/gif", "GIF89a"},
    {"image/webp", "RIFF", 8, "WEBPVP"},
    {"image/png", "\x89PNG\r\n\x1A\n"},
    {"image/jpeg", "\xFF\xD8\xFF"},
};

constexpr signature audio_or_video_rows[] = {
    {"audio/aiff", "FORM", 8, "AIFF"}, {"audio/mpeg", "ID3"},
    {"application/ogg", "OggS\0"sv},   {"audio/midi", "MThd\0\0\0\6"sv},
    {"video/avi", "RIFF", 8, "AVI "},  {"audio/wave", "RIFF", 8, "WAVE"},
};

constexpr signature font_rows[] = {
    {"application/vnd.ms-fontobject", "", 34, "LP"},
    {"font/ttf", "\0\1\0\0"sv},
    {"font/otf", "OTTO"},
    {"font/collection", "ttcf"},
    {"font/woff", "wOFF"},
    {"font/woff2", "wOF2"},
};

constexpr signature archive_rows[] = {
    {"application/x-gzip", "\x1F\x8B\x08"},
    {"application/zip", "PK\3\4"},
    {"application/x-rar-compressed", "Rar!\x1A\7\0"sv},
};

// §7.1: a byte order mark counts where four bytes are there.
constexpr signature unscriptable_rows[] = {
    {"application/postscript", "%!PS-Adobe-"},
    {plain_text, "\xFE\xFF", 4},
    {plain_text, "\xFF\xFE", 4},
    {plain_text, "\xEF\xBB\xBF", 4},
};

// §7.1: in any case, after whitespace, before a space or a ">".
constexpr std::string_view html_tags[] = {
    "<!doctype html", "<html",  "<head", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a",
    "<style",         "<title", "<b",    "<body",   "<br",     "<p",  "<!--"};

std::string_view head_of(std::string_view body) {
    return body.substr(0, sniffed_bytes);
}

std::string_view first_match(std::string_view head, std::span<signature const> rows) {
    for (auto const& row : rows)
        if (head.starts_with(row.start) && head.size() >= row.offset &&
            head.substr(row.offset).starts_with(row.then))
            return row.essence;
    return {};
}

// The whitespace that may stand before a tag (§3).
std::string_view without_leading_space(std::string_view s) {
    s.remove_prefix(std::min(s.find_first_not_of(" \t\n\f\r"), s.size()));
    return s;
}

bool starts_html(std::string_view head) {
    return std::any_of(std::begin(html_tags), std::end(html_tags), [&](std::string_view tag) {
        return head.size() > tag.size() && same_name(head.substr(0, tag.size()), tag) &&
               (head[tag.size()] == ' ' || head[tag.size()] == '>');
    });
}

// The "binary data bytes" (§3): control characters but tab, the ends of lines and escape.
bool has_binary(std::string_view head) {
    return std::any_of(head.begin(), head.end(), [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\f' && byte != '\r' && byte != 0x1B;
    });
}

unsigned byte_at(std::string_view head, std::size_t i) {
    return static_cast<unsigned char>(head[i]);
}

// §6.2.1: the first box lists a brand "mp4.", as its own or among those it is compatible with.
bool is_mp4(std::string_view head) {
    if (head.size() < 12 || head.substr(4, 4) != "ftyp")
        return false;
    std::size_t const box =
        byte_at(head, 0) << 24U | byte_at(head, 1) << 16U | byte_at(head, 2) << 8U | byte_at(head, 3);
    if (box > head.size() || box % 4 != 0)
        return false;
    // From 12 to 15 stands a version.
    for (std::size_t brand = 8; brand + 4 <= std::max<std::size_t>(box, 12); brand += brand == 8 ? 8 : 4)
        if (head.substr(brand, 3) == "mp4")
            return true;
    return false;
}

// §6.2.2: an EBML header whose DocType (0x4282), behind its length, is "webm", padded in front or not.
bool is_webm(std::string_view head) {
    if (!head.starts_with("\x1A\x45\xDF\xA3"))
        return false;
    for (std::size_t i = 4; i < std::min<std::size_t>(head.size(), 38); ++i) {
        if (!head.substr(i).starts_with("\x42\x82") || i + 2 >= head.size())
            continue;
        // The leading zero bits of the first byte say how many more the length takes.
        std::size_t length = 1;
        for (unsigned bit = 0x80; length < 8 && (byte_at(head, i + 2) & bit) == 0; bit >>= 1U)
            ++length;
        auto doctype = head.substr(std::min(i + 2 + length, head.size()));
        doctype.remove_prefix(std::min(doctype.find_first_not_of('\0'), doctype.size()));
        if (doctype.starts_with("webm"))
            return true;
    }
    return false;
}

// The size of the layer III frame whose header starts here; 0 where none does.
std::size_t mp3_frame_size(std::string_view s) {
    static constexpr unsigned kbits_mpeg1[] = {0,   32,  40,  48,  56,  64,  80, 96,
                                               112, 128, 160, 192, 224, 256, 320};
    static constexpr unsigned kbits_mpeg2[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    static constexpr unsigned rates[] = {44100, 48000, 32000};
    if (s.size() < 4 || byte_at(s, 0) != 0xFF || (byte_at(s, 1) & 0xE0U) != 0xE0)
        return 0;
    unsigned const version = byte_at(s, 1) >> 3U & 3U;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    unsigned const layer = byte_at(s, 1) >> 1U & 3U;    // 1: layer III
    unsigned const bits = byte_at(s, 2) >> 4U;
    unsigned const rate = byte_at(s, 2) >> 2U & 3U;
    if (version == 1 || layer != 1 || bits == 15 || rate == 3)
        return 0;
    auto const padding = byte_at(s, 2) >> 1U & 1U;
    if (version == 3)
        return 144'000 * kbits_mpeg1[bits] / rates[rate] + padding;
    return 72'000 * kbits_mpeg2[bits] / (rates[rate] / (version == 2 ? 2 : 4)) + padding;
}

// §6.2.3: two frames in a row. The section's own arithmetic has its tables the wrong way round and lets
// through what has no sync; this goes by the format (ISO/IEC 11172-3 §2.4, 13818-3).
bool is_mp3(std::string_view head) {
    auto const size = mp3_frame_size(head);
    return size >= 4 && size < head.size() && mp3_frame_size(head.substr(size)) != 0;
}

}  // namespace

std::string_view sniff_image(std::string_view body) {
    return first_match(head_of(body), image_rows);
}

std::string_view sniff_audio_or_video(std::string_view body) {
    auto const head = head_of(body);
    if (auto const found = first_match(head, audio_or_video_rows); !found.empty())
        return found;
    if (is_mp4(head))
        return "video/mp4";
    if (is_webm(head))
        return "video/webm";
    return is_mp3(head) ? "audio/mpeg" : "";
}

std::string_view sniff_font(std::string_view body) {
    return first_match(head_of(body), font_rows);
}

std::string_view sniff_archive(std::string_view body) {
    return first_match(head_of(body), archive_rows);
}

std::string_view sniff_text_or_binary(std::string_view body) {
    auto const head = head_of(body);
    bool const marked =
        head.starts_with("\xFE\xFF") || head.starts_with("\xFF\xFE") || head.starts_with("\xEF\xBB\xBF");
    return marked || !has_binary(head) ? plain_text : any_bytes;
}

std::string_view sniff_unknown(std::string_view body, bool scriptable) {
    auto const head = head_of(body);
    if (scriptable) {
        auto const start = without_leading_space(head);
        if (starts_html(start))
            return "text/html";
        if (start.starts_with("<?xml"))
            return "text/xml";
        if (head.starts_with("%PDF-"))
            return "application/pdf";
    }
    if (auto const found = first_match(head, unscriptable_rows); !found.empty())
        return found;
    for (auto* sniff : {sniff_image, sniff_audio_or_video, sniff_archive})
        if (auto const found = sniff(head); !found.empty())
            return found;
    if (!has_binary(head))
        return plain_text;
    auto const font = sniff_font(head);
    return font.empty() ? any_bytes : font;
}

computed_mime_type compute_mime_type(std::optional<mime_type> const& supplied, std::string_view body,
                                     sniff_conditions conditions) {
    auto const given = supplied ? supplied->essence() : std::string_view();
    if (mime::is_xml(given) || mime::is_html(given))
        return {given, false};
    if (given.empty() || given == "unknown/unknown" || given == "application/unknown" || given == "*/*")
        return {sniff_unknown(body, !conditions.no_sniff), true};
    if (conditions.no_sniff)
        return {given, false};
    std::string_view found;
    if (conditions.apache_default)
        found = sniff_text_or_binary(body);
    else if (mime::is_image(given))
        found = sniff_image(body);
    else if (mime::is_audio_or_video(given))
        found = sniff_audio_or_video(body);
    if (found.empty() || found == given)
        return {given, false};
    return {found, true};
}

bool is_apache_default(std::string_view content_type) {
    return content_type == "text/plain" || content_type == "text/plain; charset=ISO-8859-1" ||
           content_type == "text/plain; charset=iso-8859-1" || content_type == "text/plain; charset=UTF-8";
}

bool says_nosniff(std::string_view value) {
    return same_name(trim_ows(value.substr(0, value.find(','))), "nosniff");
}

}  // namespace fetchd
