#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/image_writer.hpp"
#include "worker/tasks/image_facts.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

namespace json = boost::json;
using namespace fetchd::test;
using namespace std::string_literals;

colour grey(unsigned, unsigned) {
    return {128, 128, 128, 255};
}

result<outcome> run(std::string const& body, std::vector<setting> settings = {}) {
    request r;
    r.names = {"image"};
    r.content_type = "image/whatever";
    r.settings = std::move(settings);
    return perform(standard(), r, body);
}

std::string read(std::string const& body, std::vector<setting> settings = {}) {
    auto const done = run(body, std::move(settings));
    if (!done)
        return std::string(name(done.error().what)) + ": " + done.error().detail;
    return json::serialize(json::parse(done->output).at("image"));
}

json::object object(std::string const& body, std::vector<setting> settings = {}) {
    return json::parse(run(body, std::move(settings)).value().output).at("image").as_object();
}

TEST(Image, ReadsJpeg) {
    EXPECT_EQ(
        read(jpeg(20, 10, grey)),
        R"({"format":"jpeg","type":"image/jpeg","width":20,"height":10,"orientation":1,"bits":8,"colour":"rgb",)"
        R"("alpha":false,"colour_profile":false,"progressive":false,"animated":false,"frames":1})");
    auto const o = object(jpeg(20, 10, grey,
                               {.progressive = true,
                                .cmyk = true,
                                .segments = jpeg_segment(0xE2, "ICC_PROFILE\0x"s) +
                                            jpeg_segment(0xE0, "JFIF\0\1\1\1\0\x48\0\x60\0\0"s)}));
    EXPECT_EQ(o.at("colour"), "cmyk");
    EXPECT_EQ(o.at("progressive"), true);
    EXPECT_EQ(o.at("colour_profile"), true);
    EXPECT_EQ(json::serialize(o.at("dpi")), "[72,96]");
    EXPECT_EQ(object(jpeg(1, 1, grey, {.grey = true})).at("colour"), "grey");
}

TEST(Image, FindsTheFrameBehindOddBytesBetweenSegments) {
    EXPECT_EQ(object(jpeg(20, 10, grey, {.segments = "\xFF\xFF\xFF\x00\xFF\xD0zz"s})).at("width"), 20);
    EXPECT_EQ(read("\xFF\xD8\xFF\xDA\0\x02"s), "bad_document: jpeg without a size");
}

std::vector<std::vector<tag>> camera(unsigned orientation) {
    using enum tag::type;
    return {{{0x010E, ascii, {}, " A view\0hidden"s},
             {0x010F, ascii, {}, "Maker\0"s},
             {0x0110, ascii, {}, "M\x01\xFF\0"s},
             {0x0112, u16, {orientation}},
             {0x011A, rational, {300, 1}},
             {0x011B, rational, {600, 2}},
             {0x0128, u16, {2}},
             {0x013B, ascii, {}, "J\xC3\xB6rg\0"s},
             {0x8298, ascii, {}, "(c)\0"s},
             {0x8769, directory, {1}},
             {0x8825, directory, {2}}},
            {{0x829A, rational, {1, 250}},
             {0x829D, rational, {28, 10}},
             {0x8827, u16, {400}},
             {0x9003, ascii, {}, "2024:05:06 07:08:09\0"s},
             {0x9011, ascii, {}, "+02:00\0"s},
             {0x920A, rational, {35, 1}},
             {0xA434, ascii, {}, "Lens\0"s}},
            {{1, ascii, {}, "S\0"s},
             {2, rational, {33, 1, 30, 1, 0, 1}},
             {3, ascii, {}, "E\0"s},
             {4, rational, {151, 1, 0, 1, 36, 1}}}};
}

TEST(Image, RepeatsWhatTheCameraSaidButNotThePlace) {
    for (bool const big : {false, true}) {
        auto const body =
            jpeg(20, 10, grey, {.segments = jpeg_segment(0xE1, "Exif\0\0"s + tiff(camera(6), big))});
        auto const o = object(body);
        EXPECT_EQ(o.at("width"), 10);
        EXPECT_EQ(o.at("height"), 20);
        EXPECT_EQ(o.at("orientation"), 6);
        EXPECT_EQ(json::serialize(o.at("dpi")), "[300,300]");
        auto const e = o.at("exif").as_object();
        EXPECT_EQ(e.at("make"), "Maker");
        EXPECT_EQ(e.at("model"), "M \uFFFD");
        EXPECT_EQ(e.at("lens"), "Lens");
        EXPECT_EQ(e.at("description"), "A view");
        EXPECT_EQ(e.at("artist"), "Jörg");
        EXPECT_EQ(e.at("copyright"), "(c)");
        EXPECT_EQ(e.at("taken"), "2024-05-06T07:08:09+02:00");
        EXPECT_DOUBLE_EQ(e.at("exposure_s").to_number<double>(), 0.004);
        EXPECT_DOUBLE_EQ(e.at("f_number").to_number<double>(), 2.8);
        EXPECT_EQ(e.at("focal_length_mm"), 35);
        EXPECT_EQ(e.at("iso"), 400);
        EXPECT_EQ(e.at("has_location"), true);
        EXPECT_FALSE(e.contains("location"));
        EXPECT_FALSE(e.contains("software"));
        auto const place = object(body, {{"image", "location", "true"}}).at("exif").at("location");
        EXPECT_DOUBLE_EQ(place.at("latitude").to_number<double>(), -33.5);
        EXPECT_DOUBLE_EQ(place.at("longitude").to_number<double>(), 151.01);
    }
}

image::facts exif(std::vector<std::vector<tag>> const& directories) {
    image::facts f;
    image::read_exif(tiff(directories, false), f);
    return f;
}

TEST(Exif, OddValuesAreNotThere) {
    using enum tag::type;
    EXPECT_EQ(exif({{{0x0112, u16, {9}}}}).orientation, 1U);
    EXPECT_EQ(exif({{{0x0112, u16, {0}}}}).orientation, 1U);
    EXPECT_EQ(exif({{{0x0112, u16, {8}}}}).orientation, 8U);
    EXPECT_EQ(exif({{{0x0112, ascii, {}, "6"}}}).orientation, 1U);
    EXPECT_EQ(exif({{{0x011A, rational, {1, 0}}}}).dpi_x, 0);
    EXPECT_EQ(exif({{{0x0132, ascii, {}, "0000:00:00 00:00:00"}}}).exif->taken, "");
    EXPECT_EQ(exif({{{0x0132, ascii, {}, "2024:05:06 07:08"}}}).exif->taken, "");
    EXPECT_EQ(exif({{{0x0132, ascii, {}, "2024:05:06 07:08:09"}}}).exif->taken, "2024-05-06T07:08:09");
    EXPECT_EQ(
        exif({{{0x8825, directory, {1}}}, {{2, rational, {91, 1}}, {4, rational, {1, 1}}}}).exif->location,
        std::nullopt);
    EXPECT_FALSE(exif({{{0x8825, directory, {1}}}, {{0, byte, {2}}}}).exif->has_location);
    EXPECT_EQ(exif({{{0x010F, ascii, {}, std::string(1000, 'x')}}}).exif->make.size(), 1000U);
    EXPECT_EQ(exif({{{0x010F, ascii, {}, std::string(1001, 'x')}}}).exif->make.size(), 1000U);
}

TEST(Exif, ABlockCutAnywhereIsReadAsFarAsItGoes) {
    auto const whole = tiff(camera(6), true);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        image::facts f;
        image::read_exif(whole.substr(0, n), f);
        bool const directory = n >= 10 + 12 * camera(6)[0].size();
        EXPECT_EQ(f.exif.has_value(), directory) << n;
        EXPECT_EQ(f.orientation, directory ? 6U : 1U) << n;
    }
}

TEST(Image, ReadsPng) {
    EXPECT_EQ(
        read(png(3, 2, grey)),
        R"({"format":"png","type":"image/png","width":3,"height":2,"orientation":1,"bits":8,"colour":"rgb",)"
        R"("alpha":true,"colour_profile":false,"progressive":false,"animated":false,"frames":1})");
    auto const o = object(png_header(
        5, 4, 4, 3,
        png_chunk("tRNS", "x") + png_chunk("pHYs", be32(3937) + be32(11811) + "\1") + png_chunk("iCCP", "x") +
            png_chunk("acTL", be32(3) + be32(0)) +
            png_chunk("fcTL", std::string(20, '\0') + be16(1) + be16(0) + "xx") +
            png_chunk("fcTL", std::string(20, '\0') + be16(2) + be16(1000) + "xx") +
            png_chunk("eXIf", tiff(camera(3), true)) + png_chunk("IEND", "") + png_chunk("acTL", be32(9))));
    EXPECT_EQ(o.at("colour"), "palette");
    EXPECT_EQ(o.at("bits"), 4);
    EXPECT_EQ(o.at("alpha"), true);
    EXPECT_EQ(o.at("colour_profile"), true);
    EXPECT_EQ(o.at("animated"), true);
    EXPECT_EQ(o.at("frames"), 3);
    EXPECT_EQ(o.at("duration_ms"), 12);
    EXPECT_EQ(o.at("orientation"), 3);
    EXPECT_EQ(json::serialize(o.at("dpi")), "[100,300]");
    EXPECT_EQ(object(png_header(1, 1, 16, 4)).at("colour"), "grey");
    EXPECT_EQ(read("\x89PNG\r\n\x1A\n"s), "bad_document: png without a size");
}

TEST(Image, CountsTheFramesOfAGif) {
    auto const number = [](unsigned, unsigned) -> std::uint8_t { return 1; };
    EXPECT_EQ(
        read(gif(4, 3, {{0, 0, 4, 3, number}})),
        R"({"format":"gif","type":"image/gif","width":4,"height":3,"orientation":1,"bits":8,"colour":"palette",)"
        R"("alpha":false,"colour_profile":false,"progressive":false,"animated":false,"frames":1})");
    auto const moving =
        gif(4, 3, {{0, 0, 4, 3, number, -1, 7}, {1, 1, 2, 2, number, 2, 10}, {0, 0, 1, 1, number}});
    auto const o = object(moving);
    EXPECT_EQ(o.at("animated"), true);
    EXPECT_EQ(o.at("frames"), 3);
    EXPECT_EQ(o.at("duration_ms"), 170);
    EXPECT_EQ(o.at("alpha"), true);
    EXPECT_EQ(object(moving.substr(0, moving.size() / 2)).at("width"), 4);
    EXPECT_EQ(object(gif(1, 1, {{2, 3, 4, 5, number}})).at("width"), 6);
}

TEST(Image, ReadsTheThreeKindsOfWebp) {
    auto const paint = [](unsigned x, unsigned) { return colour{1, 2, 3, static_cast<std::uint8_t>(x)}; };
    EXPECT_EQ(
        read(webp(3, 2, paint)),
        R"({"format":"webp","type":"image/webp","width":3,"height":2,"orientation":1,"bits":8,"colour":"rgb",)"
        R"("alpha":true,"colour_profile":false,"progressive":false,"animated":false,"frames":1})");
    EXPECT_EQ(object(webp_file(webp_chunk("VP8 ", "\x10\0\0\x9D\x01\x2A\x40\x41\x20\x80"s))).at("width"),
              0x140);
    auto const o = object(
        animated_webp(300, 200, {{0, 0, 3, 2, 100, webp(3, 2, paint)}, {1, 1, 3, 2, 50, webp(3, 2, paint)}}));
    EXPECT_EQ(o.at("width"), 300);
    EXPECT_EQ(o.at("height"), 200);
    EXPECT_EQ(o.at("frames"), 2);
    EXPECT_EQ(o.at("duration_ms"), 150);
    auto const extended = webp_file(webp_chunk("VP8X", "\x28\0\0\0"s + le24(9) + le24(19)) +
                                    webp_chunk("EXIF", "Exif\0\0"s + tiff(camera(8), false)));
    EXPECT_EQ(object(extended).at("width"), 20);
    EXPECT_EQ(object(extended).at("orientation"), 8);
    EXPECT_EQ(object(extended).at("colour_profile"), true);
}

TEST(Image, ReadsBmpAndIcons) {
    EXPECT_EQ(
        read(bmp(3, 2, grey, 24)),
        R"({"format":"bmp","type":"image/bmp","width":3,"height":2,"orientation":1,"dpi":[9.601E1,9.601E1],)"
        R"("bits":8,"colour":"rgb","alpha":false,"colour_profile":false,"progressive":false,"animated":false,)"
        R"("frames":1})");
    EXPECT_EQ(object(bmp(3, 2, grey, 1, true)).at("height"), 2);
    EXPECT_EQ(
        object("BM"s + std::string(12, '\0') + le32(12) + le16(7) + le16(5) + le16(1) + le16(4)).at("width"),
        7);
    auto const o = object(ico({{16, 16, 32, icon_bitmap(16, 16, grey, 32)},
                               {0, 0, 32, png(256, 256, grey)},
                               {8, 8, 1, icon_bitmap(8, 8, grey, 1)}}));
    EXPECT_EQ(o.at("width"), 256);
    EXPECT_EQ(
        json::serialize(o.at("icons")),
        R"([{"width":16,"height":16,"bits":32},{"width":256,"height":256,"bits":32},{"width":8,"height":8,"bits":1}])");
}

TEST(Image, ListsSoManyIcons) {
    std::vector<icon_entry> const many(image::max_icons + 1, {4, 4, 32, icon_bitmap(4, 4, grey, 32)});
    EXPECT_EQ(object(ico(many)).at("icons").as_array().size(), image::max_icons);
}

std::vector<tag> page(unsigned width, unsigned height) {
    return {
        {0x0100, tag::type::u32, {width}}, {0x0101, tag::type::u16, {height}}, {0x0106, tag::type::u16, {5}}};
}

TEST(Image, ReadsTiff) {
    for (bool const big : {false, true}) {
        auto const o = object(tiff({page(30, 20), page(1, 1), page(2, 2)}, big, true));
        EXPECT_EQ(o.at("format"), "tiff");
        EXPECT_EQ(o.at("width"), 30);
        EXPECT_EQ(o.at("height"), 20);
        EXPECT_EQ(o.at("colour"), "cmyk");
        EXPECT_EQ(o.at("frames"), 3);
    }
}

TEST(Image, PagesOfATiffThatGoInACircleAreCountedOnce) {
    auto body = tiff({page(30, 20)}, false);
    body.replace(8 + 2 + 12 * 3, 4, le32(8));
    EXPECT_EQ(object(body).at("frames"), 2);  // the first, and once more until that is noticed
}

std::string avif(std::string const& properties, std::string const& associations,
                 std::string const& brand = "avif", std::string const& more = {},
                 std::string const& behind = {}) {
    return box("ftyp", brand + be32(0) + "mif1") +
           full_box("meta", 0, 0,
                    full_box("pitm", 0, 0, be16(1)) + more +
                        box("iprp", box("ipco", properties) +
                                        full_box("ipma", 0, 0,
                                                 be32(2) + be16(2) + "\1\4" + be16(1) + associations))) +
           behind;
}

TEST(Image, ReadsThePrimaryPictureOfAnAvif) {
    auto const properties =
        full_box("ispe", 0, 0, be32(64) + be32(48)) + full_box("pixi", 0, 0, "\3\12\12\12") +
        box("irot", "\3") + full_box("ispe", 0, 0, be32(9999) + be32(9999)) +
        full_box("auxC", 0, 0, "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"s) + box("colr", "prof");
    EXPECT_EQ(
        read(avif(properties, "\4\1\2\x83\6")),
        R"({"format":"avif","type":"image/avif","width":48,"height":64,"orientation":6,"bits":10,"colour":"rgb",)"
        R"("alpha":true,"colour_profile":true,"progressive":false,"animated":false,"frames":1})");
    EXPECT_EQ(object(avif(properties, "\1\1", "heic")).at("format"), "heif");
    EXPECT_EQ(read(avif("", "\1\1")), "bad_document: avif without a size");
}

TEST(Image, TurnsAndMirrorsOfAnAvifAreOneOrientation) {
    auto const orientation = [](std::string const& turn, std::string const& mirror) {
        auto const size = full_box("ispe", 0, 0, be32(2) + be32(1));
        return object(avif(size + box("irot", turn) + (mirror.empty() ? mirror : box("imir", mirror)),
                           "\3\1\2\3"))
            .at("orientation")
            .as_int64();
    };
    EXPECT_EQ(orientation("\0"s, ""), 1);
    EXPECT_EQ(orientation("\1", ""), 8);
    EXPECT_EQ(orientation("\2", ""), 3);
    EXPECT_EQ(orientation("\0"s, "\1"), 2);
    EXPECT_EQ(orientation("\0"s, "\0"s), 4);
    EXPECT_EQ(orientation("\1", "\1"), 7);
    EXPECT_EQ(orientation("\3", "\1"), 5);
}

TEST(Image, ExifOfAnAvifIsFoundWhereItsTableSays) {
    auto const exif = be32(0) + tiff(camera(6), true);
    auto const with = [&](std::uint32_t offset) {
        auto const info =
            full_box("iinf", 0, 0, be16(1) + full_box("infe", 2, 0, be16(2) + be16(0) + "Exif" + "\0"s));
        auto const place = full_box("iloc", 0, 0,
                                    "\x44\0"s + be16(1) + be16(2) + be16(0) + be16(1) + be32(offset) +
                                        be32(static_cast<std::uint32_t>(exif.size())));
        return avif(full_box("ispe", 0, 0, be32(2) + be32(1)), "\1\1", "avif", info + place,
                    box("mdat", exif));
    };
    auto const o = object(with(static_cast<std::uint32_t>(with(0).size() - exif.size())));
    EXPECT_EQ(o.at("exif").at("make"), "Maker");
    EXPECT_EQ(o.at("orientation"), 1);
    EXPECT_FALSE(object(with(0xFFFFFFFF)).contains("exif"));
}

TEST(Image, CountsThePicturesOfASequence) {
    auto const clock = full_box("mdhd", 0, 0, be32(0) + be32(0) + be32(1000) + be32(2500));
    auto const movie =
        box("moov",
            box("trak",
                box("mdia", clock + box("minf", box("stbl", full_box("stsz", 0, 0, be32(0) + be32(25)))))));
    auto const o = object(avif(full_box("ispe", 0, 0, be32(2) + be32(1)), "\1\1", "avis", "", movie));
    EXPECT_EQ(o.at("frames"), 25);
    EXPECT_EQ(o.at("duration_ms"), 2500);
}

std::string size_of_svg(std::string const& attributes) {
    auto const o =
        object("<?xml version='1.0'?>\n<!-- > --><!DOCTYPE svg [<!ENTITY a '>'>]>\n<svg " + attributes + ">");
    auto const side = [&](char const* name) {
        return o.contains(name) ? std::to_string(o.at(name).as_int64()) : "?";
    };
    return side("width") + "x" + side("height");
}

TEST(Image, ReadsTheSizeAnSvgStates) {
    EXPECT_EQ(size_of_svg("width='20' height = \"10.6px\""), "20x11");
    EXPECT_EQ(size_of_svg("width='1in' height='2.54cm'"), "96x96");
    EXPECT_EQ(size_of_svg("viewBox='0 0 30,40'"), "30x40");
    EXPECT_EQ(size_of_svg("width='60' viewBox='0 0 30 40'"), "60x80");
    EXPECT_EQ(size_of_svg("height='20' title='width=\"5\" > ' viewBox='0,0,30,40' width='100%'"), "15x20");
    EXPECT_EQ(size_of_svg("width='100%'"), "?x?");
    EXPECT_EQ(size_of_svg("width='-5' height='1e99' stroke-width='3'"), "?x?");
    EXPECT_EQ(size_of_svg(""), "?x?");
    EXPECT_EQ(object("\xEF\xBB\xBF<s:svg xmlns:s='x' width='5' height='4'/>").at("width"), 5);
    EXPECT_EQ(object("<svg width='5' height='4'/>").at("type"), "image/svg+xml");
}

TEST(Image, WhatIsNoneOfTheseIsNotAnImage) {
    for (auto const& body :
         {""s, "x"s, "<html><svg>"s, "<svgx>"s, "<svg"s, "<!-- <svg>"s, "BM not a bitmap at all"s,
          "RIFFxxxxWAVE"s, "\0\0\1\0\0\0"s, "\0\0\0\x14"s + "ftypisom"})
        EXPECT_EQ(read(body).substr(0, 16), "unsupported_type") << body;
    EXPECT_EQ(image::format_of("<svg" + std::string(1 << 16, ' ') + ">"), std::nullopt);
}

TEST(Image, AFileCutAnywhereIsReadOrRefused) {
    auto const number = [](unsigned, unsigned) -> std::uint8_t { return 1; };
    for (auto const& whole :
         {jpeg(20, 10, grey, {.segments = jpeg_segment(0xE1, "Exif\0\0"s + tiff(camera(6), true))}),
          png(3, 2, grey, png_chunk("eXIf", tiff(camera(6), false))),
          gif(4, 3, {{0, 0, 4, 3, number, 1, 2}, {0, 0, 4, 3, number, 1, 2}}), webp(3, 2, grey),
          bmp(3, 2, grey, 8), ico({{8, 8, 1, icon_bitmap(8, 8, grey, 1)}}), tiff(camera(1), false),
          avif(full_box("ispe", 0, 0, be32(2) + be32(1)), "\1\1")})
        for (std::size_t n = 0; n < whole.size(); ++n)
            if (auto const kind = image::format_of(whole.substr(0, n)))
                if (auto const f = image::read(*kind, whole.substr(0, n))) {
                    EXPECT_TRUE(f->width > 0 && f->height > 0) << n;
                }
}

}  // namespace
}  // namespace fetchd::tasks
