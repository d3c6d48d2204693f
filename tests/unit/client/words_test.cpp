#include "fetchctl/words.hpp"

#include <gtest/gtest.h>

#include "fetchctl/content_type.hpp"
#include "fetchctl/file_name.hpp"
#include "fetchctl/get.hpp"
#include "fetchctl/progress.hpp"

namespace fetchctl {
namespace {

using namespace std::chrono_literals;

TEST(Printable, LeavesTextAloneAndDisarmsControlCharacters) {
    EXPECT_EQ(printable("grüße, 你好 🙂\ta"), "grüße, 你好 🙂\ta");
    EXPECT_EQ(printable("\x1b[31m\r\x07\x7f"), "\\x1b[31m\\x0d\\x07\\x7f");
    EXPECT_EQ(printable("a\nb"), "a\\x0ab");
    EXPECT_EQ(printable("a\nb", line_ends::keep), "a\nb");
    EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, DisarmsC1AndWhatIsNotUtf8) {
    EXPECT_EQ(printable("\xC2\x9B"
                        "1m"),
              "\\xc2\\x9b1m");
    EXPECT_EQ(printable("\x9B"
                        "1m"),
              "\\x9b1m");
    EXPECT_EQ(printable("\xC3"), "\\xc3");
    EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // a surrogate
    EXPECT_EQ(printable("\xC0\xAF"), "\\xc0\\xaf");           // overlong
    EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
    EXPECT_EQ(printable("\xC2\xA0"), "\xC2\xA0");
}

TEST(Words, NumbersForPeople) {
    EXPECT_EQ(bytes_in_words(0), "0 B");
    EXPECT_EQ(bytes_in_words(1023), "1023 B");
    EXPECT_EQ(bytes_in_words(1536), "1.5 KiB");
    EXPECT_EQ(bytes_in_words(~std::uint64_t(0)), "16.0 EiB");
    EXPECT_EQ(time_in_words(85us), "85 us");
    EXPECT_EQ(time_in_words(12300us), "12.3 ms");
    EXPECT_EQ(time_in_words(4200ms), "4.20 s");
    EXPECT_EQ(counted(1, "URL"), "1 URL");
    EXPECT_EQ(counted(3, "URL"), "3 URLs");
    EXPECT_EQ(number_in_words(1234567), "1,234,567");
    EXPECT_EQ(number_in_words(-999), "-999");
    EXPECT_EQ(number_in_words(0.25), "0.25");
}

TEST(ContentType, ComesFromTheNameThenFromTheBytes) {
    EXPECT_EQ(guess_content("a/b.HTML", "").type, "text/html");
    EXPECT_EQ(guess_content("a.pdf.gz", "").type, "application/pdf");
    EXPECT_EQ(guess_content("a.pdf.gz", "").encoding, "gzip");
    EXPECT_EQ(guess_content("page.zst", "<html>").type, "application/octet-stream");
    EXPECT_EQ(guess_content("-", "  \n<!doctype html>").type, "text/html");
    EXPECT_EQ(guess_content("-", "\xEF\xBB\xBF<?xml version").type, "application/xml");
    EXPECT_EQ(guess_content("dir.d/file", "%PDF-1.7").type, "application/pdf");
    EXPECT_EQ(guess_content("", "").type, "application/octet-stream");
}

TEST(FileName, IsNeverAPath) {
    EXPECT_EQ(file_name_for("https://example.com/a/b?c=1#d", "md"), "example.com_a_b_c_1.md");
    EXPECT_EQ(file_name_for("https://user:secret@example.com/", "md"), "example.com.md");
    EXPECT_EQ(file_name_for("../../etc/passwd", "md"), "etc_passwd.md");
    EXPECT_EQ(file_name_for("", "md"), "page.md");
    EXPECT_EQ(file_name_for("http://...", "md"), "page.md");
    EXPECT_EQ(file_name_for("http://例え/", ""), "page");
    EXPECT_LE(file_name_for("http://" + std::string(5000, 'a'), "md").size(), 120u);
    EXPECT_EQ(file_name_for(std::string("a\0b\nc", 5), "md"), "a_b_c.md");
}

TEST(FileName, IsNeverSharedByTwoUrls) {
    taken_names names;
    EXPECT_EQ(names.claim("http://a.test/x", "md"), "a.test_x.md");
    EXPECT_EQ(names.claim("http://a.test/x", "md"), "a.test_x-2.md");
    EXPECT_EQ(names.claim("http://A.test/X", "md"), "A.test_X-3.md");
}

TEST(UrlList, IsOneUrlALineWithoutComments) {
    std::vector<std::string> urls;
    EXPECT_TRUE(urls_in("http://a/\r\n\n  # no\n\thttp://b/ \nhttp://c/", urls));
    EXPECT_EQ(urls, (std::vector<std::string>{"http://a/", "http://b/", "http://c/"}));
}

TEST(UrlList, IsBounded) {
    std::vector<std::string> urls(most_urls - 1, "x");
    EXPECT_TRUE(urls_in("a\n", urls));
    EXPECT_FALSE(urls_in("b\n", urls));
    EXPECT_EQ(urls.size(), most_urls);
}

TEST(ProgressLine, CountsOnlyWhereThereIsSomethingToCount) {
    EXPECT_EQ(progress_text({0, 1, 2048, 1500ms}, 0), "⠋  2.0 KiB  1.5 s  1.3 KiB/s");
    EXPECT_EQ(progress_text({2, 5, 0, 200ms}, 11), "⠙ 2/5  0 B  0.2 s");
}

}  // namespace
}  // namespace fetchctl
