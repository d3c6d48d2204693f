// Webhooks on a store in memory, with time that is moved by hand, and receivers that do what a test says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "jobs/webhooks.hpp"
#include "unit/jobs/outbox_store.hpp"

namespace fetchd::jobs {

class scripted_door : public webhook_door {
  public:
    struct doing {
        milliseconds time{0};
        int status = 200;
        std::string retry_after;
        std::optional<failure> error{};
    };
    struct message {
        std::string url;
        std::string id;
        headers fields;
        std::string body;
        time_point at;
    };
    scripted_door(executor ex, timer_wheel& wheel, time_point& now) : ex_(ex), wheel_(wheel), now_(now) {}

    std::function<doing(message const&)> does = [](auto&) { return doing(); };
    std::vector<message> sent;
    std::size_t most_in_flight = 0;
    std::map<std::string, std::size_t> most_at;  // by URL

    std::vector<std::string> ids() const;  // of what was sent, in its order
    std::size_t sent_to(std::string_view url) const;

    awaitable<delivery_answer> post(url to, headers fields, std::string body, scope&, unix_ms now) override;

  private:
    executor ex_;
    timer_wheel& wheel_;
    time_point& now_;
    std::size_t in_flight_ = 0;
    std::map<std::string, std::size_t> in_flight_at_;
};

inline scripted_door::doing answering(int status, std::string retry_after = {}) {
    scripted_door::doing d;
    d.status = status;
    d.retry_after = std::move(retry_after);
    return d;
}
inline scripted_door::doing taking(milliseconds time, int status = 200) {
    auto d = answering(status);
    d.time = time;
    return d;
}

inline unix_ms between(scripted_door::message const& earlier, scripted_door::message const& later) {
    return std::chrono::duration_cast<milliseconds>(later.at - earlier.at).count();
}

class WebhooksTest : public testing::Test {
  protected:
    static constexpr milliseconds step{20};
    static constexpr auto const* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static constexpr auto const* other_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    WebhooksTest();
    ~WebhooksTest() override;

    void begin();  // and what is done at once
    void drain(milliseconds limit);
    void end(milliseconds limit = {});  // drained
    void restart();
    void run();                                    // until nothing more happens at this time
    void pass(milliseconds, milliseconds = step);  // in steps
    bool pass_until(std::function<bool()> const&, milliseconds limit, milliseconds = step);

    // A job of three results and its receiver; the name of that.
    std::string receiver_at(std::string const& url, std::string const& owner = "ann");
    static std::string circuit_of(std::string const& url, std::string const& owner = "ann");
    event about(std::string const& receiver) const;  // the first result, due now
    std::int64_t tell(std::string const& receiver);
    std::vector<std::int64_t> tell(std::string const& receiver, std::size_t count);
    event_state state(std::int64_t key) const { return store_.row(key).state; }
    std::size_t delivered() const { return store_.in_state(event_state::delivered); }
    void mark(event_mark);
    void open_circuit(std::string const& receiver);  // by failures; nothing is pending after it
    template <class T>
    result<T> ask(awaitable<result<T>> call) {
        std::optional<result<T>> answer;
        asio::co_spawn(io_, std::move(call),
                       [&](std::exception_ptr, result<T> value) { answer.emplace(std::move(value)); });
        run();
        return std::move(*answer);
    }

    asio::io_context io_{1};
    time_point now_ = clock::now() + std::chrono::hours(1);
    unix_ms system_ = 1'795'219'200'125;
    timer_wheel wheel_{io_.get_executor()};
    outbox_store store_{io_.get_executor()};
    scripted_door door_{io_.get_executor(), wheel_, now_};
    webhook_limits limits_;
    std::unique_ptr<webhooks> webhooks_;
    bool drained_ = false;
};

}  // namespace fetchd::jobs
