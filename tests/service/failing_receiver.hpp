// A receiver of webhooks that fails a third of the time, and knows every message by its id.
//
// Of what is posted to /hook/NAME no more than three attempts of one message fail, and two in a row, so that
// it is not left alone for half a minute by itself. Kills may make it more.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <random>
#include <set>

#include "service/ask.hpp"
#include "support/scripted_origin.hpp"

namespace fetchd::test {

class failing_receiver {
  public:
    struct message {
        std::string target;
        std::string body;
        bool taken = false;  // once it was answered with 200
    };

    explicit failing_receiver(unsigned seed) : random_(seed) {}

    // Tell it before anything is posted there.
    std::string open(std::string const& name) {
        origin_.on("/hook/" + name, [this](seen_request const& r) { return answer(r); });
        return origin_.url("/hook/" + name);
    }
    // All that came whole, by id; under one id always the same.
    std::map<std::string, message> messages() const {
        std::map<std::string, message> all;
        std::lock_guard const held(mutex_);
        for (auto const& r : origin_.record().requests) {
            auto const id = r.header("webhook-id").value_or("none");
            auto const [at, is_new] = all.try_emplace(id, message{r.target, r.body, taken_.contains(id)});
            EXPECT_EQ(at->second.target, r.target);
            EXPECT_EQ(at->second.body, r.body) << "another content under the same id";
        }
        return all;
    }
    std::size_t failed() const {
        std::lock_guard const held(mutex_);
        return failed_;
    }

  private:
    // When its head is there: what it says is known later.
    script answer(seen_request const& r) {
        auto const id = r.header("webhook-id").value_or("none");
        std::lock_guard const held(mutex_);
        auto& in_a_row = in_a_row_[r.target];
        auto const how = random_() % 9;
        if (how > 2 || in_a_row == 2 || failures_[id] == 3) {
            in_a_row = 0;
            taken_.insert(id);
            return script{}.answer(200, "");
        }
        ++in_a_row;
        ++failures_[id];
        ++failed_;
        return how == 0 ? script{}.answer(500, "") : how == 1 ? script{}.close() : script{}.reset();
    }

    mutable std::mutex mutex_;
    std::minstd_rand random_;
    std::set<std::string> taken_;
    std::map<std::string, std::size_t> failures_;  // by id
    std::map<std::string, std::size_t> in_a_row_;  // by target
    std::size_t failed_ = 0;
    scripted_origin origin_;  // last: its threads use the others
};

}  // namespace fetchd::test
