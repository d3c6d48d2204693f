// The task select: from the option `fields` and a page to JSON.
#include <gtest/gtest.h>

#include "worker/tasks/registry.hpp"
#include "worker/tasks/select_fields.hpp"
#include "worker/tasks/select_number.hpp"

namespace fetchd::tasks {
namespace {

std::string selected(std::string fields, std::string_view page, std::size_t max_output = 1U << 20U) {
    request r;
    r.names = {"select"};
    r.json = false;
    r.content_type = "text/html; charset=utf-8";
    r.base_url = "http://example.org/dir/page";
    r.settings = {{"select", "fields", std::move(fields)}};
    r.max_output = max_output;
    auto const done = perform(standard(), r, page);
    if (done)
        return done->output;
    return std::string(name(done.error().what)) + ": " + done.error().detail;
}

// What is wrong with the fields, without the words every message begins with.
std::string problem(std::string_view fields) {
    auto const read = select::read_fields(fields);
    if (read)
        return "";
    EXPECT_EQ(read.error().where, stage::process);
    EXPECT_EQ(read.error().what, code::bad_option);
    auto const detail = read.error().detail;
    return detail.starts_with("select.fields") ? detail.substr(13) : "?" + detail;
}

std::string repeated(std::string_view piece, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += piece;
    return out;
}

constexpr std::string_view shop =
    "<title>Shop</title><h1> The <b>shop</b>\n</h1><ul><li class=product><h3>One</h3><a "
    "href='/1?a&amp;b'>more</a>"
    "<p class=price>EUR 1.299,50</p></li><li class=product><h3>Two</h3><p class=price>soon</p></li>"
    "<li class=product><a href=3>m</a><p class=price>3</p></li></ul><article><h2>T</h2><p>a <em>b</em> "
    "<a href=x>c</a></p></article>";

TEST(Select, TakesTheTextOfTheFirstMatchByDefault) {
    EXPECT_EQ(selected(R"({"title":"h1","price":{"css":".price"},"none":"h4"})", shop),
              R"({"title":"The shop","price":"EUR 1.299,50","none":null})");
}

TEST(Select, KeepsTheOrderOfTheFields) {
    EXPECT_EQ(selected(R"({"z":"h2","a":"h1","é \"":"h3"})", shop),
              R"({"z":"T","a":"The shop","é \"":"One"})");
}

TEST(Select, ListsAllMatches) {
    EXPECT_EQ(selected(R"({"a":{"css":"h3","all":true},"b":{"css":"h4","all":true},
                           "c":{"css":".price","all":true,"limit":2}})",
                       shop),
              R"({"a":["One","Two"],"b":[],"c":["EUR 1.299,50","soon"]})");
}

TEST(Select, TakesWhatIsAskedForOfAMatch) {
    std::string_view const page =
        "<div id=d data-X=' 1 '>a&amp;\u00A0b<br><script>s()</script><p hidden>h <i>i</i></p><!--c--></div>"
        "<pre> x\n y</pre><img src=a.png srcset='b.png 2x' alt='A'><object data=o></object><div "
        "data=o></div>";
    EXPECT_EQ(selected(R"({"t":{"css":"#d","get":"text"},"r":{"css":"#d","get":"raw_text"},
                           "h":{"css":"#d","get":"html"},"i":{"css":"#d","get":"inner_html"},
                           "p":{"css":"pre","get":"raw_text"}, "s":"script"})",
                       page),
              "{\"t\":\"a&\u00A0b h i\",\"r\":\"a&\u00A0bs()h i\","
              "\"h\":\"<div id=\\\"d\\\" data-x=\\\" 1 \\\">a&amp;&nbsp;b<br><script>s()</script>"
              "<p hidden=\\\"\\\">h <i>i</i></p></div>\","
              "\"i\":\"a&amp;&nbsp;b<br><script>s()</script><p hidden=\\\"\\\">h <i>i</i></p>\","
              "\"p\":\" x\\n y\",\"s\":\"s()\"}");
    EXPECT_EQ(selected(R"({"a":{"css":"img","get":"attr:src"},"b":{"css":"img","get":"attr_raw:SRC"},
                           "c":{"css":"img","get":"attr:alt"},"d":{"css":"#d","get":"attr:data-x"},
                           "e":{"css":"[data]","get":"attr:data","all":true},"f":{"css":"#d","get":"attr:no"}})",
                       page),
              R"({"a":"http://example.org/dir/a.png","b":"a.png","c":"A","d":" 1 ",)"
              R"("e":["http://example.org/dir/o","o"],"f":null})");
    EXPECT_EQ(selected(R"({"m":{"css":"article","get":"markdown"}})", shop),
              R"({"m":"## T\n\na *b* [c](http://example.org/dir/x)\n"})");
    EXPECT_EQ(selected(R"({"a":{"css":"h1","get":"exists"},"b":{"css":"h5","get":"exists"}})", shop),
              R"({"a":true,"b":false})");
}

TEST(Select, TakesTheFirstMatchThatHasTheValue) {
    EXPECT_EQ(selected(R"({"u":{"css":"li *","get":"attr:href"},"n":{"css":"li *","get":"number"},
                           "all":{"css":"li a, li p","get":"attr:href","all":true}})",
                       shop),
              R"({"u":"http://example.org/1?a&b","n":1299.50,)"
              R"("all":["http://example.org/1?a&b","http://example.org/dir/3"]})");
}

TEST(Select, MakesRecordsOfLists) {
    EXPECT_EQ(
        selected(R"({"items":{"css":"li.product","all":true,"fields":{"name":"h3","url":{"css":"a",
                     "get":"attr:href"},"price":{"css":".price","get":"number","default":0}}}})",
                 shop),
        R"({"items":[{"name":"One","url":"http://example.org/1?a&b","price":1299.50},)"
        R"({"name":"Two","url":null,"price":0},{"name":null,"url":"http://example.org/dir/3","price":3}]})");
    EXPECT_EQ(
        selected(R"({"first":{"css":"li","fields":{"n":"h3"}},"none":{"css":"dl","fields":{"n":"dt"}}})",
                 shop),
        R"({"first":{"n":"One"},"none":null})");
}

TEST(Select, SelectorsOfARecordStartFromItsElement) {
    std::string_view const page =
        "<div class=s><p class=a id=1>x<b>1</b></p><p class=m>for 1</p><p class=a "
        "id=2><i><b>2</b></i></p></div>";
    EXPECT_EQ(
        selected(R"({"r":{"css":".a","all":true,"fields":{"id":{"get":"attr:id"},"own":{"css":":scope > b"},
                           "own2":"> b","any":"b","next":"+ .m","outer":".s b","me":{"css":":scope","get":"attr:id"},
                           "up":{"css":".s","get":"exists"}}}})",
                 page),
        R"({"r":[{"id":"1","own":"1","own2":"1","any":"1","next":"for 1","outer":"1","me":"1","up":false},)"
        R"({"id":"2","own":null,"own2":null,"any":"2","next":null,"outer":"2","me":"2","up":false}]})");
}

TEST(Select, LeavesOutRecordsWithoutWhatIsRequired) {
    EXPECT_EQ(selected(R"({"items":{"css":"li","all":true,"fields":{"name":{"css":"h3","required":true},
                           "u":{"css":"a","get":"attr:href","required":true}}}})",
                       shop),
              R"({"items":[{"name":"One","u":"http://example.org/1?a&b"}]})");
    EXPECT_EQ(
        selected(R"({"i":{"css":"li","all":true,"limit":1,"fields":{"n":"h3","p":{"css":"h3:contains('Two') ",
                           "required":true
}
}
}
})",
                 shop),
        R"({"i":[{"n":"Two","p":"Two"}]})");
    EXPECT_EQ(selected(R"({"a":"h1","b":{"css":"h4","required":true}})", shop), "null");
    EXPECT_EQ(selected(R"({"a":"h1","b":{"css":"h4","all":true,"required":true}})", shop), "null");
    EXPECT_EQ(selected(R"({"one":{"css":"li","fields":{"n":{"css":"h3:contains('Two') ","required":true
    }
    }
    }
    })",
                       shop),
              R"({"one":{"n":"Two"}})");
    EXPECT_EQ(
        selected(R"({"one":{"css":"li","default":"-","fields":{"n":{"css":"h4","required":true}}}})", shop),
        R"({"one":"-"})");
}

TEST(Select, TakesWhatXPathFindsOrGives) {
    EXPECT_EQ(
        selected(R"x({"t":{"xpath":"//h1"},"all":{"xpath":"//li/h3","all":true},"n":{"xpath":"count(//li)"},
                            "s":{"xpath":"concat(' ', //h2, ' ! ')"},"raw":{"xpath":"' a '","get":"raw_text"},
                            "b":{"xpath":"//li = 'x'"},"nan":{"xpath":"number(//h1)"},
                            "half":{"xpath":"1 div 2"},"list":{"xpath":"1","all":true}})x",
                 shop),
        R"({"t":"The shop","all":["One","Two"],"n":3,"s":"T !","raw":" a ","b":false,"nan":null,)"
        R"("half":0.5,"list":[1]})");
    EXPECT_EQ(
        selected(R"x({"a":{"xpath":"//a/@href","all":true},"abs":{"xpath":"//a/@href","get":"attr:href"},
                            "abs2":{"xpath":"//a","get":"attr:href"},"text":{"xpath":"//li[1]/p/text()"},
                            "num":{"xpath":"//li[1]/p/text()","get":"number"},"n2":{"xpath":"'no 5'","get":"number"},
                            "html":{"xpath":"//h1/b","get":"html"},"th":{"xpath":"//h1/text()","get":"html"},
                            "ah":{"xpath":"//@href","get":"html"},"n3":{"xpath":"//@href","get":"number"},
                            "ra":{"xpath":"//@href","get":"raw_text"},"m":{"xpath":"//article/h2","get":"markdown"}})x",
                 shop),
        R"({"a":["/1?a&b","3","x"],"abs":"http://example.org/1?a&b","abs2":"http://example.org/1?a&b",)"
        R"("text":"EUR 1.299,50","num":1299.50,"n2":5,"html":"<b>shop</b>","th":" The ","ah":null,"n3":1,)"
        R"("ra":"/1?a&b","m":"## T\n"})");
    EXPECT_EQ(
        selected(R"x({"e":{"xpath":"//h1","get":"exists"},"e2":{"xpath":"//h9","get":"exists"},
                            "e3":{"xpath":"1 = 2","get":"exists"},"r":{"xpath":"//li","all":true,"fields":{
                            "n":{"xpath":"h3"},"p":"p","up":{"xpath":"count(..//li)"},"r":{"xpath":"/html/head/title"}}},
                            "c":{"css":"li","limit":1,"all":true,"fields":{"n":{"xpath":"string(.//h3)"}}}})x",
                 shop),
        R"({"e":true,"e2":false,"e3":false,"r":[{"n":"One","p":"EUR 1.299,50","up":3,"r":"Shop"},)"
        R"({"n":"Two","p":"soon","up":3,"r":"Shop"},{"n":null,"p":"3","up":3,"r":"Shop"}],"c":[{"n":"One"}]})");
}

TEST(Select, WithoutASelectorTakesTheDocument) {
    EXPECT_EQ(selected(R"({"all":{"get":"text"},"h":{"get":"html"},"r":{"fields":{"t":"title"}}})",
                       "<!doctype html><title>t</title>a"),
              R"({"all":"t a","h":"<!DOCTYPE html><html><head><title>t</title></head><body>a</body></html>",)"
              R"("r":{"t":"t"}})");
}

TEST(Select, WritesHtmlThatReadsAsTheSame) {
    std::string_view const page =
        "<div><svg viewBox='0 0'><a "
        "href=x></a></svg><textarea>\n&lt;</textarea><noscript><b>n</b></noscript>"
        "<style>a > b</style><input value='&quot;<'></div>";
    EXPECT_EQ(selected(R"({"h":{"css":"div","get":"html"}})", page),
              R"({"h":"<div><svg viewBox=\"0 0\"><a href=\"x\"></a></svg><textarea>&lt;</textarea>)"
              R"(<noscript><b>n</b></noscript><style>a > b</style><input value=\"&quot;<\"></div>"})");
}

TEST(Select, ReadsNumbersAsPeopleWriteThem) {
    struct row {
        std::string_view text;
        std::string_view number;
    };
    for (auto const& r : std::initializer_list<row>{{"5", "5"},
                                                    {"$1,299.99 each", "1299.99"},
                                                    {"1.299,00 \u20AC", "1299.00"},
                                                    {"1 299,5 kr", "1299.5"},
                                                    {"1\u00A0299\u202F000", "1299000"},
                                                    {"CHF 1'299.\u2014", "1299"},
                                                    {"1,00,000 rupees", "100000"},
                                                    {"1.299", "1299"},
                                                    {"0.125", "0.125"},
                                                    {"12,5", "12.5"},
                                                    {"1234.567", "1234.567"},
                                                    {"4.5 of 5", "4.5"},
                                                    {"(-3)", "-3"},
                                                    {"\u22127,5", "-7.5"},
                                                    {"A-4", "4"},
                                                    {"10-20", "10"},
                                                    {"007", "7"},
                                                    {"0", "0"},
                                                    {"000", "0"},
                                                    {"1, 2", "1"},
                                                    {"1.2.3", "1.2"},
                                                    {"7.", "7"},
                                                    {"none", ""},
                                                    {"", ""}})
        EXPECT_EQ(select::first_number(r.text).value_or(""), r.number) << r.text;
    EXPECT_EQ(select::first_number(std::string(40, '9')), std::string(40, '9'));
    EXPECT_EQ(select::first_number(std::string(41, '9')), std::nullopt);
}

TEST(Select, SaysWhereTheFieldsAreWrong) {
    EXPECT_EQ(problem(""), ": position 1: expected JSON (incomplete JSON)");
    EXPECT_EQ(problem("{\"a\": h1}"), ": position 7: expected JSON (syntax error)");
    EXPECT_EQ(problem("{\"a\":\"b\"} x"), ": position 11: expected JSON (extra data)");
    EXPECT_EQ(problem("[]"), ": expected an object of names and selectors");
    EXPECT_EQ(problem("{}"), ": expected an object of names and selectors");
    EXPECT_EQ(problem(R"({"price":"price."})"), ".price: position 7: expected a name after '.'");
    EXPECT_EQ(problem(R"({"a b":"."})"), ".\"a b\": position 2: expected a name after '.'");
    EXPECT_EQ(problem(R"({"r":{"css":"li","fields":{"x":{"css":"a >"}}}})"),
              ".r.fields.x: position 4: expected a selector");
    EXPECT_EQ(problem(R"({"a":"> b"})"), ".a: position 1: expected a selector");
    EXPECT_EQ(problem(R"({"a":5})"), ".a: expected a selector or an object with \"css\" or \"xpath\"");
    EXPECT_EQ(problem(R"({"a":{"css":5}})"), ".a.css: expected a selector");
    EXPECT_EQ(problem(R"({"a":{"get":["text"]}})"), ".a.get: expected a text");
    EXPECT_EQ(problem(R"({"a":{"get":"txt"}})"),
              ".a.get: expected text, raw_text, html, inner_html, markdown, number, exists, attr:NAME or "
              "attr_raw:NAME");
    EXPECT_EQ(problem(R"({"a":{"get":"attr:"}})"), ".a.get: expected the name of an attribute after 'attr:'");
    EXPECT_EQ(problem(R"({"a":{"csss":"x"}})"),
              ".a: expected css, xpath, get, all, limit, fields, default or required, not \"csss\"");
    EXPECT_EQ(problem(R"({"a":{"css":"x","all":1}})"), ".a.all: expected true or false");
    EXPECT_EQ(problem(R"({"a":{"css":"x","limit":5}})"), ".a: expected \"all\": true beside \"limit\"");
    EXPECT_EQ(problem(R"({"a":{"css":"x","all":true,"limit":0}})"),
              ".a.limit: expected a whole number, 1 to 10000");
    EXPECT_EQ(problem(R"({"a":{"css":"x","default":[]}})"),
              ".a.default: expected a text, a number, true, false or null");
    EXPECT_EQ(problem(R"({"a":{"css":"x","default":1,"all":true}})"),
              ".a: expected no \"default\" for a list, which is empty where nothing is found");
    EXPECT_EQ(problem(R"({"a":{"get":"text","fields":{"b":"c"}}})"),
              ".a: expected \"get\" or \"fields\", not both");
    EXPECT_EQ(problem(R"({"a":{"css":"x","get":"exists","all":true}})"),
              ".a: expected \"get\": \"exists\" without \"all\", \"default\" or \"required\"");
    EXPECT_EQ(problem(R"x({"a":{"css":"x","xpath":"//x"}})x"), ".a: expected \"css\" or \"xpath\", not both");
    EXPECT_EQ(problem(R"x({"a":{"xpath":"//x["}})x"), ".a: position 5: expected an expression");
    EXPECT_EQ(problem(R"x({"a":{"xpath":5}})x"), ".a.xpath: expected an XPath expression");
    EXPECT_EQ(problem(R"x({"a":{"xpath":"count(//x)","get":"html"}})x"),
              ".a: expected an expression that gives nodes, or \"get\" text, raw_text, number or exists");
    EXPECT_EQ(problem(R"({"":"a"})"), ": expected names of 1 to 200 bytes");
}

TEST(Select, LimitsTheFields) {
    auto fields = [](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i)
            out += (out.empty() ? "{\"f" : ",\"f") + std::to_string(i) + "\":\"a\"";
        return out + "}";
    };
    EXPECT_EQ(problem(fields(select::max_fields)), "");
    EXPECT_EQ(problem(fields(select::max_fields + 1)), ".f256: expected at most 256 fields in all");
    auto nested = [](std::size_t levels) {
        return repeated(R"({"a":{"css":"b","fields":)", levels - 1) + R"({"a":"b"})" +
               repeated("}}", levels - 1);
    };
    EXPECT_EQ(problem(nested(select::max_levels)), "");
    EXPECT_EQ(problem(nested(select::max_levels + 1)),
              ".a.fields.a.fields.a.fields.a.fields.a.fields: expected at most 5 levels of records");
    EXPECT_EQ(problem(repeated("[", 100)), ": position 13: expected JSON (too deep)");
    EXPECT_EQ(problem("{\"" + std::string(select::max_name_bytes, 'n') + "\":\"a\"}"), "");
    EXPECT_EQ(problem("{\"" + std::string(select::max_name_bytes + 1, 'n') + "\":\"a\"}"),
              ": expected names of 1 to 200 bytes");
}

TEST(Select, LimitsTheMatchesOfAList) {
    auto const most = repeated("<i></i>", select::max_matches);
    auto const all = R"({"a":{"css":"i","all":true,"get":"attr:x"}})";
    EXPECT_EQ(selected(all, most), R"({"a":[]})");
    EXPECT_EQ(selected(all, most + "<i>"),
              "too_large: select.fields.a: more than 10000 matches; set \"limit\", or select more narrowly");
    EXPECT_EQ(selected(R"({"a":{"css":"i","all":true,"limit":2}})", most + "<i>"), R"({"a":["",""]})");
}

TEST(Select, StopsWhereThereIsNoMoreRoom) {
    auto const page = repeated("<div>" + std::string(500, 'x'), 300);
    for (std::string_view get : {"text", "raw_text", "html", "inner_html", "markdown"})
        EXPECT_EQ(
            selected(R"({"a":{"css":"div","all":true,"get":")" + std::string(get) + "\"}}", page, 100'000),
            "output_too_large: more than 100000 bytes")
            << get;
    EXPECT_EQ(selected(R"({"a":"i"})", "<i>x", 9), R"({"a":"x"})");
    EXPECT_EQ(selected(R"({"a":"i"})", "<i>x", 8), "output_too_large: more than 8 bytes");
}

TEST(Select, EndsWhatCostsTooMuch) {
    // Each of 800 levels has all that is below it, and none has text to run out of room with.
    auto const page = repeated("<section>", 800) + repeated("<i></i>", 30'000);
    for (std::string_view get : {"text", "markdown"}) {
        auto const fields =
            R"({"a":{"css":"section, section","all":true,"get":")" + std::string(get) +
            R"("},"b":{"css":"section","all":true,"fields":{"c":{"css":"section","all":true,)" +
            R"("get":")" + std::string(get) + "\"}}}}";
        EXPECT_EQ(selected(fields, page).substr(0, 24), "too_large: select.fields") << get;
    }
    EXPECT_EQ(selected(R"({"a":"section:has(section b i) "})", page),
              "too_large: select.fields.a: more than 10000000 steps on this document");
    EXPECT_EQ(selected(R"x({"a":{"xpath":"//section[sum(//section[. = 'a']) = 1]"}})x", page),
              "too_large: select.fields.a: more than 10000000 steps on this document");
}

TEST(Select, ReadsOnlyHtml) {
    request r;
    r.names = {"select"};
    r.json = true;
    r.content_type = "application/json";
    r.settings = {{"select", "fields", R"({"a":"b"})"}};
    auto const done = perform(standard(), r, "{}");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().what, code::unsupported_type);
}

}  // namespace
}  // namespace fetchd::tasks
