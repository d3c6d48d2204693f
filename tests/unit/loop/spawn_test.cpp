#include "loop/spawn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace fetchd;
using testing::HasSubstr;

awaitable<void> fail_with_words() {
    throw std::runtime_error("a disk \"full\"");
    co_return;
}

awaitable<void> fail_without() {
    throw 5;
    co_return;
}

std::string logged_by(awaitable<void> (*work)()) {
    asio::io_context io{1};
    testing::internal::CaptureStderr();
    spawn_logged(io.get_executor(), "work", work());
    EXPECT_NO_THROW(io.run());
    return testing::internal::GetCapturedStderr();
}

TEST(SpawnLogged, LogsWhatTheCoroutineThrows) {
    EXPECT_THAT(logged_by(fail_with_words),
                HasSubstr(R"(coroutine failed name=work cause="a disk \"full\"")"));
}

TEST(SpawnLogged, LogsWhatIsNoStandardException) {
    EXPECT_THAT(logged_by(fail_without), HasSubstr("coroutine failed name=work"));
}

}  // namespace
