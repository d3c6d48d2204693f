// Holds registrable_domain() against the test data of publicsuffix.org, hosts as a URL gives them.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "http/public_suffix.hpp"
#include "http/url.hpp"

namespace {

using namespace fetchd;
namespace fs = std::filesystem;

fs::path const file = fs::path(FETCHD_SOURCE_DIR) / "../shared/corpora/url/test_psl.txt";

// 'x' or null; moves on behind it.
std::optional<std::string> take_argument(std::string_view& text) {
    auto const begin = text.find_first_not_of("(, ");
    text.remove_prefix(begin);
    if (text.starts_with("null")) {
        text.remove_prefix(4);
        return {};
    }
    auto const end = text.find('\'', 1);
    EXPECT_TRUE(text.starts_with('\'') && end != text.npos) << text;
    std::string argument(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return argument;
}

// As hosts are: ASCII in lower case. Nothing where no URL has such a host.
std::optional<std::string> host_of(std::string const& name) {
    auto const parsed = url::parse("http://" + name + "/");
    return parsed ? std::optional(std::string(parsed->host())) : std::nullopt;
}

TEST(PublicSuffixList, AgreesWithItsOwnTestData) {
    if (!fs::exists(file))
        GTEST_SKIP() << "no test data at " << file;
    constexpr std::string_view call = "checkPublicSuffix";
    std::ifstream lines(file);
    int cases = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(call))
            continue;
        auto rest = std::string_view(line).substr(call.size());
        auto const name = take_argument(rest);
        auto const expected = take_argument(rest);
        ++cases;
        auto const host = name ? host_of(*name) : std::string();  // no host at all
        ASSERT_TRUE(host) << line;
        EXPECT_EQ(registrable_domain(*host), expected ? host_of(*expected).value() : "") << line;
        if (expected) {
            EXPECT_FALSE(is_public_suffix(*host)) << line;
        } else {
            EXPECT_TRUE(is_public_suffix(*host)) << line;
        }
    }
    std::printf("%d cases\n", cases);
    EXPECT_GE(cases, 70);
}

}  // namespace
