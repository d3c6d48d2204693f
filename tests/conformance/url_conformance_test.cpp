// The URL parser against the web platform's own test data.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "http/url.hpp"

namespace fetchd {
namespace {

namespace json = boost::json;

std::filesystem::path const folder =
    std::filesystem::path(FETCHD_SOURCE_DIR) / ".." / "shared" / "corpora" / "url";

// A lone surrogate becomes U+FFFD, as it does on its way into any URL parser of the web platform; Boost.JSON
// refuses it.
void replace_lone_surrogates(std::string& text) {
    auto unit = [&](std::size_t at) {
        if (at + 6 > text.size() || text.compare(at, 2, "\\u") != 0)
            return 0UL;
        return std::stoul(text.substr(at + 2, 4), nullptr, 16);
    };
    for (auto at = text.find('\\'); at != text.npos; at = text.find('\\', at + 2)) {
        auto first = unit(at), second = unit(at + 6);
        if (first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000)
            at += 6;
        else if (first >= 0xd800 && first < 0xe000)
            text.replace(at + 2, 4, "FFFD");
    }
}

// The file's test cases, without the comments between them.
std::vector<json::object> cases(char const* file) {
    std::ifstream in(folder / file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    std::vector<json::object> found;
    replace_lone_surrogates(text);
    auto document = json::parse(text);
    for (auto const& value : document.as_array())
        if (value.is_object())
            found.push_back(value.as_object());
    return found;
}

class UrlConformance : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder))
            GTEST_SKIP() << "no test data at ../shared/corpora/url";
    }

    void TearDown() override {
        if (!IsSkipped())
            std::cout << passed_ << " of " << total_ << " cases pass\n";
    }

    // `problem` is empty where the case passes.
    void judge(json::object const& test, std::string const& problem) {
        ++total_;
        if (problem.empty())
            ++passed_;
        else
            ADD_FAILURE() << problem << "\n  in " << json::serialize(test);
    }

    int total_ = 0;
    int passed_ = 0;
};

std::string text_of(json::object const& object, char const* key) {
    return std::string(object.at(key).as_string());
}

// What the DOM calls search and hash: the mark only where something follows it.
std::string with_mark(char mark, std::string_view text) {
    return text.empty() ? std::string() : mark + std::string(text);
}

std::string differences(url const& got, json::object const& want) {
    std::pair<char const*, std::string> const components[] = {
        {"href", std::string(got.href())},
        {"protocol", std::string(got.scheme()) + ':'},
        {"username", std::string(got.username())},
        {"password", std::string(got.password())},
        {"host", std::string(got.authority())},
        {"hostname", std::string(got.host())},
        {"port", got.port() ? std::to_string(*got.port()) : ""},
        {"pathname", std::string(got.path())},
        {"search", with_mark('?', got.query())},
        {"hash", with_mark('#', got.fragment())},
        {"origin", got.origin()},
    };
    std::string found;
    for (auto const& [name, value] : components)
        if (want.contains(name) && value != text_of(want, name))
            found += std::string(name) + " is " + value + "; ";
    return found;
}

TEST_F(UrlConformance, UrlTestDataParsesAsTheStandardSays) {
    for (auto const& test : cases("urltestdata.json")) {
        std::optional<url> base;
        if (auto const& text = test.at("base"); text.is_string()) {
            auto parsed = url::parse(std::string(text.as_string()));
            ASSERT_TRUE(parsed) << text;
            base = *parsed;
        }
        auto got = url::parse(text_of(test, "input"), base ? &*base : nullptr);
        if (test.contains("failure"))
            judge(test, got ? "was taken as " + std::string(got->href()) : "");
        else
            judge(test, got ? differences(*got, test) : got.error().message());
    }
    EXPECT_EQ(total_, 891);
}

// "https://HOST/x", where nothing in HOST may end the host early.
std::string around_host(std::string_view host) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string out = "https://";
    for (char c : host) {
        if (std::string_view(":/?#\\").find(c) == std::string_view::npos)
            out += c;
        else
            out += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
    }
    return out + "/x";
}

std::string judge_host(json::object const& test) {
    auto got = url::parse(around_host(text_of(test, "input")));
    auto const& want = test.at("output");
    if (want.is_null())
        return got ? "was taken as " + std::string(got->host()) : "";
    if (!got)
        return got.error().message();
    if (got->host() != want.as_string())
        return "host is " + std::string(got->host());
    return got->path() == "/x" ? "" : "path is " + std::string(got->path());
}

TEST_F(UrlConformance, HostsBecomeAscii) {
    for (auto const& test : cases("toascii.json"))
        judge(test, judge_host(test));
    EXPECT_EQ(total_, 87);
}

TEST_F(UrlConformance, IdnaTestV2Hosts) {
    for (auto const& test : cases("IdnaTestV2.json"))
        if (!test.at("input").as_string().empty())  // one case: no URL has it as its host
            judge(test, judge_host(test));
    EXPECT_EQ(total_, 2670);
}

// Only the column for UTF-8: a URL of ours has no other encoding.
TEST_F(UrlConformance, PercentEncodesUtf8) {
    for (auto const& test : cases("percent-encoding.json")) {
        auto input = text_of(test, "input");
        auto want = text_of(test.at("output").as_object(), "utf-8");
        auto got = url::parse("https://doc.invalid/?" + input + "#" + input);
        if (!got)
            judge(test, got.error().message());
        else
            judge(test, got->query() == want && got->fragment() == want ? "" : std::string(got->href()));
    }
    EXPECT_EQ(total_, 7);
}

}  // namespace
}  // namespace fetchd
