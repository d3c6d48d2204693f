// MIME type parsing against the web platform's own test data.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "http/mime_type.hpp"
#include "worker/tasks/charset.hpp"

namespace fetchd {
namespace {

namespace json = boost::json;

std::filesystem::path const folder =
    std::filesystem::path(FETCHD_SOURCE_DIR) / ".." / "shared" / "corpora" / "mime";

// The data is code points, a header is bytes: each up to U+00FF is its byte (isomorphic encoding). One above
// can stand in no part of a MIME type, as NUL cannot, so NUL is what it becomes.
std::string bytes_of(std::string_view utf8) {
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        auto const lead = static_cast<unsigned char>(utf8[i]);
        if (lead < 0x80) {
            bytes += utf8[i];
        } else if (lead == 0xC2 || lead == 0xC3) {
            bytes += static_cast<char>((lead & 3U) << 6U | (static_cast<unsigned char>(utf8[++i]) & 0x3FU));
        } else {
            bytes += '\0';
            while (i + 1 < utf8.size() && (static_cast<unsigned char>(utf8[i + 1]) & 0xC0U) == 0x80)
                ++i;
        }
    }
    return bytes;
}

std::string lowered(std::string_view s) {
    std::string out(s);
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

void check(json::object const& row) {
    auto const input = bytes_of(row.at("input").as_string());
    auto const found = mime_type::parse(input);
    if (row.at("output").is_null()) {
        EXPECT_FALSE(found.has_value()) << json::serialize(row);
        return;
    }
    ASSERT_TRUE(found.has_value()) << json::serialize(row);
    auto const output = bytes_of(row.at("output").as_string());
    EXPECT_EQ(found->to_string(), output) << json::serialize(row);
    auto const again = mime_type::parse(output);
    EXPECT_TRUE(again.has_value() && *again == *found) << json::serialize(row);
    if (auto const* encoding = row.if_contains("encoding")) {
        auto const name = charset::by_label(found->parameter("charset").value_or(""));
        EXPECT_EQ(name, encoding->is_null() ? "" : lowered(encoding->as_string())) << json::serialize(row);
    }
}

std::size_t check_all(char const* file) {
    std::ifstream in(folder / file, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    std::size_t cases = 0;
    auto const document = json::parse(text);
    for (auto const& row : document.as_array()) {
        if (!row.is_object())
            continue;  // a heading
        ++cases;
        check(row.as_object());
    }
    return cases;
}

class MimeConformance : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(folder))
            GTEST_SKIP() << "no test data at ../shared/corpora/mime";
    }
};

TEST_F(MimeConformance, ReadsEveryWrittenCase) {
    EXPECT_EQ(check_all("mime-types.json"), 74U);
}

TEST_F(MimeConformance, ReadsEveryGeneratedCase) {
    EXPECT_EQ(check_all("generated-mime-types.json"), 881U);
}

}  // namespace
}  // namespace fetchd
