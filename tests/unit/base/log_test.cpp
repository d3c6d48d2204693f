#include "base/log.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

using namespace fetchd;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

// Standard error goes to memory while this lives.
class captured {
  public:
    captured() { ::dup2(memory_, STDERR_FILENO); }
    ~captured() { restore(); }

    std::string text() {
        restore();
        std::string all(static_cast<std::size_t>(::lseek(memory_, 0, SEEK_END)), '\0');
        EXPECT_EQ(::pread(memory_, all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
        return all;
    }

  private:
    void restore() {
        if (before_ >= 0) {
            ::dup2(before_, STDERR_FILENO);
            ::close(std::exchange(before_, -1));
        }
    }
    int before_ = ::dup(STDERR_FILENO);
    int memory_ = ::memfd_create("log", MFD_CLOEXEC);
};

template <class Write>
std::string written(log::format form, Write write) {
    log::set(log::level::info, form);
    captured err;
    write();
    return err.text();
}

TEST(Log, WritesTextThenPairs) {
    auto const text = written(log::format::text, [] {
        log::line(log::level::info, "fetch done")
            .kv("id", "f-1")
            .kv("status", 200)
            .kv("reused", true)
            .kv("left", std::int64_t{-5});
    });
    EXPECT_THAT(text, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z info  fetch done "
                                   "id=f-1 status=200 reused=true left=-5\n"));
}

TEST(Log, QuotesWhatIsNotAPlainWord) {
    auto const text = written(log::format::text, [] {
        log::line(log::level::warn, "w")
            .kv("empty", "")
            .kv("blank", "a b")
            .kv("pair", "a=b")
            .kv("quote", "say \"x\\\"")
            .kv("word", "http://a.test/?q");
    });
    EXPECT_THAT(text,
                EndsWith(R"( w empty="" blank="a b" pair="a=b" quote="say \"x\\\"" word=http://a.test/?q)"
                         "\n"));
}

TEST(Log, NoControlByteReachesTheLog) {
    std::string hostile;
    for (int c = 0; c < 0x20; ++c)
        hostile += static_cast<char>(c);
    hostile += '\x7f';
    for (auto const form : {log::format::text, log::format::json}) {
        auto text = written(form, [&] { log::line(log::level::info, "x").kv("v", hostile); });
        EXPECT_THAT(text, HasSubstr("\\u0000\\u0001"));
        EXPECT_THAT(text, HasSubstr("\\u000a"));
        EXPECT_THAT(text, HasSubstr("\\u001b"));
        EXPECT_THAT(text, HasSubstr("\\u007f"));
        ASSERT_THAT(text, EndsWith("\n"));
        text.pop_back();
        for (char const c : text)
            EXPECT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << int(c);
    }
}

TEST(Log, WritesOneJsonObjectALine) {
    auto const text = written(log::format::json, [] {
        log::line(log::level::error, "fetch \"failed\"")
            .kv("url", "http://a.test/\n\"")
            .kv("text", "caf\xc3\xa9")
            .kv("n", 18446744073709551615ULL)
            .kv("ok", false);
    });
    auto const line = boost::json::parse(text).as_object();
    EXPECT_EQ(line.at("level"), "error");
    EXPECT_EQ(line.at("event"), "fetch \"failed\"");
    EXPECT_EQ(line.at("url"), "http://a.test/\n\"");
    EXPECT_EQ(line.at("text"), "caf\xc3\xa9");
    EXPECT_EQ(line.at("n").as_uint64(), 18446744073709551615ULL);
    EXPECT_EQ(line.at("ok"), false);
}

// A line that is not UTF-8 is not JSON, and C1 controls steer terminals as well as C0 ones.
TEST(Log, EscapesBytesThatAreNoText) {
    auto const text = written(log::format::json, [] {
        log::line(log::level::info, "x")
            .kv("latin", "caf\xe9")
            .kv("cut", "\xe2\x82")
            .kv("surrogate", "\xed\xa0\x80")
            .kv("overlong", "\xc0\xaf")
            .kv("c1",
                "\xc2\x9b"
                "31m")
            .kv("good", "\xe2\x82\xac \xf0\x9f\x98\x80");
    });
    auto const line = boost::json::parse(text).as_object();
    EXPECT_THAT(text, HasSubstr("caf\\u00e9"));
    EXPECT_THAT(text, HasSubstr("\\u00e2\\u0082"));
    EXPECT_THAT(text, HasSubstr("\\u00ed\\u00a0\\u0080"));
    EXPECT_THAT(text, HasSubstr("\\u00c0\\u00af"));
    EXPECT_THAT(text, HasSubstr("\\u009b31m"));
    EXPECT_EQ(line.at("good"), "\xe2\x82\xac \xf0\x9f\x98\x80");
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
    auto const text = written(log::format::text, [] {
        EXPECT_FALSE(log::enabled(log::level::debug));
        log::line(log::level::debug, "quiet").kv("a", "b");
        log::set(log::level::error, log::format::text);
        log::line(log::level::warn, "quiet too");
        log::line(log::level::error, "loud");
        log::set(log::level::off, log::format::text);
        log::line(log::level::error, "quiet again");
    });
    EXPECT_THAT(text, Not(HasSubstr("quiet")));
    EXPECT_THAT(text, HasSubstr("loud"));
}

TEST(Log, ReadsItsSettings) {
    EXPECT_EQ(log::parse_level("trace"), log::level::trace);
    EXPECT_EQ(log::parse_level("off"), log::level::off);
    EXPECT_EQ(log::parse_level("?"), log::level::info);
    EXPECT_EQ(log::parse_format("json"), log::format::json);
    EXPECT_EQ(log::parse_format("text"), log::format::text);
}

// The writer thread runs in a child process, because the log of a process starts once.
struct logged {
    std::uint64_t dropped = 0;
    std::string text;
};

// The child writes `lines` lines; its standard error is a pipe nobody reads from until it has.
logged log_in_a_child(log::format form, int lines, std::size_t line_bytes) {
    int err[2], told[2];
    EXPECT_EQ(::pipe(err), 0);
    EXPECT_EQ(::pipe(told), 0);
    std::fflush(nullptr);  // or the child writes it once more
    auto const child = ::fork();
    if (child == 0) {
        ::dup2(err[1], STDERR_FILENO);
        ::close(err[0]);
        ::close(err[1]);
        log::start(log::level::info, form);
        std::string const filler(line_bytes, 'x');
        for (int i = 0; i < lines; ++i)
            log::line(log::level::info, "filler").kv("i", i).kv("v", filler);
        auto const lost = log::dropped();
        auto const n = ::write(told[1], &lost, sizeof lost);
        log::stop();
        ::_exit(n == sizeof lost ? 0 : 1);
    }
    ::close(err[1]);
    ::close(told[1]);
    logged l;
    EXPECT_EQ(::read(told[0], &l.dropped, sizeof l.dropped), static_cast<ssize_t>(sizeof l.dropped));
    std::vector<char> block(64 * 1024);
    for (ssize_t n; (n = ::read(err[0], block.data(), block.size())) > 0;)
        l.text.append(block.data(), static_cast<std::size_t>(n));
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    ::close(err[0]);
    ::close(told[0]);
    return l;
}

TEST(Log, WriterThreadWritesEveryLineInOrderBeforeItStops) {
    auto const l = log_in_a_child(log::format::text, 1000, 20);
    EXPECT_EQ(l.dropped, 0U);
    std::size_t at = 0;
    for (int i = 0; i < 1000; ++i) {
        at = l.text.find(" filler i=" + std::to_string(i) + " ", at);
        ASSERT_NE(at, l.text.npos) << i;
    }
}

// Lines are lost in batches: each names its own count.
std::uint64_t sum_after(std::string_view text, std::string_view label) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; (at = text.find(label, at)) != text.npos;) {
        at += label.size();
        sum += std::strtoull(text.data() + at, nullptr, 10);
    }
    return sum;
}

TEST(Log, BlockedStandardErrorLosesLinesAndNotMemory) {
    auto const l = log_in_a_child(log::format::text, 4000, 1000);
    EXPECT_GT(l.dropped, 1000U);
    EXPECT_LT(l.text.size(), 2'500'000U) << "1 MiB waiting, one batch under way, one pipe";
    EXPECT_EQ(sum_after(l.text, "\nlog lines dropped count="), l.dropped);
}

TEST(Log, CountOfLostLinesIsJsonToo) {
    auto const l = log_in_a_child(log::format::json, 4000, 1000);
    ASSERT_GT(l.dropped, 0U);
    std::uint64_t counted = 0;
    for (std::size_t at = 0, end; (end = l.text.find('\n', at)) != l.text.npos; at = end + 1) {
        auto const line = boost::json::parse(l.text.substr(at, end - at)).as_object();
        if (line.at("event") == "log lines dropped")
            counted += line.at("count").to_number<std::uint64_t>();
    }
    EXPECT_EQ(counted, l.dropped);
}

}  // namespace
