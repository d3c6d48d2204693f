// Heads and framing against llhttp's response cases: what it refuses is refused here too, or read on a
// connection that is never used again (docs/http1-responses.md gives the reason for each row).
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "http/chunked.hpp"
#include "net/response_head.hpp"

namespace fetchd {
namespace {

namespace json = boost::json;

std::filesystem::path const file = std::filesystem::path(FETCHD_SOURCE_DIR) / ".." / "shared" / "corpora" /
                                   "http1-responses" / "response-cases.json";

enum class reading { refused, closed, kept };  // kept: the connection would serve another request

// The body's bytes behind the head, and what they say of the connection. What is missing at the end is waited
// for by the program, so it counts as well read here.
reading read_body(response_head const& head, std::string_view bytes) {
    if (head.body == framing::length)
        bytes.remove_prefix(std::min<std::size_t>(bytes.size(), head.length));
    if (head.body == framing::until_close)
        return reading::closed;
    chunked_reader chunks;
    while (head.body == framing::chunked && !bytes.empty()) {
        auto const step = chunks.read(bytes);
        if (chunks.status() == chunked_reader::state::malformed)
            return reading::refused;
        bytes.remove_prefix(step.consumed);
        if (chunks.status() == chunked_reader::state::done)
            break;
    }
    return head.keep_alive && bytes.empty() && !chunks.sloppy() ? reading::kept : reading::closed;
}

// As the client reads: interim answers are passed over, a switch of protocols is refused.
reading read_answer(std::string_view bytes, bool no_body) {
    while (true) {
        auto const end = find_head_end(bytes, 0);
        auto const head = parse_response_head(bytes.substr(0, end), no_body);
        if (!head || head->status == 101)
            return reading::refused;
        bytes.remove_prefix(end);
        if (head->status >= 200)
            return read_body(*head, bytes);
    }
}

struct response_case {
    std::string title;
    std::string bytes;
    bool bad = false;
    bool lenient = false;  // a case for a mode of llhttp that is off by default
    bool no_body = false;
};

std::vector<response_case> cases() {
    std::ifstream in(file, std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(in), {});
    std::vector<response_case> all;
    auto const document = json::parse(text);
    for (auto const& value : document.as_array()) {
        auto const& o = value.as_object();
        auto const& meta = o.at("meta").as_object();
        response_case c;
        c.title = json::value_to<std::string>(o.at("title"));
        c.bytes = json::value_to<std::string>(o.at("raw"));
        c.bad = !o.at("err").is_null();
        c.lenient =
            std::string_view(meta.at("type").as_string().c_str()).find("lenient") != std::string_view::npos;
        c.no_body = meta.if_contains("skipBody") != nullptr;
        all.push_back(std::move(c));
    }
    return all;
}

class Http1 : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(file))
            GTEST_SKIP() << file << " is not there";
    }
};

TEST_F(Http1, MalformedAnswersAreRefusedOrNeverFollowedByAnother) {
    int bad = 0;
    for (auto const& c : cases()) {
        if (!c.bad)
            continue;
        ++bad;
        EXPECT_NE(read_answer(c.bytes, c.no_body), reading::kept) << c.title << "\n" << c.bytes;
    }
    EXPECT_EQ(bad, 26);
}

// Good answers that are refused all the same: each with its reason in docs/http1-responses.md.
std::set<std::string> const refused_here = {
    "RTSP response",
    "ICE response",
    "HTTP version 0.9",
    "`chunked` before other transfer-encoding",
    "multiple transfer-encoding where chunked is not the last one",
    "`chunkedchunked` transfer-encoding does not enable chunked enconding",
};

TEST_F(Http1, GoodAnswersAreRead) {
    int good = 0;
    for (auto const& c : cases()) {
        if (c.bad || c.lenient)
            continue;
        ++good;
        EXPECT_EQ(read_answer(c.bytes, c.no_body) == reading::refused, refused_here.contains(c.title))
            << c.title << "\n"
            << c.bytes;
    }
    EXPECT_EQ(good, 51);
}

}  // namespace
}  // namespace fetchd
