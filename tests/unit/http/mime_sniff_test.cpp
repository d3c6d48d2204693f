#include "http/mime_sniff.hpp"

#include <gtest/gtest.h>

namespace fetchd {
namespace {

using namespace std::string_literals;

std::string computed(std::string_view content_type, std::string_view body, bool no_sniff = false) {
    auto const supplied = extract_mime_type(content_type);
    sniff_conditions when;
    when.apache_default = is_apache_default(content_type);
    when.no_sniff = no_sniff;
    auto const found = compute_mime_type(supplied, body, when);
    return std::string(found.essence) + (found.sniffed ? " sniffed" : "");
}

std::string unknown(std::string_view body) {
    return std::string(sniff_unknown(body, true));
}

// A layer III frame: its four bytes, and nothing in it.
std::string frame(std::string_view header, std::size_t size) {
    auto all = std::string(header);
    all.resize(size, '\0');
    return all;
}

TEST(MimeSniff, KnowsHtmlByItsFirstTag) {
    for (std::string_view body :
         {"<!DOCTYPE HTML>", "\r\n\t\f <!doctype html ", "<hTmL>", "<head ", "<script>", "<iframe ", "<h1>",
          "<div>", "<font ", "<table>", "<a ", "<style>", "<title>", "<b>", "<body>", "<br>", "<p>", "<!-- "})
        EXPECT_EQ(unknown(body), "text/html") << body;
    for (std::string_view body : {"<html", "<html\n>", "<picture>", "<!doctype htm>", "x<p>", "\v<p>", "< p>",
                                  "", "   ", "<!--x", "&lt;p>", "<\x50"})
        EXPECT_EQ(unknown(body), body == "\v<p>" ? "application/octet-stream" : "text/plain") << body;
}

TEST(MimeSniff, KnowsSignatures) {
    struct {
        std::string body;
        std::string_view essence;
    } const rows[] = {
        {" \n<?xml version='1.0'?>", "text/xml"},
        {"%PDF-1.7", "application/pdf"},
        {" %PDF-1.7", "text/plain"},
        {"%!PS-Adobe-3.0", "application/postscript"},
        {"\xFE\xFF\0a"s, "text/plain"},
        {"\xFF\xFE"s + "a\0"s, "text/plain"},
        {"\xEF\xBB\xBF\0"s, "text/plain"},
        {"\xEF\xBB\xBF<html>", "text/plain"},
        {"\0\0\1\0x"s, "image/x-icon"},
        {"\0\0\2\0x"s, "image/x-icon"},
        {"BM\1", "image/bmp"},
        {"GIF87a", "image/gif"},
        {"GIF89a", "image/gif"},
        {"RIFF\1\2\3\4WEBPVP8 ", "image/webp"},
        {"\x89PNG\r\n\x1A\n", "image/png"},
        {"\xFF\xD8\xFF\xE0", "image/jpeg"},
        {"FORM\1\2\3\4AIFF", "audio/aiff"},
        {"ID3\4", "audio/mpeg"},
        {"OggS\0"s, "application/ogg"},
        {"MThd\0\0\0\6"s, "audio/midi"},
        {"RIFF\1\2\3\4AVI ", "video/avi"},
        {"RIFF\1\2\3\4WAVEfmt", "audio/wave"},
        {"RIFF\1\2\3\4RMID", "application/octet-stream"},
        {"\x1F\x8B\x08", "application/x-gzip"},
        {"PK\3\4", "application/zip"},
        {"Rar!\x1A\7\0"s, "application/x-rar-compressed"},
        {std::string(34, '\1') + "LP", "application/vnd.ms-fontobject"},
        {"\0\1\0\0\0"s, "font/ttf"},
        {"OTTO\0"s, "font/otf"},
        {"OTTO said", "text/plain"},
        {"ttcf\0"s, "font/collection"},
        {"wOFF\0"s, "font/woff"},
        {"wOF2\0"s, "font/woff2"},
        {"a\x1B[0m\t\r\n\f", "text/plain"},
        {"a\0"s, "application/octet-stream"},
        {"a\x1C", "application/octet-stream"},
        {"\x7F\xFF\x80", "text/plain"},
    };
    for (auto const& row : rows)
        EXPECT_EQ(unknown(row.body), row.essence) << testing::PrintToString(row.body);
}

TEST(MimeSniff, EverySignatureHasToBeWhole) {
    for (auto const& whole : {"RIFF\1\2\3\4WEBPVP"s, "\x89PNG\r\n\x1A\n"s, "Rar!\x1A\7\0"s, "PK\3\4"s,
                              std::string(34, '\1') + "LP"}) {
        EXPECT_NE(unknown(whole), "application/octet-stream");
        EXPECT_EQ(unknown(whole.substr(0, whole.size() - 1)), "application/octet-stream");
    }
}

TEST(MimeSniff, LooksAt1445BytesOnly) {
    auto const spaces = std::string(sniffed_bytes - 3, ' ');
    EXPECT_EQ(unknown(spaces + "<p>"), "text/html");
    EXPECT_EQ(unknown(spaces + " <p>"), "text/plain");
    EXPECT_EQ(unknown(std::string(sniffed_bytes - 1, ' ') + '\0'), "application/octet-stream");
    EXPECT_EQ(unknown(std::string(sniffed_bytes, ' ') + '\0'), "text/plain");
}

TEST(MimeSniff, KnowsMp4ByItsBrands) {
    auto const mp4 = [](std::string_view body) { return sniff_audio_or_video(body) == "video/mp4"; };
    EXPECT_TRUE(
        mp4("\0\0\0\x0C"
            "ftypmp42"s));
    EXPECT_FALSE(
        mp4("\0\0\0\x0C"
            "ftypmp4"s));
    EXPECT_FALSE(
        mp4("\0\0\0\x0D"
            "ftypmp42\0"s));
    EXPECT_FALSE(
        mp4("\0\0\0\x10"
            "ftypmp42"s));
    EXPECT_TRUE(
        mp4("\0\0\0\x18"
            "ftypisom\0\0\2\0isommp41"s));
    EXPECT_FALSE(
        mp4("\0\0\0\x14"
            "ftypisom\0\0\2\0isommp41"s));
    EXPECT_FALSE(
        mp4("\0\0\0\x10"
            "ftypisommp41"s));
    EXPECT_FALSE(
        mp4("\xFF\xFF\xFF\xFC"
            "ftypisom\0\0\2\0isommp41"s));
    EXPECT_TRUE(mp4("\0\0\0\0ftypmp42"s));
}

TEST(MimeSniff, KnowsWebmByItsDoctype) {
    auto const webm = [](std::string const& after) {
        return sniff_audio_or_video("\x1A\x45\xDF\xA3" + after) == "video/webm";
    };
    EXPECT_TRUE(webm("\x9F\x42\x82\x84webm"));
    EXPECT_TRUE(webm("\x9F\x42\x82\x86\0\0webm"s));
    EXPECT_TRUE(webm("\x42\x82\x40\x04webm"));
    EXPECT_TRUE(webm("\x42\x82\1\0\0\0\0\0\0\4webm"s));
    EXPECT_FALSE(webm("\x42\x82\x88matroska"));
    EXPECT_FALSE(webm("\x42\x82\x84web"));
    EXPECT_FALSE(webm("\x42\x82"));
    EXPECT_FALSE(webm("\x42"));
    EXPECT_FALSE(webm(""));
    EXPECT_TRUE(webm(std::string(33, 'x') + "\x42\x82\x84webm"));
    EXPECT_FALSE(webm(std::string(34, 'x') + "\x42\x82\x84webm"));
}

TEST(MimeSniff, KnowsMp3ByTwoFrames) {
    auto const mp3 = [](std::string const& body) { return sniff_audio_or_video(body) == "audio/mpeg"; };
    // MPEG 1, 128 kbit/s at 44,100 Hz; the same with padding; MPEG 2, 64 kbit/s at 22,050 Hz; MPEG 2.5.
    EXPECT_TRUE(mp3(frame("\xFF\xFB\x90\x40", 417) + "\xFF\xFB\x90\x40"));
    EXPECT_TRUE(mp3(frame("\xFF\xFB\x92\x40", 418) + "\xFF\xFB\x90\x40"));
    EXPECT_TRUE(mp3(frame("\xFF\xF3\x80\x40", 208) + "\xFF\xF3\x80\x40"));
    EXPECT_TRUE(mp3(frame("\xFF\xE3\x80\x40", 417) + "\xFF\xE3\x80\x40"));
    EXPECT_FALSE(mp3(frame("\xFF\xFB\x90\x40", 416) + "\xFF\xFB\x90\x40"));
    EXPECT_FALSE(mp3(frame("\xFF\xFB\x90\x40", 417) + "\xFF\xFB\x90"));
    EXPECT_FALSE(mp3(frame("\xFF\xFB\x90\x40", 417)));
    for (std::string_view header : {"\xFE\xFB\x90\x40", "\xFF\x1B\x90\x40", "\xFF\xEB\x90\x40",
                                    "\xFF\xFD\x90\x40", "\xFF\xFB\xF0\x40", "\xFF\xFB\x9C\x40"})
        EXPECT_FALSE(mp3(frame(header, 417) + "\xFF\xFB\x90\x40"));
    EXPECT_FALSE(mp3("\xFF\xFB\0\x40\xFF\xFB\x90\x40"s));
}

TEST(ComputedMimeType, LooksWhereTheTypeIsMissingOrUnknown) {
    for (auto const* type : {"", "nonsense", "unknown/unknown", "application/unknown", "*/*"}) {
        EXPECT_EQ(computed(type, "<p>"), "text/html sniffed") << type;
        EXPECT_EQ(computed(type, "x"), "text/plain sniffed") << type;
    }
}

TEST(ComputedMimeType, BelievesWhatIsSaidOtherwise) {
    EXPECT_EQ(computed("text/html", "%PDF-1"), "text/html");
    EXPECT_EQ(computed("application/xhtml+xml", "%PDF-1"), "application/xhtml+xml");
    EXPECT_EQ(computed("application/json", "<p>"), "application/json");
    EXPECT_EQ(computed("text/plain;charset=utf-8", "a\0"s), "text/plain");
}

TEST(ComputedMimeType, CorrectsPicturesAndSound) {
    EXPECT_EQ(computed("image/png", "GIF89a"), "image/gif sniffed");
    EXPECT_EQ(computed("image/gif", "GIF89a"), "image/gif");
    EXPECT_EQ(computed("image/png", "<p>"), "image/png");
    EXPECT_EQ(computed("image/svg+xml", "GIF89a"), "image/svg+xml");
    EXPECT_EQ(computed("video/x", "ID3"), "audio/mpeg sniffed");
    EXPECT_EQ(computed("video/x", "GIF89a"), "video/x");
}

TEST(ComputedMimeType, DoubtsWhatServersSayOfEverything) {
    for (auto const* type : {"text/plain", "text/plain; charset=ISO-8859-1", "text/plain; charset=iso-8859-1",
                             "text/plain; charset=UTF-8"}) {
        EXPECT_EQ(computed(type, "a\0"s), "application/octet-stream sniffed") << type;
        EXPECT_EQ(computed(type, "<p>%PDF-"), "text/plain") << type;
        EXPECT_EQ(computed(type, "\xFF\xFE\0a"s), "text/plain") << type;
    }
    EXPECT_EQ(computed("text/plain; charset=utf-8", "a\0"s), "text/plain");
    EXPECT_EQ(computed("text/plain ", "a\0"s), "text/plain");
}

TEST(ComputedMimeType, NosniffKeepsTheTypeAndFindsNoScript) {
    EXPECT_EQ(computed("text/plain", "a\0"s, true), "text/plain");
    EXPECT_EQ(computed("image/png", "GIF89a", true), "image/png");
    EXPECT_EQ(computed("", "<p>", true), "text/plain sniffed");
    EXPECT_EQ(computed("", "%PDF-1", true), "text/plain sniffed");
    EXPECT_EQ(computed("", "GIF89a", true), "image/gif sniffed");
}

TEST(Nosniff, IsTheFirstWord) {
    EXPECT_TRUE(says_nosniff("nosniff"));
    EXPECT_TRUE(says_nosniff("\t NoSniff ,x"));
    for (std::string_view value : {"", " ", ",nosniff", "x, nosniff", "nosniffx", "\"nosniff\""})
        EXPECT_FALSE(says_nosniff(value)) << value;
}

}  // namespace
}  // namespace fetchd
