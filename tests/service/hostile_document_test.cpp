// Theme: documents built to be expensive. Every output of every one of them ends within its limits, by being
// made or by saying what was too much, and the service goes on meanwhile.
#include <gtest/gtest.h>

#include <functional>

#include "service/ask.hpp"

namespace fetchd::test {
namespace {

// The whole size in long tests only; far less under sanitizers, where a visit may not take ten times as long.
std::size_t scaled(std::size_t n) {
    return slowness() > 1 ? n / 40 : long_tests() ? n : n / 8;
}

std::string repeated(std::size_t times, std::string_view piece) {
    std::string all;
    all.reserve(times * piece.size());
    for (std::size_t i = 0; i < times; ++i)
        all += piece;
    return all;
}

std::string numbered(std::size_t times, std::function<std::string(std::string const&)> const& piece) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += piece(std::to_string(i));
    return all;
}

struct hostile {
    char const* name;
    std::function<std::string()> page;
};

void PrintTo(hostile const& h, std::ostream* out) {
    *out << h.name;
}

constexpr std::size_t million = 1'000'000;

// Deeper than any limit: 1,000,000 levels.
hostile const deep[] = {
    {"div", [] { return repeated(million, "<div>"); }},
    {"bold", [] { return repeated(million, "<b>"); }},
    {"link", [] { return repeated(million, "<a href=x>"); }},
    {"item", [] { return repeated(million, "<ul><li>x"); }},
    {"quote", [] { return repeated(million, "<blockquote>"); }},
    {"table", [] { return repeated(million, "<table><tr><td>"); }},
    {"bold_paragraph", [] { return repeated(million, "<b><p>"); }},
    {"group", [] { return "<svg>" + repeated(million, "<g>"); }},
    {"template", [] { return repeated(million, "<template>"); }},
    {"record", [] { return repeated(million, "<div itemscope itemprop=a>"); }},
    {"select", [] { return repeated(million, "<select><option>"); }},
};

// Within the limit of depth, so that every walk goes down all of it.
hostile const nested[] = {
    {"lists", [] { return repeated(450, "<ul><li>x") + repeated(scaled(200'000), "<p>word"); }},
    {"quotes", [] { return repeated(900, "<blockquote>") + repeated(scaled(200'000), "<p>word"); }},
    {"tables", [] { return repeated(300, "<table><tr><td>x<td>") + repeated(scaled(100'000), "<p>x"); }},
    {"formatting",
     [] {
         return numbered(300, [](auto n) { return "<font size=" + n + ">"; }) +
                repeated(scaled(3'000), "<p>x</p>");
     }},
    {"records",
     [] {
         return repeated(900, "<div itemscope itemprop=a>") +
                repeated(scaled(100'000), "<i itemprop=b>x</i>");
     }},
    {"links", [] { return repeated(scaled(100'000), "<a href=/x><b><i>") + "x"; }},
};

hostile const wide[] = {
    {"paragraphs", [] { return repeated(scaled(million), "<p>x"); }},
    {"breaks", [] { return repeated(scaled(million), "<br>"); }},
    {"items", [] { return "<ul>" + repeated(scaled(500'000), "<li>x"); }},
    {"cells", [] { return "<table><tr>" + repeated(scaled(500'000), "<td>x"); }},
    {"rows", [] { return "<table>" + repeated(scaled(300'000), "<tr><td>x<td>y"); }},
    {"spans", [] { return "<table>" + repeated(scaled(2'000), "<tr><td rowspan=1000 colspan=1000>x<td>y"); }},
    {"headings", [] { return repeated(scaled(300'000), "<h2>x</h2>"); }},
    {"links", [] { return numbered(scaled(300'000), [](auto n) { return "<a href=/" + n + ">x</a>"; }); }},
    {"images", [] { return repeated(scaled(200'000), "<img src=a srcset='b 1x, c 2x, d 3x' alt='e'>"); }},
    {"hosts",
     [] {
         return numbered(scaled(200'000), [](auto n) { return "<a href=//h" + n + ".example.org/>x</a>"; });
     }},
    {"metas",
     [] {
         return numbered(scaled(200'000),
                         [](auto n) { return "<meta property=og:image content=" + n + ">"; });
     }},
    {"scripts",
     [] {
         return repeated(scaled(100'000), "<script type=application/ld+json>{\"@type\":\"Thing\"}</script>");
     }},
    {"references",
     [] {
         return numbered(scaled(50'000), [](auto n) {
             return "<div id=i" + n + " itemscope itemref='i" + n + " i0 i1 i2'></div>";
         });
     }},
    {"attributes",
     [] { return "<p " + numbered(scaled(500'000), [](auto n) { return "a" + n + "=1 "; }) + ">x"; }},
    {"elements_with_attributes", [] { return repeated(scaled(300'000), "<p class='a b c' id=d>x"); }},
    {"comments", [] { return repeated(scaled(500'000), "<!-- x -->"); }},
    {"unknown_tags", [] { return numbered(scaled(300'000), [](auto n) { return "<x" + n + ">y"; }); }},
};

hostile const long_ones[] = {
    {"word", [] { return "<p>" + std::string(scaled(16 * million), 'x'); }},
    {"spaces", [] { return "<p>" + std::string(scaled(16 * million), ' ') + "x"; }},
    {"attribute", [] { return "<p class='" + repeated(scaled(8 * million), "a ") + "'>x"; }},
    {"style", [] { return "<p style='" + repeated(scaled(8 * million), "a:") + "'>x"; }},
    {"reference", [] { return "<a href='" + std::string(scaled(8 * million), 'x') + "'>x</a>"; }},
    {"srcset", [] { return "<img srcset='" + repeated(scaled(4 * million), "a 1x,") + "'>"; }},
    {"code", [] { return "<pre>" + repeated(scaled(4 * million), "``` ") + "</pre>"; }},
    {"marks", [] { return "<p>" + repeated(scaled(4 * million), "*_[`"); }},
    {"entities", [] { return "<p>" + repeated(scaled(2 * million), "&amp;"); }},
    {"json_ld",
     [] { return "<script type=application/ld+json>" + repeated(scaled(4 * million), "[") + "</script>"; }},
    {"open_tag", [] { return "<p " + std::string(scaled(16 * million), 'x'); }},
    {"open_comment", [] { return "<!--" + repeated(scaled(4 * million), "--!") + "x"; }},
    {"nul", [] { return "<p>" + std::string(scaled(16 * million), '\0'); }},
};

class HostileDocument : public testing::TestWithParam<hostile> {
  protected:
    static void SetUpTestSuite() {
        // What they cost, not how fast the machine is: under a sanitizer some take half a minute.
        service_ = std::make_unique<fetchd_process>(
            faulty("[fetch]\ntotal_timeout = \"95s\"\n[workers]\ncount = 2\ntask_timeout = \"90s\"\n"));
    }
    static void TearDownTestSuite() { service_.reset(); }

    static std::unique_ptr<fetchd_process> service_;
};
std::unique_ptr<fetchd_process> HostileDocument::service_;

TEST_P(HostileDocument, EndsWithinItsLimits) {
    static constexpr std::string_view outputs[] = {"markdown", "text", "links", "metadata",
                                                   "main",     "html", "table", "hash"};
    auto const page = GetParam().page();
    auto const expect_end = [&](std::string const& output) {
        auto const got = process(*service_, output, page);
        auto const outcome = got.outcome();
        EXPECT_TRUE(outcome == "ok" || outcome == "process.too_large" ||
                    outcome == "process.output_too_large")
            << output << ": " << outcome << " after " << got["/timings_us/process"] << " us";
        return outcome;
    };

    std::string all;
    for (auto const output : outputs)
        all.append(all.empty() ? "" : ",").append(output);
    if (expect_end(all) == "process.output_too_large")  // of the first, maybe: the others have not been tried
        for (auto const output : outputs)
            expect_end(std::string(output));
    EXPECT_EQ(metric(*service_, "fetchd_workers_crashed_total"), 0);
}

auto const name_of = [](auto const& info) { return std::string(info.param.name); };
INSTANTIATE_TEST_SUITE_P(Deep, HostileDocument, testing::ValuesIn(deep), name_of);
INSTANTIATE_TEST_SUITE_P(Nested, HostileDocument, testing::ValuesIn(nested), name_of);
INSTANTIATE_TEST_SUITE_P(Wide, HostileDocument, testing::ValuesIn(wide), name_of);
INSTANTIATE_TEST_SUITE_P(Long, HostileDocument, testing::ValuesIn(long_ones), name_of);

}  // namespace
}  // namespace fetchd::test
