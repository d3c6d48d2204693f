// fetchctl: what the request to the origin says, in curl's words.
#include <gmock/gmock.h>

#include "unit/client/run_fetchctl.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchctl_test {
namespace {

using testing::HasSubstr;

class FetchctlRequest : public testing::Test {
  protected:
    // What the service is asked after the URL and the outputs; or the error.
    std::string asked(std::vector<std::string> arguments, std::string const& input = {}) {
        arguments.insert(arguments.begin(), {"--server", service.url(), "get"});
        arguments.emplace_back("http://a/");
        auto const before = service.seen().size();
        run_options options;
        options.input = input;
        auto const r = run_fetchctl(arguments, options);
        if (service.seen().size() == before)
            return std::to_string(r.code) + ": " + r.err;
        constexpr std::string_view start = R"({"url":"http://a/")";
        auto const body = service.seen().back().body;
        return body.starts_with(start) ? body.substr(start.size()) : body;
    }

    scripted_service service{
        [](request const& r) { return reply(200, "application/json", page(asked_url(r), "")); }};
    scratch_folder folder;
};

TEST_F(FetchctlRequest, SaysTheWayAndItsLimits) {
    EXPECT_EQ(
        asked({"-x", "socks5://u:p@h", "--session", "s", "--retry", "0", "--connect-timeout", "0.25",
               "--speed-limit", "9"}),
        R"(,"retries":0,"min_speed":9,"connect_timeout_ms":250,"proxy":"socks5://u:p@h","session":"s"})");
    EXPECT_EQ(asked({"--proxy", "http://h", "-Y", "0"}), R"(,"min_speed":0,"proxy":"http://h"})");
    EXPECT_THAT(asked({"--retry", "11"}), HasSubstr("--retry"));
}

TEST_F(FetchctlRequest, SaysTheOptionsOfOutputs) {
    EXPECT_EQ(asked({"--output", "markdown,select", "--option", "markdown.links=drop", "--option",
                     "select.fields={\"title\":\"h1\"}", "--option", "markdown.main=true"}),
              R"(,"output":["markdown","select"],)"
              R"("options":{"markdown":{"links":"drop","main":"true"},"select":{"fields":{"title":"h1"}}}})");
    for (auto const* bad : {"markdown", "links=drop", ".links=drop", "markdown.=drop", "markdown=a.b"})
        EXPECT_THAT(asked({"--option", bad}), HasSubstr("want it as markdown.links=drop")) << bad;
}

TEST_F(FetchctlRequest, SaysTheMethod) {
    EXPECT_EQ(asked({"-X", "DELETE"}), R"(,"method":"DELETE"})");
    EXPECT_EQ(asked({"--request", "HEAD"}), R"(,"method":"HEAD"})");
}

// "a=1&b" is YT0xJmI=.
TEST_F(FetchctlRequest, SendsDataAsAFormWithPost) {
    constexpr auto form =
        R"(,"method":"POST","headers":{"Content-Type":"application/x-www-form-urlencoded"},)"
        R"("body_base64":"YT0xJmI="})";
    EXPECT_EQ(asked({"-d", "a=1&b"}), form);
    EXPECT_EQ(asked({"--data", "a=1", "-d", "b"}), form);
    EXPECT_EQ(asked({"--data-binary", "a=1", "--data-binary", "b"}), form);
    EXPECT_EQ(asked({"-X", "PUT", "-H", "content-type: text/x", "-d", "a=1&b"}),
              R"(,"method":"PUT","headers":{"content-type":"text/x"},"body_base64":"YT0xJmI="})");
    EXPECT_THAT(asked({"-d", ""}), HasSubstr(R"("body_base64":"")"));
}

// "a\r\nb\0" is YQ0KYgA=, "ab" is YWI=.
TEST_F(FetchctlRequest, SendsFilesWithAndWithoutTheirLineEnds) {
    std::string const bytes("a\r\nb\0", 5);
    folder.write("data", bytes);
    EXPECT_THAT(asked({"--data-binary", "@" + folder.path("data")}),
                HasSubstr(R"("body_base64":"YQ0KYgA=")"));
    EXPECT_THAT(asked({"-d", "@" + folder.path("data")}), HasSubstr(R"("body_base64":"YWI=")"));
    EXPECT_THAT(asked({"--data-binary", "@-"}, bytes), HasSubstr(R"("body_base64":"YQ0KYgA=")"));
    EXPECT_THAT(asked({"-d", "@" + folder.path("missing")}), testing::StartsWith("2: "));
}

TEST_F(FetchctlRequest, HasNoMethodAndNoDataWhereTheAnswerIsRaw) {
    for (auto const* option : {"-X", "-d", "--data-binary"})
        EXPECT_THAT(asked({"--raw", option, "GET"}), testing::StartsWith("2: "));
    EXPECT_THAT(asked({"-d", "x", "--data-binary", "y"}), testing::StartsWith("2: "));
}

}  // namespace
}  // namespace fetchctl_test
