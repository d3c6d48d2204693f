// One document on its way through the supervisor. Lives in the frame of supervisor::run().
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "loop/bell.hpp"
#include "worker/process.hpp"
#include "worker/supervisor.hpp"
#include "worker/waiting_line.hpp"

namespace fetchd::worker {

struct task : waiter {
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
    std::string question;  // what of it goes into the fingerprint
    std::uint64_t max_decoded = 0;
    std::string body;
    std::size_t max_output = 0;
    bool json = true;
    std::string only;  // without json: the task asked for; empty: the worker chooses
    time_point asked = clock::now();
    microseconds queued{0};
    time_point posted{};
    fingerprint print;  // once it is posted

    std::shared_ptr<process> at;  // its worker
    bool answered = false;
    bool late = false;           // task_timeout has passed
    bool spared = false;         // its worker ended, and it is not to blame: to be given to another
    unsigned excused = 0;        // how often that was the worker's word
    std::optional<failure> end;  // decided elsewhere: crashed, not_ready
};

}  // namespace fetchd::worker
