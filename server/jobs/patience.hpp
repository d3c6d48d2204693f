// Makes a call of the store again while too much waits for the disk.
//
// For whoever has more to lose than the time. Loop thread only.
#pragma once

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <functional>

#include "base/config.hpp"
#include "base/failure.hpp"
#include "loop/types.hpp"

namespace fetchd::jobs {

// Waits that double from 10 ms to 1 s; the last failure where none is left before `until`.
template <class T>
awaitable<result<T>> patiently(std::function<awaitable<result<T>>()> call, time_point until) {
    timer pause(co_await asio::this_coro::executor);
    for (milliseconds wait{10};; wait = std::min(wait * 2, milliseconds(1000))) {
        auto done = co_await call();
        auto const again = clock::now() + wait;
        if (done || done.error().what != code::overloaded || again >= until)
            co_return done;
        pause.expires_at(again);
        co_await pause.async_wait(no_throw);
    }
}

}  // namespace fetchd::jobs
