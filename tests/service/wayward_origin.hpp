// An origin whose URLs say how they fail before they succeed, and that counts each.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <unordered_map>

#include "service/crash_fixture.hpp"

namespace fetchd::test {

// Does what the end of the path says: "page"; "moved", to the same path with "/page" behind it; "busy1",
// "cut2", "short1": as often as the number says it answers 503, nothing, or half. "busy2" wants to be left
// alone for as long as is usual. No more than two failures in a row, or it would be for half a minute.
class wayward_origin {
  public:
    std::string url(std::string const& path) const { return pages_.url(path); }
    std::size_t count(std::string const& path) const { return pages_.count(path); }
    std::size_t failures(std::string const& path) const {
        std::lock_guard const held(mutex_);
        auto const at = failures_.find(path);
        return at == failures_.end() ? 0 : at->second;
    }
    // Looks again at each request.
    template <class Predicate>
    bool wait_until(Predicate holds, milliseconds at_most = patience()) {
        return pages_.wait_until(holds, at_most);
    }
    // When it returns, everything that was sent before has been seen.
    void catch_up() const { EXPECT_EQ(get(pages_.port(), "/robots.txt").end, answer_end::complete); }

  private:
    slow_answer answer(std::string const& target, std::size_t n) {
        auto const what = target.substr(target.rfind('/') + 1);
        auto const delay = milliseconds(target.size() % 4);
        auto const times = what.back() <= '9' ? static_cast<std::size_t>(what.back() - '0') : 0;
        std::lock_guard const held(mutex_);
        if (n > times || in_a_row_ == 2) {
            in_a_row_ = 0;
            auto const moved =
                "HTTP/1.1 302 Found\r\nlocation: " + target + "/page\r\ncontent-length: 0\r\n\r\n";
            return {what == "moved" ? moved : whole_answer("text/plain", target), delay, false};
        }
        ++in_a_row_;
        ++failures_[target];
        if (what.starts_with("busy")) {
            std::string const after = times == 1 ? "retry-after: 0\r\n" : "";
            return {"HTTP/1.1 503 Busy\r\n" + after + "content-length: 0\r\n\r\n", delay, false};
        }
        return {what.starts_with("cut") ? "" : "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf", delay,
                true};
    }

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::size_t> failures_;
    std::size_t in_a_row_ = 0;
    counting_origin pages_{[this](auto const& target, auto n) { return answer(target, n); }};  // last
};

}  // namespace fetchd::test
