#include "fetchctl/exit_code.hpp"

#include <gtest/gtest.h>

namespace fetchctl {
namespace {

using fetchd::client_error;
using fetchd::trouble;

client_error error(trouble what, std::string message = "it broke.") {
    client_error e;
    e.what = what;
    e.message = std::move(message);
    return e;
}

TEST(ExitCode, EveryTroubleHasItsOwnMeaning) {
    EXPECT_EQ(code_for(error(trouble::fetch_failed)), exit_code::failed);
    EXPECT_EQ(code_for(error(trouble::unreachable)), exit_code::unreachable);
    EXPECT_EQ(code_for(error(trouble::no_answer)), exit_code::unreachable);
    EXPECT_EQ(code_for(error(trouble::refused)), exit_code::refused);
    EXPECT_EQ(code_for(error(trouble::broken_answer)), exit_code::refused);
    EXPECT_EQ(code_for(error(trouble::overloaded)), exit_code::overloaded);
    EXPECT_EQ(code_for(error(trouble::cancelled)), exit_code::interrupted);
}

TEST(ExitCode, TheOneThatSaysMostWins) {
    EXPECT_EQ(worse(exit_code::ok, exit_code::failed), exit_code::failed);
    EXPECT_EQ(worse(exit_code::refused, exit_code::failed), exit_code::refused);
    EXPECT_EQ(worse(exit_code::overloaded, exit_code::refused), exit_code::overloaded);
    EXPECT_EQ(worse(exit_code::overloaded, exit_code::unreachable), exit_code::unreachable);
    EXPECT_EQ(worse(exit_code::interrupted, exit_code::unreachable), exit_code::interrupted);
}

TEST(ExitCode, FurtherFetchesArePointlessWithoutAService) {
    EXPECT_TRUE(worth_going_on(exit_code::ok));
    EXPECT_TRUE(worth_going_on(exit_code::failed));
    EXPECT_TRUE(worth_going_on(exit_code::overloaded));
    EXPECT_FALSE(worth_going_on(exit_code::unreachable));
    EXPECT_FALSE(worth_going_on(exit_code::reader_gone));
}

TEST(ErrorLine, SaysWhatToDoNext) {
    EXPECT_EQ(
        error_line("u", error(trouble::unreachable, "cannot reach fetchd at http://h: refused")),
        "u: cannot reach fetchd at http://h: refused. Is it running? Start it with: make run (another place: "
        "--server or FETCHD_URL)");
    auto full = error(trouble::overloaded);
    full.retry_after = std::chrono::seconds(1);
    EXPECT_EQ(error_line("", full), "it broke. Try again in 1 second");
}

TEST(ErrorLine, NamesStageAndCodeAndCannotDriveATerminal) {
    auto e = error(trouble::fetch_failed, "bad \x1b[2J\nthing");
    e.stage = "dns";
    e.code = "not_found";
    EXPECT_EQ(error_line("http://x\r/", e), "http://x\\x0d/: dns.not_found: bad \\x1b[2J\\x0athing");
}

}  // namespace
}  // namespace fetchctl
