// One document on its way through the supervisor. Lives in the frame of supervisor::run().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "loop/bell.hpp"
#include "worker/process.hpp"
#include "worker/supervisor.hpp"

namespace fetchd::worker {

struct task {
    task(std::shared_ptr<supervisor*> owner_, executor ex) : owner(std::move(owner_)), wake(ex) {}
    ~task() {
        if (*owner)
            (*owner)->let_go(*this);
    }
    task(task const&) = delete;
    task& operator=(task const&) = delete;

    std::shared_ptr<supervisor*> owner;  // holds null when the supervisor is gone
    bell wake;                           // rung when anything below changes
    std::string head;
    std::string body;
    std::size_t max_output = 0;
    bool json = true;
    std::string only;  // without json: the task asked for; empty: the worker chooses
    time_point asked = clock::now();
    microseconds queued{0};
    time_point posted{};

    std::shared_ptr<process> at;  // its worker
    bool answered = false;
    bool late = false;           // task_timeout has passed
    bool untouched = false;      // its worker ended without having taken it up
    std::optional<failure> end;  // decided elsewhere: crashed, not_ready
};

}  // namespace fetchd::worker
