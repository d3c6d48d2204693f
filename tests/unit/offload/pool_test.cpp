#include "offload/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <future>
#include <memory>
#include <semaphore>
#include <thread>

namespace {

using namespace fetchd;

pool_config sized(std::size_t threads, std::size_t queue) {
    pool_config settings;
    settings.threads = threads;
    settings.queue = queue;
    return settings;
}

// Keeps pool threads inside a call until it is opened.
class gate {
  public:
    auto hold() {
        return [this] {
            entered_.release();
            open_.acquire();
        };
    }
    void wait_until_entered() { entered_.acquire(); }
    void open(int n = 1) { open_.release(n); }

  private:
    std::counting_semaphore<> entered_{0};
    std::counting_semaphore<> open_{0};
};

void nothing() {}

TEST(OffloadPool, WorkRunsElsewhereAndDoneOnTheLoop) {
    asio::io_context io{1};
    auto const here = std::this_thread::get_id();
    std::thread::id worked, finished;
    {
        offload_pool pool(io.get_executor(), sized(2, 4));
        auto const stay = asio::make_work_guard(io);
        ASSERT_TRUE(pool.submit([&] { worked = std::this_thread::get_id(); },
                                [&] {
                                    finished = std::this_thread::get_id();
                                    io.stop();
                                }));
        io.run();
    }
    EXPECT_NE(worked, std::thread::id());
    EXPECT_NE(worked, here);
    EXPECT_EQ(finished, here);
}

TEST(OffloadPool, AdmitsExactlyItsQueueBehindWhatRuns) {
    for (std::size_t const queue : {1U, 2U, 5U}) {
        asio::io_context io{1};
        gate g;
        offload_pool pool(io.get_executor(), sized(1, queue));
        ASSERT_TRUE(pool.submit(g.hold(), nothing));
        g.wait_until_entered();
        for (std::size_t i = 0; i < queue; ++i)
            EXPECT_TRUE(pool.submit(nothing, nothing)) << i << " of " << queue;
        bool touched = false;
        EXPECT_FALSE(pool.submit([&] { touched = true; }, [&] { touched = true; }));
        auto const n = pool.count();
        EXPECT_EQ(n.queued, queue);
        EXPECT_EQ(n.running, 1U);
        EXPECT_EQ(n.refused, 1U);
        g.open();
        std::promise<void> through;
        while (!pool.submit([&] { through.set_value(); }, nothing))
            std::this_thread::yield();  // until the first one has been taken up
        through.get_future().wait();
        EXPECT_FALSE(touched) << "a refused call is forgotten";
    }
}

TEST(OffloadPool, EveryThreadTakesACall) {
    asio::io_context io{1};
    gate g;
    offload_pool pool(io.get_executor(), sized(3, 1));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pool.submit(g.hold(), nothing));
        g.wait_until_entered();
    }
    EXPECT_EQ(pool.count().running, 3U);
    EXPECT_EQ(pool.count().queued, 0U);
    g.open(3);
}

TEST(OffloadPool, ServesInTheOrderOfAdmission) {
    asio::io_context io{1};
    auto const stay = asio::make_work_guard(io);
    gate g;
    std::string order, heard;
    offload_pool pool(io.get_executor(), sized(1, 8));
    ASSERT_TRUE(pool.submit(g.hold(), nothing));
    for (char const c : {'a', 'b', 'c', 'd'})
        ASSERT_TRUE(pool.submit([&order, c] { order += c; },
                                [&, c] {
                                    heard += c;
                                    if (c == 'd')
                                        io.stop();
                                }));
    g.open();
    io.run();
    EXPECT_EQ(heard, "abcd");
    EXPECT_EQ(order, "abcd");
}

TEST(OffloadPool, SaysHowLongTheOldestCallHasWaited) {
    asio::io_context io{1};
    gate g;
    offload_pool pool(io.get_executor(), sized(1, 2));
    EXPECT_EQ(pool.count().oldest, clock::duration::zero());
    ASSERT_TRUE(pool.submit(g.hold(), nothing));
    g.wait_until_entered();
    EXPECT_EQ(pool.count().oldest, clock::duration::zero()) << "it runs, it does not wait";
    ASSERT_TRUE(pool.submit(nothing, nothing));
    auto const first = pool.count().oldest;
    EXPECT_GT(pool.count().oldest, first);
    g.open();
}

TEST(OffloadPool, ShutdownWaitsForWhatRunsAndDropsWhatWaits) {
    asio::io_context io{1};
    gate g;
    std::atomic<bool> finished = false;
    auto const owned = std::make_shared<int>(1);
    bool waited_on_ran = false;
    std::thread opener;
    {
        offload_pool pool(io.get_executor(), sized(1, 2));
        ASSERT_TRUE(pool.submit(
            [&, hold = g.hold()] {
                hold();
                finished = true;
            },
            nothing));
        g.wait_until_entered();
        ASSERT_TRUE(pool.submit([&, owned] { waited_on_ran = true; }, [&, owned] { waited_on_ran = true; }));
        EXPECT_EQ(owned.use_count(), 3);
        opener = std::thread([&] {
            while (owned.use_count() > 1)
                std::this_thread::yield();  // until the waiting call has been dropped
            g.open();
        });
    }
    opener.join();
    EXPECT_TRUE(finished);
    EXPECT_FALSE(waited_on_ran);
    EXPECT_EQ(owned.use_count(), 1) << "what the dropped call owned is gone";
    io.poll();
    EXPECT_FALSE(waited_on_ran);
}

TEST(OffloadPool, WhatTheWorkOwnsEndsOffTheLoop) {
    asio::io_context io{1};
    auto const stay = asio::make_work_guard(io);
    std::thread::id ended;
    auto owned = std::shared_ptr<int>(new int, [&](int* p) {
        delete p;
        ended = std::this_thread::get_id();
    });
    offload_pool pool(io.get_executor(), sized(1, 1));
    ASSERT_TRUE(pool.submit([o = std::move(owned)] { (void)*o; }, [&] { io.stop(); }));
    io.run();
    EXPECT_NE(ended, std::thread::id());
    EXPECT_NE(ended, std::this_thread::get_id());
}

TEST(OffloadPool, ThreadsBlockAllSignals) {
    asio::io_context io{1};
    auto const stay = asio::make_work_guard(io);
    sigset_t seen;
    sigemptyset(&seen);
    offload_pool pool(io.get_executor(), sized(1, 1));
    ASSERT_TRUE(pool.submit([&] { pthread_sigmask(SIG_SETMASK, nullptr, &seen); }, [&] { io.stop(); }));
    io.run();
    for (int const number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGPIPE})
        EXPECT_EQ(sigismember(&seen, number), 1) << number;
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    EXPECT_EQ(sigismember(&mine, SIGTERM), 0) << "the loop's thread gets them still";
}

}  // namespace
