#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/json_text.hpp"
#include "worker/tasks/context.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

namespace json = boost::json;
using namespace std::string_literals;
using namespace std::string_view_literals;

request want(std::vector<std::string> names, bool as_json = true, std::string content_type = "text/html") {
    request r;
    r.names = std::move(names);
    r.json = as_json;
    r.content_type = std::move(content_type);
    r.base_url = "http://example.org/dir/page";
    return r;
}

std::string failed(result<outcome> const& r) {
    return r ? "succeeded" : std::string(name(r.error().where)) + "." + std::string(name(r.error().what));
}

// "a" and "bc" as gzip, made by gzip -n.
constexpr char gzip_a[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00\x00";

TEST(Perform, OneTaskGivesItsBytesAsTheyAre) {
    auto const done = perform(standard(), want({"markdown"}, false), "<h1>\"x\"</h1>");
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->output, "# \"x\"\n");
    EXPECT_EQ(done->content_type, "text/html");
    EXPECT_EQ(done->charset, "utf-8");
    EXPECT_EQ(done->charset_source, "detected");
    EXPECT_EQ(done->decoded_bytes, 12U);
}

TEST(Perform, SeveralTasksGiveOneJsonObject) {
    auto const done = perform(standard(), want({"markdown", "text", "links", "metadata", "sha256", "text"}),
                              "<title>t</title><p>a\"\\<a href=x>b</a>");
    ASSERT_TRUE(done.has_value());
    auto const o = json::parse(done->output).as_object();
    EXPECT_EQ(o.size(), 5U);
    EXPECT_EQ(o.at("markdown").as_string(), "a\"\\\\[b](http://example.org/dir/x)\n");
    EXPECT_EQ(o.at("text").as_string(), "a\"\\b\n");
    EXPECT_EQ(o.at("links").as_array().at(0).as_object().at("url").as_string(), "http://example.org/dir/x");
    EXPECT_EQ(o.at("metadata").as_object().at("title").as_string(), "t");
    EXPECT_EQ(o.at("sha256").as_string().size(), 64U);
}

TEST(Perform, HashesAnythingInItsDecodedForm) {
    auto r = want({"sha256"}, false, "application/zip");
    r.content_encoding = {"gzip"};
    auto const done = perform(standard(), r, std::string_view(gzip_a, sizeof gzip_a - 1));
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->output, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    EXPECT_EQ(done->decoded_bytes, 1U);
    EXPECT_EQ(done->charset, "");
}

TEST(Perform, RefusesWhatATypeCannotGive) {
    for (auto const* task : {"markdown", "text", "links", "metadata"}) {
        auto const done = perform(standard(), want({task}, true, "application/zip"), "PK");
        EXPECT_EQ(failed(done), "process.unsupported_type") << task;
        EXPECT_EQ(done.error().detail, "application/zip");
    }
    EXPECT_EQ(failed(perform(standard(), want({"links"}, true, "text/plain"), "x")),
              "process.unsupported_type");
}

TEST(Perform, TextIsGivenAsItIs) {
    for (auto const* type : {"text/plain; charset=latin1", "application/json; charset=latin1"})
        for (auto const* task : {"markdown", "text"}) {
            auto const done = perform(standard(), want({task}, false, type), "  *\xE4*\n");
            ASSERT_TRUE(done.has_value());
            EXPECT_EQ(done->output, "  *ä*\n");
            EXPECT_EQ(done->charset, "windows-1252");
            EXPECT_EQ(done->charset_source, "header");
        }
}

TEST(Perform, LooksAtTheBytesWhereTheTypeIsMissing) {
    EXPECT_EQ(perform(standard(), want({"text"}, false, ""), "<p>x").value().output, "x\n");
    EXPECT_EQ(perform(standard(), want({"text"}, false, ""), "x <p>").value().output, "x <p>");
    EXPECT_EQ(failed(perform(standard(), want({"text"}, false, ""), "x\0"s)), "process.unsupported_type");
}

std::string read_as(std::string content_type, std::string_view body, bool no_sniff = false) {
    auto r = want({"sha256"}, false, std::move(content_type));
    r.no_sniff = no_sniff;
    auto const done = perform(standard(), r, body).value();
    return done.content_type + " " + done.content_type_source;
}

TEST(Perform, SaysWhereTheTypeIsFrom) {
    EXPECT_EQ(read_as("Text/HTML; charset=x", "<p>"), "text/html header");
    EXPECT_EQ(read_as("text/plain, text/html", "<p>"), "text/html header");
    EXPECT_EQ(read_as("", "%PDF-1.7"), "application/pdf sniffed");
    EXPECT_EQ(read_as("application/unknown", "<p>"), "text/html sniffed");
    EXPECT_EQ(read_as("application/unknown", "<p>", true), "text/plain sniffed");
    EXPECT_EQ(read_as("text/plain", "<p>"), "text/plain header");
    EXPECT_EQ(read_as("text/plain", "a\0"s), "application/octet-stream sniffed");
    EXPECT_EQ(read_as("text/plain", "a\0"s, true), "text/plain header");
    EXPECT_EQ(read_as("image/png", "GIF89a"), "image/gif sniffed");
}

TEST(Perform, SniffsWhatTheCodingsHid) {
    auto r = want({"text"}, false, "");
    r.content_encoding = {"gzip"};
    auto const done = perform(standard(), r, std::string_view(gzip_a, sizeof gzip_a - 1)).value();
    EXPECT_EQ(done.content_type, "text/plain");
    EXPECT_EQ(done.output, "a");
}

TEST(Perform, GivesTheTextOfJsonXmlAndScripts) {
    for (auto const* type : {"text/csv", "application/xml", "application/rss+xml", "application/ld+json",
                             "application/x-ndjson", "application/javascript"})
        EXPECT_EQ(perform(standard(), want({"text"}, false, type), "<a>").value().output, "<a>") << type;
    for (auto const* type : {"image/svg+xml", "model/stl", "font/woff"})
        EXPECT_EQ(failed(perform(standard(), want({"text"}, false, type), "<a>")), "process.unsupported_type")
            << type;
}

TEST(Perform, XmlNamesItsOwnEncoding) {
    auto const done = perform(standard(), want({"text"}, false, "application/rss+xml"),
                              "<?xml version='1.0' encoding='windows-1251'?><a>\xCF\xF0</a>")
                          .value();
    EXPECT_EQ(done.output, "<?xml version='1.0' encoding='windows-1251'?><a>Пр</a>");
    EXPECT_EQ(done.charset, "windows-1251");
    EXPECT_EQ(done.charset_source, "xml");
}

TEST(Perform, XhtmlIsHtml) {
    EXPECT_EQ(perform(standard(), want({"text"}, false, "application/xhtml+xml"), "<p>x</p>").value().output,
              "x\n");
}

TEST(Perform, KeepsToItsLimits) {
    auto r = want({"text"}, false, "text/plain");
    r.max_decoded = 3;
    EXPECT_EQ(failed(perform(standard(), r, "abc")), "succeeded");
    EXPECT_EQ(failed(perform(standard(), r, "abcd")), "decode.too_large");
    r = want({"text"}, false, "text/plain");
    r.max_output = 3;
    EXPECT_EQ(failed(perform(standard(), r, "abc")), "succeeded");
    EXPECT_EQ(failed(perform(standard(), r, "abcd")), "process.output_too_large");
}

TEST(Perform, OutputIsMeasuredWithItsJsonEscapes) {
    auto r = want({"text"}, true, "text/x");
    r.max_output = 23;  // {"text":"\u0001\u0001"}
    EXPECT_EQ(failed(perform(standard(), r, "\x01\x01")), "succeeded");
    r.max_output = 22;
    EXPECT_EQ(failed(perform(standard(), r, "\x01\x01")), "process.output_too_large");
}

TEST(Perform, EveryTaskStopsAtTheOutputLimit) {
    std::string page;
    for (int i = 0; i < 20'000; ++i)
        page += "<blockquote>x<p><a href=y>z</a></blockquote>";
    for (auto const* task : {"markdown", "text", "links"}) {
        auto r = want({task}, false);
        r.max_output = 10'000;
        EXPECT_EQ(failed(perform(standard(), r, page)), "process.output_too_large") << task;
    }
}

TEST(Perform, BrokenCodingsAndUnknownTasksFail) {
    auto r = want({"text"}, false);
    r.content_encoding = {"gzip"};
    EXPECT_EQ(failed(perform(standard(), r, "not gzip")), "decode.corrupt");
    EXPECT_EQ(failed(perform(standard(), r, std::string_view(gzip_a, 12))), "decode.truncated");
    r.content_encoding = {"rot13"};
    EXPECT_EQ(failed(perform(standard(), r, "x")), "decode.unsupported_encoding");
    EXPECT_EQ(failed(perform(standard(), want({"nothing"}), "x")), "process.failed");
    EXPECT_EQ(failed(perform(standard(), want({"text", "links"}, false), "x")), "process.failed");
}

TEST(Perform, BytesAreJudgedBesideTheHeader) {
    auto const read_as = [](std::string header, std::string_view body, bool no_sniff = false) {
        static constexpr entry own[] = {
            {"none", output_kind::text, [](context&, std::string&) -> result<void> { return {}; }}};
        auto r = want({"none"}, false, std::move(header));
        r.no_sniff = no_sniff;
        auto const done = perform(own, r, body);
        return done->content_type + " " + done->content_type_source;
    };
    constexpr auto png = "\x89PNG\r\n\x1A\n"sv;
    EXPECT_EQ(read_as("text/html", "%PDF-1.7"), "application/pdf sniffed");
    EXPECT_EQ(read_as("application/pdf", "%PDF-1.7"), "application/pdf header");
    EXPECT_EQ(read_as("text/plain; charset=utf-8", png), "image/png sniffed");
    EXPECT_EQ(read_as("application/octet-stream", png), "image/png sniffed");
    EXPECT_EQ(read_as("application/octet-stream", "<!doctype html><p>"), "text/html sniffed");
    EXPECT_EQ(read_as("application/octet-stream", "{}"), "text/plain sniffed");
    EXPECT_EQ(read_as("application/x-www-form-urlencoded", "<h1>"), "text/html sniffed");
    EXPECT_EQ(read_as("application/octet-stream", "\0\1\2"sv), "application/octet-stream header");
    EXPECT_EQ(read_as("application/pdf", "<html><h1>Not here"), "text/html sniffed");
    EXPECT_EQ(read_as("image/jpeg", "Not here"), "text/plain sniffed");
    EXPECT_EQ(read_as("image/avif",
                      "\0\0\0\x1C"
                      "ftypavif\0\0"sv),
              "image/avif header");
    EXPECT_EQ(read_as("text/plain", "BM and Co."), "text/plain header");
    EXPECT_EQ(read_as("text/plain", "<html>"), "text/plain header") << "shown as it is";
    EXPECT_EQ(read_as("text/html", "%PDF-1.7", true), "text/html header");
    EXPECT_EQ(read_as("application/octet-stream", png, true), "application/octet-stream header");
}

TEST(Perform, JsonIsUtf8WhateverItLooksLike) {
    auto const done = perform(standard(), want({"text"}, false, "application/json"), "[\"\xFF\xE4\"]");
    EXPECT_EQ(done->output, "[\"\uFFFD\uFFFD\"]");
    EXPECT_EQ(done->charset + " " + done->charset_source, "utf-8 default");
}

TEST(Perform, OnlyTheStylesThatHideDoSo) {
    auto const text = [](std::string const& style) {
        return perform(standard(), want({"text"}, false), "<p style=\"" + style + "\">x</p>y")->output;
    };
    for (auto const* seen : {"backface-visibility:hidden", "-webkit-backface-visibility: hidden",
                             "--x-display:none", "display:block", "background:url(display:none)"})
        EXPECT_EQ(text(seen), "x\n\ny\n") << seen;
    for (auto const* hidden :
         {"display:none", "DISPLAY : None !important", "color:red;visibility:hidden", ";;display:none;"})
        EXPECT_EQ(text(hidden), "y\n") << hidden;
}

TEST(Perform, PicksWhatSuitsTheTypeWhereNoTaskIsNamed) {
    EXPECT_EQ(perform(standard(), want({}), "<h1>x").value().output, "{\"markdown\":\"# x\\n\"}");
    auto const alone = perform(standard(), want({}, false, "text/plain"), "x");
    EXPECT_EQ(alone.value().output, "x");
    EXPECT_EQ(alone.value().made_by, "text");
    EXPECT_EQ(failed(perform(standard(), want({}, true, "application/zip"), "PK\3\4")),
              "process.unsupported_type");
}

TEST(Perform, PicksWhatSuitsPdfsAndImages) {
    constexpr auto gif = "GIF89a\2\0\3\0\0\0\0;"sv;
    auto const image = perform(standard(), want({}, false, "image/png"), gif);
    EXPECT_EQ(image.value().made_by, "image");
    EXPECT_EQ(json::parse(image.value().output).at("width").as_int64(), 2);
    EXPECT_EQ(failed(perform(standard(), want({}), "%PDF-1.7 and no more")), "process.bad_document");
    EXPECT_EQ(failed(perform(standard(), want({}, false), "%PDF-1.7 and no more")), "process.bad_document");
}

TEST(Perform, BytesAreGivenAsTheyAreAndInJsonInBase64) {
    constexpr entry own[] = {
        {"raw", output_kind::bytes, [](context& visit, std::string& out) -> result<void> {
             visit.set_output_type("image/webp");
             out = "\xFF\x00\x01"s;
             return {};
         }}};
    EXPECT_EQ(perform(own, want({"raw"}), "").value().output, "{\"raw\":\"/wAB\"}");
    auto const alone = perform(own, want({"raw"}, false), "");
    EXPECT_EQ(alone.value().output, "\xFF\x00\x01"s);
    EXPECT_EQ(alone.value().output_type, "image/webp");
}

TEST(Perform, ATaskReadsItsOwnOptionsAndTheFieldsOfTheAnswer) {
    static constexpr option known[] = {{"links", option::type::choice, "keep|drop", "keep", ""}};
    constexpr entry own[] = {{"told", output_kind::text,
                              [](context& visit, std::string& out) -> result<void> {
                                  out = visit.option("links");
                                  for (auto const value : visit.fields("Link"))
                                      out.append(" ").append(value);
                                  return {};
                              },
                              "text/plain", known}};
    auto r = want({"told"}, false);
    EXPECT_EQ(perform(own, r, "").value().output, "keep");
    r.settings = {{"other", "links", "end"}, {"told", "links", "drop"}};
    r.fields = {{"Link", "<a>"}, {"X-Robots-Tag", "none"}, {"Link", "<b>"}};
    EXPECT_EQ(perform(own, r, "").value().output, "drop <a> <b>");
}

TEST(Perform, ATaskOfAnotherRegistryIsRunAndItsOutputMadeValid) {
    constexpr entry own[] = {{"odd", output_kind::text, [](context&, std::string& out) -> result<void> {
                                  out = "a\xFF";
                                  return {};
                              }}};
    EXPECT_EQ(perform(own, want({"odd"}), "").value().output, "{\"odd\":\"a\uFFFD\"}");
    EXPECT_EQ(find(own, "text"), nullptr);
}

TEST(Perform, NestingFailsTheDocumentAndNotTheProgram) {
    std::string page;
    for (int i = 0; i < 1'000'000; ++i)
        page += "<div>";
    EXPECT_EQ(failed(perform(standard(), want({"markdown"}), page)), "process.too_large");
}

TEST(Registry, IsSortedAndFindsEachOfItsTasks) {
    auto const all = standard();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.name < b.name; }));
    for (auto const& task : all)
        EXPECT_EQ(find(all, task.name), &task);
}

TEST(JsonText, ReadsBackAsWhatItWas) {
    std::string every;
    for (int c = 0; c < 0x80; ++c)
        every += static_cast<char>(c);
    for (auto const& s : {every, ""s, "ä\u2028\u2029\u2027\uFFFD😀\xE2\x82\xAC"s, "\\\"\n"s}) {
        std::string out;
        json_text::append_string(out, s);
        EXPECT_EQ(json::parse(out).as_string(), s);
        EXPECT_EQ(out.find_first_of("\n\r\0"s), std::string::npos);
        EXPECT_EQ(out.find("\u2028"), std::string::npos);
    }
}

}  // namespace
}  // namespace fetchd::tasks
