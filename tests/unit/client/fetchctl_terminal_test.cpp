// What fetchctl does differently on a terminal.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "unit/client/run_fetchctl.hpp"
#include "unit/client/scripted_service.hpp"

namespace fetchctl_test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto coloured = "a \\u001b[31mred\\u001b[0m word";

TEST(Terminal, ShowsProgressAndTakesItAway) {
    std::latch seen(1);
    scripted_service service([&](request const& r) {
        seen.wait();
        return reply(200, "application/json", page(asked_url(r), coloured));
    });
    running_fetchctl it({"--server", service.url(), "get", "http://a/", "http://b/"},
                        {.err_on_terminal = true});
    EXPECT_TRUE(it.wait_for_err(" 0/2  0 B  "));
    seen.count_down();
    auto r = it.wait();
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(r.err.ends_with("\r\x1b[K")) << r.err;
    EXPECT_THAT(r.out, HasSubstr("\x1b[31mred"));  // a pipe gets what the page said
}

TEST(Terminal, APageCannotDriveIt) {
    scripted_service service(
        [](request const& r) { return reply(200, "application/json", page(asked_url(r), coloured)); });
    auto r = run_fetchctl({"--server", service.url(), "get", "http://a/"}, {.out_on_terminal = true});
    EXPECT_EQ(r.code, 0);
    EXPECT_THAT(r.out, HasSubstr("a \\x1b[31mred\\x1b[0m word"));
    EXPECT_THAT(r.out, Not(HasSubstr("\x1b")));
}

TEST(Terminal, ColoursAreForTerminalsAndGoAwayOnRequest) {
    std::vector<std::string> const line{"--server", "http://127.0.0.1:1", "get", "http://a/"};
    EXPECT_THAT(run_fetchctl(line, {.err_on_terminal = true}).err, HasSubstr("\x1b[31m"));
    EXPECT_THAT(run_fetchctl(line, {.environment = {"NO_COLOR=1"}, .err_on_terminal = true}).err,
                Not(HasSubstr("\x1b[31m")));
    EXPECT_THAT(run_fetchctl(line).err, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace fetchctl_test
