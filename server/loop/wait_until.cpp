#include "loop/wait_until.hpp"

#include "loop/bell.hpp"

namespace fetchd {

awaitable<clock::duration> wait_until(executor ex, time_point when, scope& life) {
    auto const began = clock::now();
    if (life.ended())
        co_return clock::duration{};
    bell over(ex);
    scope::hold const hold(life, [&over] { over.ring(); });
    alarm strikes(life.wheel(), [&over] { over.ring(); });
    strikes.arm(when);
    co_await over.wait();
    co_return clock::now() - began;
}

}  // namespace fetchd
