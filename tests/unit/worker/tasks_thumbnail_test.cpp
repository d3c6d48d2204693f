#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "support/image_writer.hpp"
#include "worker/tasks/image_decode.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

using namespace fetchd::test;
using namespace std::string_literals;
using image::pixels;
using image::shrinker;

using settings = std::vector<std::pair<std::string, std::string>>;

result<outcome> run(std::string const& body, settings const& set = {}) {
    request r;
    r.names = {"thumbnail"};
    r.json = false;
    r.content_type = "application/octet-stream";
    for (auto const& [name, value] : set)
        r.settings.push_back({"thumbnail", name, value});
    return perform(standard(), r, body);
}

std::string failed(result<outcome> const& r) {
    return r ? "succeeded" : std::string(name(r.error().what)) + ": " + r.error().detail;
}

// A file as its pixels.
pixels decoded(std::string const& file) {
    auto const facts = image::read(image::format_of(file).value(), file).value();
    shrinker whole({facts.width, facts.height});
    EXPECT_TRUE(image::decode(facts, file, whole).has_value());
    return whole.take();
}

// The thumbnail without loss, as pixels.
pixels small(std::string const& body, settings set = {}) {
    set.emplace_back("format", "png");
    auto const done = run(body, set);
    EXPECT_EQ(failed(done), "succeeded");
    return done ? decoded(done->output) : pixels{};
}

colour at(pixels const& p, unsigned x, unsigned y) {
    auto const i = 4 * (std::size_t{y} * p.width + x);
    return {p.rgba.at(i), p.rgba.at(i + 1), p.rgba.at(i + 2), p.rgba.at(i + 3)};
}

// Whether two colours look alike.
testing::AssertionResult near(colour const& a, colour const& b, int most = 12) {
    for (std::size_t i = 0; i < 4; ++i)
        if (std::abs(int{a[i]} - int{b[i]}) > most)
            return testing::AssertionFailure() << "(" << int{a[0]} << "," << int{a[1]} << "," << int{a[2]}
                                               << "," << int{a[3]} << ") is not (" << int{b[0]} << ","
                                               << int{b[1]} << "," << int{b[2]} << "," << int{b[3]} << ")";
    return testing::AssertionSuccess();
}

constexpr colour red = {255, 0, 0, 255}, green = {0, 255, 0, 255}, blue = {0, 0, 255, 255},
                 white = {255, 255, 255, 255}, nothing = {0, 0, 0, 0};

// Four fields: red, green above, blue, white below.
painter fields(unsigned width, unsigned height) {
    return [=](unsigned x, unsigned y) {
        return y < height / 2 ? x < width / 2 ? red : green : x < width / 2 ? blue : white;
    };
}

void expect_fields(pixels const& p, int most = 12) {
    auto const w = p.width - 1, h = p.height - 1;
    EXPECT_TRUE(near(at(p, 0, 0), red, most));
    EXPECT_TRUE(near(at(p, w, 0), green, most));
    EXPECT_TRUE(near(at(p, 0, h), blue, most));
    EXPECT_TRUE(near(at(p, w, h), white, most));
}

TEST(Fit, KeepsProportionsAndNeverEnlarges) {
    auto const fit = [](unsigned w, unsigned h, unsigned bw, unsigned bh) {
        auto const s = image::fit({w, h}, {bw, bh});
        return std::to_string(s.width) + "x" + std::to_string(s.height);
    };
    EXPECT_EQ(fit(100, 50, 100, 50), "100x50");
    EXPECT_EQ(fit(10, 5, 100, 50), "10x5");
    EXPECT_EQ(fit(200, 100, 100, 100), "100x50");
    EXPECT_EQ(fit(100, 200, 100, 100), "50x100");
    EXPECT_EQ(fit(1000, 1, 100, 100), "100x1");
    EXPECT_EQ(fit(1, 1000, 100, 100), "1x100");
    EXPECT_EQ(fit(300, 200, 100, 100), "100x67");
    EXPECT_EQ(fit(50'000'000, 1, 2048, 2048), "2048x1");
}

pixels shrunk(unsigned w, unsigned h, unsigned tw, unsigned th, painter const& paint) {
    shrinker s({tw, th});
    s.begin({w, h});
    for (unsigned y = 0; y < h; ++y) {
        std::vector<std::uint8_t> row;
        for (unsigned x = 0; x < w; ++x)
            for (auto const c : paint(x, y))
                row.push_back(c);
        s.row(row.data());
    }
    return s.take();
}

TEST(Shrinker, GivesEveryPixelAsItIsWhereTheSizeStays) {
    auto const p = shrunk(5, 3, 5, 3, [](unsigned x, unsigned y) {
        return colour{static_cast<std::uint8_t>(50 * x), static_cast<std::uint8_t>(100 * y), 7,
                      static_cast<std::uint8_t>(1 + 60 * x)};
    });
    for (unsigned y = 0; y < 3; ++y)
        for (unsigned x = 0; x < 5; ++x)
            EXPECT_EQ(at(p, x, y),
                      (colour{static_cast<std::uint8_t>(50 * x), static_cast<std::uint8_t>(100 * y), 7,
                              static_cast<std::uint8_t>(1 + 60 * x)}));
}

TEST(Shrinker, AveragesTheAreaThatAPixelCovers) {
    // Three columns into two: each takes one and a half.
    auto const p = shrunk(3, 1, 2, 1, [](unsigned x, unsigned) {
        return colour{static_cast<std::uint8_t>(90 * x), 0, 0, 255};
    });
    EXPECT_EQ(at(p, 0, 0)[0], 30);
    EXPECT_EQ(at(p, 1, 0)[0], 150);
    auto const q = shrunk(2, 5, 2, 2, [](unsigned, unsigned y) {
        return colour{static_cast<std::uint8_t>(50 * y), 0, 0, 255};
    });
    EXPECT_EQ(at(q, 1, 0)[0], 40);   // (0 + 50 + 100 / 2) / 2.5
    EXPECT_EQ(at(q, 1, 1)[0], 160);  // (100 / 2 + 150 + 200) / 2.5
}

TEST(Shrinker, WeighsColoursByTheirAlpha) {
    auto const p = shrunk(2, 1, 1, 1, [](unsigned x, unsigned) {
        return x == 0 ? red : colour{0, 255, 0, 0};
    });
    EXPECT_EQ(at(p, 0, 0), (colour{255, 0, 0, 128}));
    EXPECT_EQ(at(shrunk(2, 2, 1, 1, [](unsigned, unsigned) { return colour{9, 9, 9, 0}; }), 0, 0), nothing);
}

TEST(Shrinker, RowsThatDoNotComeAreTransparentAndOnesTooManyIgnored) {
    shrinker s({1, 2});
    s.begin({1, 2});
    s.row(red.data());
    auto const p = s.take();
    EXPECT_EQ(at(p, 0, 0), red);
    EXPECT_EQ(at(p, 0, 1), nothing);
    shrinker t({1, 1});
    t.begin({1, 1});
    t.row(red.data());
    t.row(green.data());
    EXPECT_EQ(at(t.take(), 0, 0), red);
}

TEST(Oriented, TurnsAndMirrors) {
    // 1 2 3
    // 4 5 6
    pixels p{3, 2, {}};
    for (std::uint8_t i = 1; i <= 6; ++i)
        p.rgba.insert(p.rgba.end(), {i, 0, 0, 255});
    auto const shown = [&](unsigned orientation) {
        auto const q = image::oriented(p, orientation);
        std::string s = std::to_string(q.width) + ":";
        for (std::size_t i = 0; i < q.rgba.size(); i += 4)
            s += std::to_string(q.rgba[i]);
        return s;
    };
    EXPECT_EQ(shown(1), "3:123456");
    EXPECT_EQ(shown(2), "3:321654");
    EXPECT_EQ(shown(3), "3:654321");
    EXPECT_EQ(shown(4), "3:456123");
    EXPECT_EQ(shown(5), "2:142536");
    EXPECT_EQ(shown(6), "2:415263");
    EXPECT_EQ(shown(7), "2:635241");
    EXPECT_EQ(shown(8), "2:362514");
    EXPECT_EQ(shown(9), "3:123456");
}

TEST(Thumbnail, IsAFileOfTheFormatAskedFor) {
    auto const body = png(400, 200, fields(400, 200));
    for (auto const& [format, type] :
         settings{{"webp", "image/webp"}, {"jpeg", "image/jpeg"}, {"png", "image/png"}}) {
        auto const done = run(body, {{"format", format}, {"width", "100"}}).value();
        EXPECT_EQ(done.output_type, type);
        EXPECT_EQ(image::name_of(image::format_of(done.output).value()), format);
        auto const p = decoded(done.output);
        EXPECT_EQ(p.width, 100U);
        EXPECT_EQ(p.height, 50U);
        expect_fields(p);
    }
    EXPECT_EQ(image::format_of(run(body).value().output), image::format::webp);
}

TEST(Thumbnail, OfEveryFormatThatIsDecoded) {
    auto const paint = fields(64, 48);
    std::vector<std::string> const files = {
        png(64, 48, paint),
        png(64, 48, paint, {}, true),
        jpeg(64, 48, paint),
        jpeg(64, 48, paint, {.progressive = true}),
        jpeg(640, 480, fields(640, 480)),
        webp(64, 48, paint),
        webp(640, 480, fields(640, 480)),
        bmp(64, 48, paint, 24),
        bmp(64, 48, paint, 32, true),
        bmp(64, 48, paint, 16),
        ico({{64, 48, 32, icon_bitmap(64, 48, paint, 32)}, {8, 8, 32, icon_bitmap(8, 8, paint, 32)}}),
        ico({{64, 48, 24, icon_bitmap(64, 48, paint, 24)}, {64, 48, 1, icon_bitmap(64, 48, paint, 1)}}),
        ico({{64, 48, 32, png(64, 48, paint)}}),
        gif(64, 48,
            {{0, 0, 64, 48,
              [](unsigned x, unsigned y) { return static_cast<std::uint8_t>(y / 24 * 2 + x / 32); }}}),
        gif(64, 48,
            {{0, 0, 64, 48,
              [](unsigned x, unsigned y) { return static_cast<std::uint8_t>(y / 24 * 2 + x / 32); }, -1, 5,
              true}}),
        animated_webp(64, 48, {{0, 0, 64, 48, 10, webp(64, 48, paint)}, {0, 0, 2, 2, 10, webp(2, 2, paint)}}),
    };
    for (auto const& file : files) {
        SCOPED_TRACE(&file - files.data());
        auto const p = small(file, {{"width", "32"}, {"height", "32"}});
        EXPECT_EQ(p.width, 32U);
        EXPECT_EQ(p.height, 24U);
        expect_fields(p);
        auto const whole = small(file, {{"width", "2048"}, {"height", "2048"}});
        EXPECT_GE(whole.width, 64U);  // never enlarged
        EXPECT_EQ(whole.width % 64, 0U);
    }
}

TEST(Thumbnail, OfGreyInkAndFewColours) {
    auto const shade = [](unsigned, unsigned) { return colour{100, 0, 0, 0}; };
    EXPECT_TRUE(near(at(small(jpeg(9, 9, shade, {.grey = true})), 4, 4), {100, 100, 100, 255}));
    auto const ink = [](unsigned, unsigned) { return colour{255, 128, 0, 128}; };  // 255: none of it
    EXPECT_TRUE(near(at(small(jpeg(9, 9, ink, {.cmyk = true})), 4, 4), {128, 64, 0, 255}));
    auto const halves = [](unsigned x, unsigned) { return x < 5 ? white : colour{0, 0, 0, 255}; };
    for (unsigned const bits : {1U, 4U, 8U}) {
        auto const p = small(bmp(9, 9, halves, bits));
        EXPECT_EQ(at(p, 4, 4), white);
        EXPECT_EQ(at(p, 5, 4), (colour{0, 0, 0, 255}));
    }
}

TEST(Thumbnail, KeepsTransparencyOrPutsWhiteUnderIt) {
    auto const paint = [](unsigned x, unsigned) { return x < 8 ? red : colour{0, 0, 255, 0}; };
    for (auto const& file :
         {png(16, 16, paint), webp(16, 16, paint), ico({{16, 16, 32, icon_bitmap(16, 16, paint, 32)}}),
          ico({{16, 16, 24, icon_bitmap(16, 16, paint, 24)}})}) {
        auto const p = small(file);
        EXPECT_EQ(at(p, 2, 8), red);
        EXPECT_EQ(at(p, 13, 8)[3], 0);
        EXPECT_EQ(at(decoded(run(file).value().output), 13, 8)[3], 0);
        auto const flat = decoded(run(file, {{"format", "jpeg"}, {"quality", "95"}}).value().output);
        EXPECT_TRUE(near(at(flat, 2, 8), red));
        EXPECT_TRUE(near(at(flat, 13, 8), white));
    }
}

TEST(Thumbnail, ThePartOfACanvasWithoutPictureIsTransparent) {
    auto const one = [](unsigned, unsigned) -> std::uint8_t { return 1; };
    for (auto const& file :
         {gif(10, 8, {{2, 4, 4, 2, one}}),
          animated_webp(10, 8, {{1, 2, 4, 2, 9, webp(4, 2, [](unsigned, unsigned) { return green; })}})}) {
        auto const p = small(file);
        EXPECT_EQ(p.width, 10U);
        for (unsigned y = 0; y < 8; ++y)
            for (unsigned x = 0; x < 10; ++x)
                EXPECT_EQ(at(p, x, y), x >= 2 && x < 6 && y >= 4 && y < 6 ? green : nothing) << x << " " << y;
    }
    auto const see_through = small(
        gif(4, 4, {{0, 0, 4, 4, [](unsigned x, unsigned) { return static_cast<std::uint8_t>(x); }, 2}}));
    EXPECT_EQ(at(see_through, 1, 1), green);
    EXPECT_EQ(at(see_through, 2, 1)[3], 0);
}

TEST(Thumbnail, IsTurnedAsTheCameraWasAndCarriesNothingElse) {
    using enum tag::type;
    auto const block = tiff({{{0x0112, u16, {6}}, {0x010F, ascii, {}, "Secret maker\0"s}}}, true);
    auto const file =
        jpeg(80, 40, fields(80, 40),
             {.segments = jpeg_segment(0xE1, "Exif\0\0"s + block) + jpeg_segment(0xFE, "Secret comment")});
    for (auto const* format : {"webp", "jpeg", "png"}) {
        auto const done = run(file, {{"format", format}, {"width", "10"}}).value().output;
        EXPECT_EQ(done.find("Secret"), done.npos);
        auto const facts = image::read(image::format_of(done).value(), done).value();
        EXPECT_FALSE(facts.exif.has_value());
        EXPECT_EQ(facts.orientation, 1U);
        auto const p = decoded(done);
        EXPECT_EQ(p.width, 10U);
        EXPECT_EQ(p.height, 20U);
        EXPECT_TRUE(near(at(p, 9, 0), red, 40));  // was at the left end of the top
        EXPECT_TRUE(near(at(p, 0, 0), blue, 40));
    }
}

TEST(Thumbnail, JudgesTheNumberOfPixelsBeforeItDecodes) {
    auto const pixels = [](unsigned width, unsigned height) {
        return failed(run(png_header(width, height, 8, 6), {{"megapixels", "1"}}));
    };
    EXPECT_EQ(pixels(1001, 1000), "too_large: 1001 x 1000 pixels, more than 1 megapixels");
    EXPECT_EQ(pixels(1000, 1000), "bad_document: the file ends too early");  // it was tried
    EXPECT_EQ(failed(run(png_header(0x7FFFFFFF, 0x7FFFFFFF, 8, 6))).substr(0, 9), "too_large");
    auto const huge = gif(65535, 65535, {{0, 0, 1, 1, [](unsigned, unsigned) -> std::uint8_t { return 0; }}});
    EXPECT_EQ(failed(run(huge)).substr(0, 9), "too_large");
    EXPECT_EQ(failed(run(png(1000, 1000, fields(1000, 1000)), {{"megapixels", "1"}})), "succeeded");
}

TEST(Thumbnail, AProgressiveFileOfTooManyScansIsRefused) {
    auto const body = jpeg(8, 8, fields(8, 8), {.progressive = true});
    auto const scan = body.rfind("\xFF\xDA");
    auto const with = [&](int more) {
        auto file = body.substr(0, body.size() - 2);
        for (int i = 0; i < more; ++i)
            file += body.substr(scan, body.size() - 2 - scan);
        return failed(run(file + "\xFF\xD9"));
    };
    EXPECT_EQ(with(100), "succeeded");
    EXPECT_EQ(with(300), "bad_document: more than 200 scans");
}

TEST(Thumbnail, WhatIsNotDecodedSaysSo) {
    EXPECT_EQ(failed(run("<svg width='5' height='5'/>")), "unsupported_type: image/svg+xml");
    EXPECT_EQ(failed(run(tiff({{{0x0100, tag::type::u32, {3}}, {0x0101, tag::type::u32, {2}}}}, true))),
              "unsupported_type: image/tiff");
    auto packed = bmp(8, 8, fields(8, 8), 8);
    packed[30] = 1;
    EXPECT_EQ(failed(run(packed)), "unsupported_type: a BMP of a kind that is not decoded");
    EXPECT_EQ(failed(run("x\0"s)), "unsupported_type: application/octet-stream");
}

TEST(Thumbnail, DamagedFilesFailOrGiveWhatThereIs) {
    auto const paint = fields(64, 48);
    auto const number = [](unsigned x, unsigned) { return static_cast<std::uint8_t>(x % 4); };
    for (auto const& whole :
         {png(64, 48, paint), png(64, 48, paint, {}, true), jpeg(64, 48, paint, {.progressive = true}),
          jpeg(64, 48, paint), webp(64, 48, paint), bmp(64, 48, paint, 8),
          ico({{64, 48, 32, icon_bitmap(64, 48, paint, 32)}}),
          gif(64, 48, {{0, 0, 64, 48, number, 1, 1, true}}),
          animated_webp(64, 48, {{0, 0, 64, 48, 10, webp(64, 48, paint)}})})
        for (std::size_t n = 0; n < whole.size(); n += 1 + whole.size() / 100) {
            run(whole.substr(0, n)).has_value();
            auto changed = whole;
            changed[n] = static_cast<char>(~changed[n]);
            run(changed).has_value();
        }
}

TEST(Thumbnail, IsBase64AmongOtherOutputs) {
    request r;
    r.names = {"image", "thumbnail"};
    auto const done = perform(standard(), r, png(4, 4, fields(4, 4))).value();
    EXPECT_TRUE(boost::json::parse(done.output).at("thumbnail").as_string().starts_with("UklGR"));  // RIFF
}

}  // namespace
}  // namespace fetchd::tasks
