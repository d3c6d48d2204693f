// An origin's answer: its head, and its body piece by piece.
//
// Owns the connection until the body has been read to its end; then the connection goes back to the pool if
// it may be used again, and is closed otherwise. Reading only as fast as next() is called is the
// back-pressure. Loop thread only; must not outlive the scope or the pool.
#pragma once

#include <memory>
#include <optional>

#include "http/chunked.hpp"
#include "net/connection_pool.hpp"
#include "net/response_head.hpp"

namespace fetchd {

class response {
  public:
    static constexpr auto discard_time = std::chrono::milliseconds(250);  // a new connection costs no more

    // limits: of silence and of speed.
    response(connection_pool&, endpoint, std::unique_ptr<connection>, response_head, scope&,
             phase_limits const& limits);
    ~response();
    response(response const&) = delete;
    response& operator=(response const&) = delete;

    response_head head;

    // The next piece of the body, transfer coding removed, content coding as it is; empty at the end. The
    // view is good until the next call. After a failure there is nothing more to read.
    awaitable<result<std::string_view>> next();

    // The next call of next() will not have to wait for the origin, as far as can be seen.
    bool ready() const { return finished_ || conn_->input.size() > given_; }
    bool finished() const { return finished_; }
    std::uint64_t body_bytes() const { return body_bytes_; }
    endpoint const& from() const { return endpoint_; }

    // Reads and forgets the rest when it is short and comes within discard_time, so that the connection can
    // be used again.
    awaitable<void> discard();

  private:
    struct piece {
        std::string_view data;
        bool need_more = false;
    };
    result<piece> take_buffered();
    awaitable<result<void>> read_more();
    failure read_failure(error_code) const;
    bool too_slow(clock::duration waited, std::size_t bytes);
    void finish();

    connection_pool& pool_;
    scope& life_;
    endpoint endpoint_;
    std::unique_ptr<connection> conn_;
    std::optional<scope::hold> hold_;  // gone with the connection: it is somebody else's then
    alarm silence_;
    milliseconds const most_silence_;
    std::size_t const min_speed_;
    clock::duration waited_{};      // for the origin, since the speed was last looked at
    std::size_t waited_bytes_ = 0;  // what came meanwhile
    chunked_reader chunks_;
    std::uint64_t left_;       // framing::length
    std::size_t given_ = 0;    // bytes of the input that the caller still looks at
    bool full_reads_ = false;  // the last read filled its block: a larger one pays
    bool finished_ = false;
    std::uint64_t body_bytes_ = 0;
};

}  // namespace fetchd
