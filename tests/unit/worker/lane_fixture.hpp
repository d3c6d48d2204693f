// A worker lane for tests: a real zygote, real forks, and tasks that misbehave on request.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "worker/supervisor.hpp"

namespace fetchd::worker {

// The tasks: echo, pid, and those that crash, spin or lie (hostile_tasks.cpp).
tasks::registry test_tasks(workers_config const&);

// A visit under way.
struct call {
    std::optional<result<visit>> got;
    std::unique_ptr<scope> life;

    bool failed_as(code what) const { return got && !*got && got->error().what == what; }
};

class Lane : public testing::Test {
  protected:
    Lane();
    ~Lane() override;

    // Starts zygote and supervisor with these settings. Before any other call.
    void start(workers_config, layer_set sandbox = layer_set::all(), tasks::registry = {});
    workers_config settings() const;  // two workers, short times

    std::shared_ptr<call> begin(std::string task, std::string body,
                                clock::duration patience = std::chrono::seconds(30), std::string origin = {});
    std::shared_ptr<call> begin(tasks::request, std::string body,
                                clock::duration patience = std::chrono::seconds(30), std::string origin = {});
    std::shared_ptr<call> begin_of(std::string origin, std::string task, std::string body) {
        return begin(std::move(task), std::move(body), std::chrono::seconds(30), std::move(origin));
    }
    // Runs the loop until the call is done; fails the test after a minute.
    void finish(call const&);
    result<visit> ask(std::string task, std::string body);
    std::string echo(std::string body);  // "" and a failed test when there is no answer
    template <class Condition>
    void run_until(Condition condition) {
        auto const limit = clock::now() + std::chrono::minutes(1);
        while (!condition() && clock::now() < limit)
            loop_->run_one_for(std::chrono::seconds(1));
        ASSERT_TRUE(condition()) << numbers();
    }
    std::string numbers() const;
    std::size_t open_descriptors();       // once the loop has let go of what it no longer needs
    std::size_t areas_in_memory() const;  // bytes of the areas shared with the workers
    std::vector<pid_t> worker_pids() const;
    pid_t zygote() const { return zygote_; }
    supervisor& lane() { return *lane_; }
    void shut_down();  // everything but the test's own memory

    std::unique_ptr<asio::io_context> loop_;
    std::unique_ptr<timer_wheel> wheel_;
    std::unique_ptr<supervisor> lane_;
    pid_t zygote_ = -1;
};

// Waits for another process, with the loop standing still.
template <class Condition>
void wait_until(Condition condition) {
    auto const limit = clock::now() + std::chrono::minutes(1);
    while (!condition() && clock::now() < limit)
        std::this_thread::yield();
    ASSERT_TRUE(condition());
}

std::string text_of(std::size_t bytes, unsigned seed);  // ASCII, different for each seed

}  // namespace fetchd::worker
