#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/child_process.hpp"
#include "support/fetchd_process.hpp"
#include "support/http_client.hpp"

namespace fetchd::test {
namespace {

using testing::HasSubstr;

TEST(CompletedConfig, AddsOnlyWhatIsMissing) {
    EXPECT_EQ(completed_config(""),
              "\n[server]\nlisten = [\"127.0.0.1:0\"]\n\n[fetch]\nretries = 0\n"
              "\n[egress]\nallow = [\"127.0.0.0/8\", \"::1/128\"]\n");
    EXPECT_EQ(
        completed_config("[egress]\nallow = []\n[fetch]\nretries = 2\n[server]\nmax_head = 1\n"),
        "[egress]\nallow = []\n[fetch]\nretries = 2\n[server]\nlisten = [\"127.0.0.1:0\"]\nmax_head = 1\n");
    EXPECT_EQ(
        completed_config("[server]\nlisten=[\"[::1]:0\"]\n\n[fetch]\nretries=1\n\n[egress]\nallow = []"),
        "[server]\nlisten=[\"[::1]:0\"]\n\n[fetch]\nretries=1\n\n[egress]\nallow = []");
}

// A stand-in for the service: says that it listens, has a child, ends as told.
class FetchdProcess : public testing::Test {
  protected:
    process_options stand_in(std::string const& body) {
        file_ = "/tmp/fetchd-stand-in-" + std::to_string(getpid());
        std::ofstream(file_) << "#!/bin/sh\n" << body;
        EXPECT_EQ(::chmod(file_.c_str(), 0700), 0);
        process_options options;
        options.binary = file_;
        return options;
    }
    ~FetchdProcess() override { ::unlink(file_.c_str()); }

    static constexpr auto listens = "echo 'T info  listening address=127.0.0.1:4321' >&2\n";

  private:
    std::string file_;
};

TEST_F(FetchdProcess, FindsPortWorkersLogAndExitCode) {
    // The child takes a worker's name before it says that the service listens.
    auto options = stand_in(
        "trap 'echo ended >&2; kill -KILL $!; exit 3' TERM\ncat \"$2\"\n"
        "sh -c 'printf fetchd-worker >/proc/$$/comm; "
        "echo T info  listening address=127.0.0.1:4321 >&2; kill -STOP $$' &\nwait\n");
    options.config = "[fetch]\n";
    options.expect_clean = false;
    fetchd_process service(options);

    EXPECT_EQ(service.port(), 4321);
    EXPECT_EQ(service.base_url(), "http://127.0.0.1:4321");
    EXPECT_TRUE(service.running());
    EXPECT_GE(service.descriptors(), 3u);
    EXPECT_GT(service.resident(), 100'000u);
    ASSERT_EQ(service.workers().size(), 1u);
    EXPECT_EQ(service.workers()[0].parent, service.pid());
    EXPECT_FALSE(service.zygote());

    service.signal(SIGTERM);
    EXPECT_EQ(service.wait_exit(), 3);
    EXPECT_EQ(service.count_log("ended"), 1u);
    EXPECT_FALSE(service.running());
    EXPECT_THAT(service.output(), HasSubstr("[fetch]\n"));
    EXPECT_THAT(service.output(), HasSubstr("[egress]\n"));
}

TEST_F(FetchdProcess, SaysWhenTheServiceDoesNotListen) {
    auto options = stand_in("echo 'server.listen: bad' >&2\nexit 2\n");
    options.expect_clean = false;
    EXPECT_NONFATAL_FAILURE(fetchd_process{options}, "does not listen");
}

TEST_F(FetchdProcess, FailsTheTestOnABadEnd) {
    auto const options =
        stand_in(std::string("trap 'kill -ABRT $$' TERM\n") + listens + "while :; do sleep 0.02; done\n");
    EXPECT_NONFATAL_FAILURE(fetchd_process{options}, "fetchd ended with 134");
}

TEST_F(FetchdProcess, FailsTheTestOnProcessesLeft) {
    auto options = stand_in("sleep 60 </dev/null >/dev/null 2>&1 &\n" + std::string(listens) +
                            "trap 'exit 0' TERM\nwhile :; do sleep 0.02; done\n");
    options.children_end_within = milliseconds{50};
    EXPECT_NONFATAL_FAILURE(fetchd_process{options}, "fetchd left ");
}

TEST(SampleSite, ServesItsPagesAndEndsOnTerm) {
    child_process site({built_program("sample-site")}, {});
    auto const has_line = [](std::string const& text) { return text.ends_with('\n'); };
    ASSERT_TRUE(site.wait_output(has_line, patience()));
    auto const line = site.output();
    ASSERT_TRUE(line.starts_with("listening http://127.0.0.1:")) << line;
    auto const port = static_cast<std::uint16_t>(std::stoi(line.substr(27)));

    EXPECT_THAT(get(port, "/article").body, HasSubstr("<h1>Reading a tide table</h1>"));
    EXPECT_THAT(get(port, "/listing").body, HasSubstr("Boats for sale"));
    EXPECT_THAT(get(port, "/latin1").body, HasSubstr("\xd6"
                                                     "ffnungszeiten"));
    auto const moved = get(port, "/old");
    EXPECT_EQ(moved.status, 301);
    EXPECT_EQ(moved.header("location"), "/article");
    auto const packed = get(port, "/gzip");
    EXPECT_EQ(packed.header("content-encoding"), "gzip");
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b"));
    EXPECT_EQ(get(port, "/robots.txt").header("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(get(port, "/nothing").status, 404);
    EXPECT_EQ(post(port, "/", "x").status, 405);
    auto const asked = test_clock::now();
    EXPECT_TRUE(get(port, "/slow").ok());
    EXPECT_GE(test_clock::now() - asked, milliseconds{2000});

    site.signal(SIGTERM);
    EXPECT_EQ(site.wait_exit(patience()), 0);
}

}  // namespace
}  // namespace fetchd::test
