#include "api/output_choice.hpp"

#include <gmock/gmock.h>

#include "unit/api/schema_fixture.hpp"

namespace fetchd::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using type = tasks::option::type;

result<void> nothing(tasks::context&, std::string&) {
    return {};
}

result<void> wants_a_name(tasks::task_options const& options) {
    if (options.get("fields").find("name") == std::string_view::npos)
        return failure(stage::process, code::bad_option, "select.fields: there is no name");
    return {};
}

constexpr tasks::option of_markdown[] = {
    {"links", type::choice, "keep|drop", "keep", ""},
    {"main", type::flag, "", "false", ""},
    {"width", type::number, "1..9", "9", ""},
};
constexpr tasks::option of_select[] = {{"fields", type::json, "", "{}", ""}, {"as", type::text, "", "", ""}};
constexpr tasks::entry registry[] = {
    {"markdown", tasks::output_kind::text, nothing, "text/markdown", of_markdown},
    {"select", tasks::output_kind::json, nothing, "application/json", of_select, wants_a_name},
    {"text", tasks::output_kind::text, nothing},
};

class OutputChoice : public Schema {
  protected:
    schema_limits own_{settings_, phases_, registry};

    std::string query(std::string const& text) {
        out_ = {};
        return detail(read_query("url=http://a.test/&" + text, true, own_, out_));
    }
    std::string body(std::string const& members) {
        out_ = {};
        return detail(read_fetch_body(R"({"url":"http://a.test/",)" + members + "}", own_, out_));
    }
    std::string settings() {
        std::string all;
        for (auto const& s : request().output.settings)
            all += s.task + "." + s.name + "=" + s.value + " ";
        return all;
    }
};

TEST_F(OutputChoice, OptionsAreTheSameInQueryAndJson) {
    ASSERT_EQ(query("markdown.links=drop&markdown.main=true&markdown.width=3&output=markdown"), "");
    EXPECT_EQ(settings(), "markdown.links=drop markdown.main=true markdown.width=3 ");
    ASSERT_EQ(body(R"("output":"markdown","options":{"markdown":{"links":"drop","main":true,"width":3}})"),
              "");
    EXPECT_EQ(settings(), "markdown.links=drop markdown.main=true markdown.width=3 ");
}

TEST_F(OutputChoice, JsonGoesToTheWorkerAsText) {
    ASSERT_EQ(query("output=select&select.fields={\"name\":\"h1\"}"), "");
    EXPECT_EQ(settings(), "select.fields={\"name\":\"h1\"} ");
    ASSERT_EQ(body(R"("output":"select","options":{"select":{"fields":{"name": "h1"},"as":"x"}})"), "");
    EXPECT_EQ(settings(), "select.fields={\"name\":\"h1\"} select.as=x ");
    EXPECT_EQ(query("output=select&select.fields={name}"), "select.fields: want JSON");
    EXPECT_EQ(query("output=select&select.fields={\"name\":1,\"name\":2}"),
              "select.fields: \"name\" is given twice");
    EXPECT_EQ(query("output=select&select.fields=" + std::string(100, '[')), "select.fields: want JSON");
}

TEST_F(OutputChoice, NamesAndValuesAreChecked) {
    EXPECT_EQ(query("output=markdown&markdown.links=sometimes"), "markdown.links: want keep or drop");
    EXPECT_EQ(query("output=markdown&markdown.width=10"), "markdown.width: want a whole number, 1..9");
    EXPECT_EQ(body(R"("output":"markdown","options":{"markdown":{"main":1}})"),
              "markdown.main: want true or false");
    EXPECT_EQ(query("output=markdown&markdown.depth=1"),
              "options: markdown has no option \"depth\"; known are links, main, width");
    EXPECT_EQ(query("output=text&text.depth=1"), "options: text has no option \"depth\"; it has none");
    EXPECT_THAT(query("pdf.pages=1"), StartsWith("options: there is no output \"pdf\"; known are markdown"));
    EXPECT_THAT(query("markdown.links=keep&markdown.links=drop"), HasSubstr("given twice"));
    EXPECT_EQ(body(R"("options":[])"), "options: want an object of outputs and their options");
    EXPECT_EQ(body(R"("options":{"markdown":7})"), "options.\"markdown\": want an object of options");
}

TEST_F(OutputChoice, AnOptionNeedsItsOutput) {
    EXPECT_EQ(query("output=text&markdown.links=drop"),
              "options: markdown.links is set, but markdown is not among the outputs");
    EXPECT_EQ(query("markdown.links=drop"), "") << "the worker may well pick it";
    EXPECT_EQ(body(R"("output":[],"options":{"markdown":{"main":true}})"),
              "options: markdown.main is set, but markdown is not among the outputs");
}

TEST_F(OutputChoice, ATaskChecksItsOptionsTogether) {
    EXPECT_EQ(query("output=select"), "select.fields: there is no name") << "by default, too";
    EXPECT_EQ(query("output=select&select.fields={}"), "select.fields: there is no name");
    EXPECT_EQ(query("output=text"), "");
}

TEST_F(OutputChoice, SettingsAreBounded) {
    output_choice choice(registry);
    for (int i = 0; i < 64; ++i)
        ASSERT_FALSE(choice.set("markdown", "main", "true"));
    EXPECT_TRUE(choice.set("markdown", "main", "true"));
}

}  // namespace
}  // namespace fetchd::api
