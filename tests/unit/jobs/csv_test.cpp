// Results as rows, and which of them with which fields.
#include "jobs/csv.hpp"

#include <gtest/gtest.h>

#include "jobs/json_members.hpp"
#include "jobs/store.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::string_view line =
    R"({"seq":7,"url":"http://a.test/?q=\"1,2\"","outcome":"ok","status":200,"bytes":{"wire":12,"decoded":-3},)"
    R"("headers":[["a","b"]],"error":null,"output":{"text":"=1+1","metadata":{"title":"Grüße\n","x":{}}}})";

result_fields fields(std::string_view list) {
    return result_fields::parse(list).value();
}

std::string row(std::string_view list, csv_formulas how = csv_formulas::defused) {
    return csv_row(line, fields(list), how);
}

std::string cell(std::string_view text) {
    std::string out;
    csv_text(text, csv_formulas::defused, out);
    return out;
}

TEST(Csv, RowsAreAsTheRfcWrites) {
    EXPECT_EQ(csv_header(fields("seq,bytes.wire,output.metadata")), "seq,bytes.wire,output.metadata\r\n");
    EXPECT_EQ(row("seq,outcome,status,bytes.wire"), "7,ok,200,12\r\n");
    EXPECT_EQ(row("url"), "\"http://a.test/?q=\"\"1,2\"\"\"\r\n");
    EXPECT_EQ(row("output.metadata.title"), "\"Grüße\n\"\r\n");
    EXPECT_EQ(row("headers"), "\"[[\"\"a\"\",\"\"b\"\"]]\"\r\n");
    EXPECT_EQ(row("final_url,error,error.code,output.nothing,seq"), ",,,,7\r\n");
}

TEST(Csv, FormulasAreDefused) {
    EXPECT_EQ(row("output.text"), "'=1+1\r\n");
    EXPECT_EQ(row("output.text", csv_formulas::as_it_is), "=1+1\r\n");
    EXPECT_EQ(row("bytes.decoded"), "-3\r\n") << "a number is none";
    for (auto const* text : {"=", "+1", "-1", "@A1", "\tx", "＝1", "＋1", "－1", "＠1"})
        EXPECT_EQ(cell(text), "'" + std::string(text)) << text;
    EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
    EXPECT_EQ(cell("\n=1"), "\"'\n=1\"");
    EXPECT_EQ(cell("-1,2\""), "\"'-1,2\"\"\"");
    for (auto const* text : {"", "a=b", " =1", "'=1", "1"})
        EXPECT_EQ(cell(text), text);
}

TEST(Csv, FactsAreKnownFields) {
    auto const facts = result_fields::facts();
    std::string list;
    for (auto const& path : facts.paths())
        list += (list.empty() ? "" : ",") + path;
    EXPECT_EQ(fields(list).paths(), facts.paths());
}

TEST(ResultFields, AreChosenAtAnyDepth) {
    EXPECT_EQ(fields("status,bytes.wire").of(line), R"({"seq":7,"status":200,"bytes":{"wire":12}})");
    EXPECT_EQ(fields("output.metadata.title,output.text,seq").of(line),
              R"({"seq":7,"output":{"text":"=1+1","metadata":{"title":"Grüße\n"}}})");
    EXPECT_EQ(fields("output.metadata.x.y,output.metadata,url.x").of(line),
              R"({"seq":7,"output":{"metadata":{"title":"Grüße\n","x":{}}}})");
    EXPECT_EQ(fields("id").of(line), R"({"seq":7})");
    EXPECT_EQ(fields("bytes.nothing").of(line), R"({"seq":7,"bytes":{}})");
    EXPECT_EQ(fields("id").of("nonsense"), "{}");
}

TEST(ResultFields, UnknownOnesAreRefused) {
    for (auto const* list : {"", "colour", "url,", ",url", "url,url", ".url", "url.", "output..text", "Url",
                             "output.a\"b", "output.a b", "output.\\u0041", "output.ä"})
        EXPECT_FALSE(result_fields::parse(list)) << list;
    EXPECT_EQ(result_fields::parse("colour").error().detail, "fields: results have no \"colour\"");
    EXPECT_TRUE(result_fields::parse("output." + std::string(result_fields::max_path - 7, 'x')));
    EXPECT_FALSE(result_fields::parse("output." + std::string(result_fields::max_path - 6, 'x')));
    std::string list = "output.0";
    for (std::size_t i = 1; i < result_fields::max_fields; ++i)
        list += ",output." + std::to_string(i);
    EXPECT_EQ(fields(list).paths().size(), result_fields::max_fields);
    EXPECT_FALSE(result_fields::parse(list + ",url"));
}

TEST(Outcomes, AreBitsOfTheStore) {
    auto const bit = [](outcome o) { return 1U << static_cast<unsigned>(o); };
    EXPECT_EQ(parse_outcomes("ok").value(), bit(outcome::succeeded));
    EXPECT_EQ(parse_outcomes("failed,skipped").value(), bit(outcome::failed) | bit(outcome::skipped));
    EXPECT_EQ(parse_outcomes("ok,failed,skipped,ok").value(), read_want().outcomes);
    for (auto const* list : {"", "ok,", "OK", "succeeded", "ok failed"})
        EXPECT_FALSE(parse_outcomes(list)) << list;
}

TEST(JsonMembers, AreFoundAsWritten) {
    json_members members(" { \"a\" : [1, {\"b\":\"]}\\\"\"}] ,\"c\":\"x,\\\\\" , \"d\\n\":{} } ");
    auto m = members.next();
    EXPECT_EQ(m->name, "a");
    EXPECT_EQ(m->value, "[1, {\"b\":\"]}\\\"\"}]");
    m = members.next();
    EXPECT_EQ(m->name, "c");
    EXPECT_EQ(m->value, "\"x,\\\\\"");
    m = members.next();
    EXPECT_EQ(m->name, "d\\n");
    EXPECT_EQ(m->value, "{}");
    EXPECT_FALSE(members.next());
    EXPECT_EQ(find_member(line, "output.metadata.x"), "{}");
    EXPECT_FALSE(find_member(line, "output.metadata.x.y"));
    EXPECT_FALSE(find_member(line, "status.x"));
}

TEST(JsonMembers, AreNeverReadPastTheEnd) {
    for (std::size_t n = 0; n <= line.size(); ++n) {
        std::string const cut(line.substr(0, n));  // of its own: a sanitizer sees its end
        json_members members(cut);
        while (auto const m = members.next()) {
            EXPECT_GE(m->value.data(), cut.data());
            EXPECT_LE(m->value.data() + m->value.size(), cut.data() + cut.size());
        }
        (void)fields("output.metadata.title,headers").of(cut);
        (void)csv_row(cut, fields("output.metadata.title,url"));
    }
    for (auto const* text :
         {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\\", "{\"a\":\"\\", "{a:1}", "[]", "{}}"})
        (void)find_member(text, "a.b");
}

}  // namespace
}  // namespace fetchd::jobs
