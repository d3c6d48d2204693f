// What the threads of one scripted origin share. Everything in it is under its mutex.
//
// Outlives every visit: scripted_origin joins them first.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/origin_wire.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {

struct route {
    std::vector<script> in_turn;
    std::size_t used = 0;
    answer_with chosen;
};

struct gate_state {
    bool open = false;
    std::size_t passes = 0;
};

struct origin_state {
    std::mutex mutex;
    std::condition_variable changed;
    bool stopping = false;
    std::map<std::string, route, std::less<>> routes;
    route otherwise;
    route accepting;
    std::map<std::string, gate_state, std::less<>> gates;
    std::map<std::size_t, origin_wire*> wires;  // of open connections, by number
    origin_record record;

    // What to do with this request, or with a new connection. Not under the mutex: asks the test's function.
    script script_for(seen_request const&);
    script script_on_accept();
    void wake_all();  // with the mutex held
};

}  // namespace fetchd::test
