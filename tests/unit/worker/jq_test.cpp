#include <gtest/gtest.h>

#include <cstdlib>

#include "worker/tasks/jq_filter.hpp"
#include "worker/tasks/registry.hpp"

namespace fetchd::tasks {
namespace {

std::string words(failure const& f) {
    return std::string(name(f.what)) + ": " + f.detail;
}

std::string jq(std::string_view filter, std::string_view text, bool slurp = false,
               jq_limits const& limits = {}) {
    auto program = jq_program::compile(filter);
    if (!program)
        return words(program.error());
    std::string out;
    auto const done = program->run(text, slurp, limits, out);
    return done ? out : words(done.error());
}

TEST(Jq, AllResultsAreOneArray) {
    EXPECT_EQ(jq(".", R"({"b":1,"a":[true,false,null,"x"]})"), R"([{"b":1,"a":[true,false,null,"x"]}])");
    EXPECT_EQ(jq(".[]", "[1,2,3]"), "[1,2,3]");
    EXPECT_EQ(jq("empty", "1"), "[]");
    EXPECT_EQ(
        jq(".items[] | {t: .title, n: (.tags | length)}", R"({"items":[{"title":"a\"b","tags":[1,2]}]})"),
        R"([{"t":"a\"b","n":2}])");
}

TEST(Jq, EveryTextOfTheBodyGoesThroughTheFilter) {
    EXPECT_EQ(jq(".a", "{\"a\":1}\n{\"a\":2}\n\n{\"a\":3}"), "[1,2,3]");
    EXPECT_EQ(jq("[., input]", "1 2 3 4"), "[[1,2],[3,4]]");
    EXPECT_EQ(jq("[., inputs]", "1 2 3"), "[[1,2,3]]");
    EXPECT_EQ(jq("map(.a) | add", "{\"a\":1}\n{\"a\":2}", true), "[3]");
    EXPECT_EQ(jq(".", "", false), "[]");
    EXPECT_EQ(jq(".", "", true), "[[]]");
    EXPECT_EQ(jq("halt", "1 2"), "[]");
    EXPECT_EQ(jq("., (if . == 2 then halt else empty end)", "1 2 3"), "[1,2]");
}

TEST(Jq, NumbersAreDoubles) {
    EXPECT_EQ(jq(".", "[1, 1.5, 1e3, 100000, -0.1, 1e-7, 123456789012, 1e17, 1e300]"),
              "[[1,1.5,1000,100000,-0.1,1e-07,123456789012,1e+17,1e+300]]");
    EXPECT_EQ(jq(".", "9007199254740993"), "[9007199254740992]");
    EXPECT_EQ(jq("[infinite, -infinite, nan]", "0"),
              "[[1.7976931348623157e+308,-1.7976931348623157e+308,null]]");
}

TEST(Jq, FiltersThatDoNotCompileNameTheLine) {
    EXPECT_EQ(jq(".a b", "1"),
              "bad_option: jq.filter: line 1: syntax error, unexpected IDENT, expecting $end");
    EXPECT_EQ(jq(".\n| $y", "1"), "bad_option: jq.filter: line 2: $y is not defined");
    EXPECT_EQ(jq("foo(1)", "1"), "bad_option: jq.filter: line 1: foo/1 is not defined");
    EXPECT_EQ(jq(std::string_view("1\0", 2), "1"), "bad_option: jq.filter: a filter holds no NUL");
}

TEST(Jq, FiltersOfNothingGiveTheDocument) {
    EXPECT_EQ(jq("", "1"), "[1]");
    EXPECT_EQ(jq(" # only a comment", "1"), "[1]");
    EXPECT_EQ(jq("def f: 1;", "2"), "[2]");
    EXPECT_EQ(jq("# comment\n. + 1 # more", "2"), "[3]");
}

TEST(Jq, NoModules) {
    auto const refused = "bad_option: jq.filter: modules are not available";
    EXPECT_EQ(jq("import \"a\" as a; 1", "1"), refused);
    EXPECT_EQ(jq("# c\n \n#d\n include \"a\"; 1", "1"), refused);
    EXPECT_EQ(jq("module {}; 1", "1"), refused);
    EXPECT_TRUE(
        jq("def f: 1; import \"a\" as a; 1", "1").starts_with("bad_option: jq.filter: line 1: syntax"));
    EXPECT_EQ(jq(".import, \"import\", .include", R"({"import":1,"include":2})"), "[1,\"import\",2]");
    EXPECT_EQ(jq("\"a\" | modulemeta", "1"), "failed: jq.filter: modules are not available");
}

TEST(Jq, NothingOfTheProcessShows) {
    ::setenv("FETCHD_SECRET", "x", 1);
    EXPECT_EQ(jq("env, ($ENV | has(\"FETCHD_SECRET\"), has(\"HOME\"))", "1"), "[{},false,false]");
    EXPECT_STREQ(std::getenv("FETCHD_SECRET"), "x");
    ::unsetenv("FETCHD_SECRET");
    EXPECT_EQ(jq("now", "1"), "failed: jq.filter: now is not available: a filter sees the document alone");
    EXPECT_EQ(jq("[stderr, debug, input_filename, input_line_number, get_search_list]", "1"),
              "[[1,1,null,0,[]]]");
    EXPECT_EQ(jq("$__loc__", "1"), R"([{"file":"<top-level>","line":1}])");
    EXPECT_EQ(jq("0 | localtime | mktime, strflocaltime(\"%H %Z\")", "1"), "[0,\"00 UTC\"]");
}

TEST(Jq, TimesAbortNothing) {
    EXPECT_EQ(jq("todate", "1425599621"), "[\"2015-03-05T23:53:41Z\"]");
    EXPECT_EQ(jq("strftime(\"%Y\")", "1425599621"), "[\"2015\"]");
    EXPECT_EQ(jq("gmtime | strftime(\"%H\")", "1425599621.5"), "[\"23\"]");
    EXPECT_EQ(jq("fromdate", "\"2015-03-05T23:51:47Z\""), "[1425599507]");
    EXPECT_EQ(jq("strftime(1)", "1"), "failed: jq.filter: strftime wants a text");
    for (auto const* filter : {"todate", "strftime(\"%Y\")", "strflocaltime(\"%Y\")", "todateiso8601"})
        for (auto const* input : {"1e300", "\"a\"", "[1]", "[1e300,1e300,1e300,1e300,1e300,1e300]", "null",
                                  "[\"a\",\"b\",1,1,1,1]"})
            EXPECT_TRUE(jq(filter, input).starts_with("failed: jq.filter: ")) << filter << input;
}

TEST(Jq, ErrorsOfTheFilterFailIt) {
    EXPECT_EQ(jq(".a.b", R"({"a":1})"), "failed: jq.filter: Cannot index number with string \"b\"");
    EXPECT_EQ(jq("error({a: 1})", "1"), R"(failed: jq.filter: {"a":1})");
    EXPECT_EQ(jq("\"stop\" | halt_error", "1"), "failed: jq.filter: halted: stop");
    EXPECT_EQ(jq("[.[] | try error catch .]", "[1,2]"), "[[1,2]]");
    EXPECT_TRUE(jq("error(\"x\" * 10000)", "1").size() < 600);
}

TEST(Jq, TextThatIsNoJsonSaysWhere) {
    EXPECT_TRUE(jq(".", "{\"a\":}").starts_with("bad_document: JSON: ")) << jq(".", "{\"a\":}");
    EXPECT_NE(jq(".", "1\n2\n{x").find("line 3"), std::string::npos) << jq(".", "1\n2\n{x");
    EXPECT_TRUE(jq("[inputs]", "1 {").starts_with("bad_document: ")) << jq("[inputs]", "1 {");
    EXPECT_TRUE(jq("try input catch 1", "1 {x").starts_with("bad_document: "));
    EXPECT_TRUE(jq("length", "1 {x", true).starts_with("bad_document: "));
    EXPECT_TRUE(jq(".", std::string(1'000'000, '[')).starts_with("bad_document: "));
}

TEST(Jq, OutputIsLimitedWhileItIsMade) {
    jq_limits hundred;
    hundred.output = 100;
    auto const text = "\"" + std::string(98, 'x') + "\"";
    EXPECT_EQ(jq(".", text, false, hundred), "[" + text + "]");
    EXPECT_EQ(jq(".", "\"" + std::string(99, 'x') + "\"", false, hundred),
              "output_too_large: more than 100 bytes");
    EXPECT_EQ(jq("repeat(1)", "1", false, hundred), "output_too_large: more than 100 bytes");
    EXPECT_EQ(jq("[limit(1000; repeat([]))]", "1", false, hundred), "output_too_large: more than 100 bytes");
}

TEST(Jq, DepthOfResultsIsLimited) {
    auto const nested = [](int n) { return "reduce range(" + std::to_string(n) + ") as $i (1; [.])"; };
    EXPECT_EQ(jq(nested(60), "1"), "[" + std::string(60, '[') + "1" + std::string(60, ']') + "]");
    EXPECT_EQ(jq(nested(61), "1"), "too_large: a result nested more than 60 deep");
    EXPECT_EQ(jq("reduce range(61) as $i (1; {a:.})", "1"), "too_large: a result nested more than 60 deep");
}

TEST(Jq, AProgramRunsAgain) {
    auto program = jq_program::compile("if . == 3 then halt elif . == 4 then error(.) else [.] end");
    ASSERT_TRUE(program.has_value());
    jq_limits three;
    three.output = 3;
    for (auto const& [text, wanted] : {std::pair{"1", "[[1]]"},
                                       {"3 1", "[]"},
                                       {"4", "failed"},
                                       {"1 {", "failed"},
                                       {"1 1", "failed"},
                                       {"2", "[[2]]"}}) {
        std::string out;
        auto const done = program->run(text, false, three, out);
        EXPECT_EQ(done ? out : "failed", wanted) << text;
    }
}

TEST(Jq, TheTaskReadsJsonWhateverItIsSentAs) {
    for (auto const* type :
         {"application/json", "application/x-ndjson", "text/html", "text/plain", "image/png", ""}) {
        request want;
        want.names = {"jq"};
        want.content_type = type;
        want.settings = {{"jq", "filter", ".a"}};
        auto const done = perform(standard(), want, "{\"a\":\"\u00e9\"}");
        ASSERT_TRUE(done.has_value()) << type << ": " << done.error().message();
        EXPECT_EQ(done->output, "{\"jq\":[\"\u00e9\"]}");
    }
}

TEST(Jq, TheCheckRefusesWithoutCompiling) {
    auto const* task = find(standard(), "jq");
    ASSERT_NE(task, nullptr);
    std::vector<setting> const modules = {{"jq", "filter", "include \"x\"; ."}};
    auto const refused = task->check({task->name, task->options, modules});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(words(refused.error()), "bad_option: jq.filter: modules are not available");
    EXPECT_TRUE(task->check({task->name, task->options, {}}).has_value());
}

}  // namespace
}  // namespace fetchd::tasks
