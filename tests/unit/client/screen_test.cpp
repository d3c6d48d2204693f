#include "fetchctl/screen.hpp"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <cstdlib>

namespace fetchctl {
namespace {

// Standard error is a terminal while this lives.
class borrowed_terminal {
  public:
    borrowed_terminal() : before_(::dup(STDERR_FILENO)) {
        int theirs = -1;
        EXPECT_EQ(::openpty(&ours_, &theirs, nullptr, nullptr, nullptr), 0);
        ::dup2(theirs, STDERR_FILENO);
        ::close(theirs);
    }
    ~borrowed_terminal() {
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        ::close(ours_);
    }

  private:
    int before_;
    int ours_ = -1;
};

TEST(Screen, ProgressIsForTerminalsThatCanAndPeopleWhoWant) {
    ::setenv("TERM", "xterm", 1);
    borrowed_terminal terminal;
    EXPECT_TRUE(screen(false).shows_progress());
    EXPECT_FALSE(screen(true).shows_progress());
    ::setenv("TERM", "dumb", 1);
    EXPECT_FALSE(screen(false).shows_progress());
    ::setenv("TERM", "xterm", 1);
}

}  // namespace
}  // namespace fetchctl
