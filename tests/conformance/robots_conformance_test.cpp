// robots.txt over the published expectations of robotstxt-spec-test, text protocol buffers: each a file, a
// URL, a user agent and what comes out. All of them count, also those marked as one search engine's own.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "http/percent.hpp"
#include "http/robots.hpp"

namespace fetchd {
namespace {

std::filesystem::path const folder = FETCHD_SOURCE_DIR "/../shared/corpora/robots";

// The words and strings of a text protocol buffer. Strings one after the other are one.
class tokens {
  public:
    explicit tokens(std::string text) : text_(std::move(text)) {}

    // Empty at the end. A string begins with a quote, which is no part of it.
    std::string next() {
        skip();
        std::string token;
        if (at_ < text_.size() && text_[at_] == '"') {
            token = "\"";
            while (at_ < text_.size() && text_[at_] == '"') {
                read_string(token);
                skip();
            }
            return token;
        }
        while (at_ < text_.size() &&
               (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
            token += text_[at_++];
        if (token.empty() && at_ < text_.size())
            token = text_[at_++];
        return token;
    }

  private:
    void skip() {
        while (at_ < text_.size())
            if (text_[at_] == '#')
                at_ = std::min(text_.find('\n', at_), text_.size());
            else if (std::isspace(static_cast<unsigned char>(text_[at_])))
                ++at_;
            else
                return;
    }

    void read_string(std::string& into) {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            if (text_[at_] != '\\') {
                into += text_[at_];
                continue;
            }
            char const c = text_[++at_];
            if (c == 'x') {
                into += static_cast<char>(hex_value(text_[at_ + 1]) * 16 + hex_value(text_[at_ + 2]));
                at_ += 2;
            } else {
                into += c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            }
        }
        ++at_;
    }

    std::string text_;
    std::size_t at_ = 0;
};

// As it stands in the file: some of these URLs are none that a URL parser would give out.
std::string target_of(std::string const& url) {
    auto const scheme = url.find("://");
    auto const path = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
    return path == std::string::npos ? "" : url.substr(path);
}

struct expectation {
    std::string url;
    std::string agent;
};

// The number of expectations met; the others are named.
int met(std::filesystem::path const& file) {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    tokens in(all.str());
    std::string text;
    expectation wanted;
    int good = 0;
    for (auto token = in.next(); !token.empty(); token = in.next()) {
        auto const value = [&in] {
            in.next();  // the colon
            return in.next();
        };
        if (token == "robotstxt")
            text = value().substr(1);
        else if (token == "testurl")
            wanted.url = value().substr(1);
        else if (token == "useragent")
            wanted.agent = value().substr(1);
        else if (token == "expected_outcome") {
            bool const allowed = value() == "ALLOWED";
            auto const got = parse_robots(text, wanted.agent).judge(target_of(wanted.url));
            EXPECT_EQ(got.allowed, allowed) << file << ": " << wanted.agent << " at " << wanted.url << " by\n"
                                            << text << "decided by line " << got.line;
            good += got.allowed == allowed ? 1 : 0;
        }
    }
    return good;
}

TEST(RobotsCorpus, IsJudgedAsItSays) {
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no " << folder;
    int good = 0;
    for (auto const& file : std::filesystem::directory_iterator(folder))
        if (file.path().extension() == ".textproto")
            good += met(file.path());
    EXPECT_EQ(good, 146);
}

}  // namespace
}  // namespace fetchd
