// The way of one fetch from its URL to the head of the final answer: redirects followed, failures retried,
// cookies taken along.
//
// Loop thread only. What happens is written to the trace as it happens, so that it is there when the journey
// fails. What to do is decided in http/redirect and http/retry; all waiting is bounded by the scope, and a
// wait that would outlast it is not begun: then the answer, or the failure, stands as it is.
#pragma once

#include <memory>
#include <optional>
#include <random>

#include "fetch/fetch.hpp"
#include "http/cookie_jar.hpp"
#include "http/redirect.hpp"

namespace fetchd {

class journey {
  public:
    struct end {
        std::optional<url> moved_to;  // where redirects led; nothing where there were none
        std::unique_ptr<response> answer;
        std::unique_ptr<outgoing> changed;  // what it answers; null where that is the request as it was given
    };

    // Everything must outlive the journey and, but for the random numbers, the answer it ends with. cookies:
    // of the session, or null.
    journey(client&, fetch_request const&, std::shared_ptr<cookie_jar> cookies, std::minstd_rand& random,
            scope&, fetch_trace&);

    awaitable<result<end>> travel();

  private:
    url const& at() const { return moved_ ? *moved_ : request_.target; }
    outgoing const& out() const { return changed_ ? *changed_ : request_.out; }
    outgoing& change();

    end arrive(std::unique_ptr<response>);
    void take_cookies();
    awaitable<result<std::unique_ptr<response>>> persist();
    awaitable<result<std::unique_ptr<response>>> go_on(std::unique_ptr<response>);
    std::optional<milliseconds> wait_before_retry(result<std::unique_ptr<response>> const&,
                                                  std::size_t tries);
    awaitable<void> leave(response&);
    result<void> follow(response const&, redirect&&);

    client& client_;
    fetch_request const& request_;
    std::shared_ptr<cookie_jar> cookies_;
    std::minstd_rand& random_;
    scope& life_;
    fetch_trace& trace_;
    // Where the next request goes and what it says: the caller's own until a redirect or a cookie changes it.
    std::optional<url> moved_;
    std::size_t alike_since_ = 0;  // the redirects from here on were met by the same request
    std::unique_ptr<outgoing> changed_;
    clock::duration waited_{};  // before the next try
};

}  // namespace fetchd
