// A store and the loop it runs on, for tests that call it as plain functions.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <exception>
#include <optional>

#include "jobs/sqlite/sqlite_store.hpp"
#include "temporary_folder.hpp"

namespace fetchd::jobs::test {

class driven_store {
  public:
    explicit driven_store(std::string const& folder) {
        settings.database.folder = folder;
        settings.database.keep_free = 0;  // the place for tests may be small
    }

    // Again after close(): a restart.
    void open() {
        auto opened = try_open();
        ASSERT_TRUE(opened) << opened.error().message();
    }
    result<void> try_open() {
        auto opened = open_sqlite_store(io.get_executor(), settings, clocks_here());
        if (!opened)
            return opened.error();
        store = std::move(*opened);
        return {};
    }
    void close() { store.reset(); }
    clocks clocks_here() {
        clocks c;
        c.now = [this] { return time_point(milliseconds(now)); };
        c.system = [this] { return now + step; };
        return c;
    }

    template <class T>
    T wait(awaitable<T> call) {
        std::optional<T> answer;
        asio::co_spawn(io, std::move(call), [&](std::exception_ptr error, T value) {
            if (error)
                std::rethrow_exception(error);
            answer.emplace(std::move(value));
        });
        while (!answer)
            io.run_one();
        return std::move(*answer);
    }

    // What must succeed.
    template <class T>
    T must(awaitable<result<T>> call) {
        auto answer = wait(std::move(call));
        if (!answer)
            throw std::runtime_error(answer.error().message());
        if constexpr (!std::is_void_v<T>)
            return std::move(*answer);
    }

    template <class Condition>
    void until(Condition const& reached) {
        while (!reached())
            io.run_one();
    }

    asio::io_context io{1};
    asio::executor_work_guard<executor> stay{io.get_executor()};
    sqlite_settings settings;
    unix_ms now = 1'000'000;
    unix_ms step = 0;  // of the system clock
    std::unique_ptr<jobs::store> store;
};

inline item_draft item(std::string url, std::string origin = "https://a.example") {
    return {std::move(url), std::move(origin), {}};
}

// n items of one origin.
inline std::vector<item_draft> items(std::size_t n, std::string const& origin = "https://a.example") {
    std::vector<item_draft> all;
    for (std::size_t i = 1; i <= n; ++i)
        all.push_back(item(origin + "/" + std::to_string(i), origin));
    return all;
}

inline settlement ended(item_ref const& ref, outcome o = outcome::succeeded) {
    settlement s;
    s.ref = ref;
    s.outcome = o;
    s.head = "\"id\":" + std::to_string(ref.n);
    return s;
}

}  // namespace fetchd::jobs::test
