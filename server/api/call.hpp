// One request to the API, and the way to answer it.
//
// A handler reads the body if it wants it, then answers exactly once: whole with send(), or in pieces with
// start(), write() and finish(). Writing only as fast as the client reads is the back-pressure. When the
// client is gone the calls return false and the handler should return. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/request_head.hpp"
#include "base/byte_buffer.hpp"
#include "base/config.hpp"
#include "http/chunked.hpp"
#include "loop/scope.hpp"

namespace fetchd::api {

struct reply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string rest;  // follows the body: what is too large to be copied behind it
    std::string last;  // follows that
    headers fields;    // besides Content-Type, Content-Length, Date, Connection
};

std::string_view reason_phrase(int status);

class call {
  public:
    // patience: how long one write may wait for the client to read.
    call(tcp_socket& socket, byte_buffer& input, timer_wheel& wheel, milliseconds patience,
         request_head head);

    request_head const head;
    std::string parameter;  // what stands in the place of {...} in the route's path
    bool head_only() const { return head.method == "HEAD"; }
    std::string client_address() const;  // without the port; empty when the client is gone

    // The whole body; sends "100 Continue" first where the client waits for it. The failure is a reply to
    // send: 413 over the limit, 400 for bad framing, 408 too late, 499 when the client is gone.
    awaitable<boost::system::result<std::string, refusal>> read_body(std::size_t limit, time_point until);

    // The body piece by piece as it comes, each good until the next call; empty at the end of the body. The
    // same failures but for the limit, which is the reader's.
    awaitable<boost::system::result<std::string_view, refusal>> read_piece(time_point until);

    awaitable<bool> send(reply const&);

    // A piecewise answer. length: of the body, where it is known; chunked otherwise, or to the end of the
    // connection for HTTP/1.0. Fields follow; the head goes out with the first piece, or with flush().
    void start(int status, std::string_view reason, std::optional<std::uint64_t> length);
    void field(std::string_view name, std::string_view value);
    awaitable<bool> write(std::string_view piece);
    awaitable<bool> flush();
    awaitable<bool> finish();
    void cancel();   // what is being written or read is given up
    void abandon();  // the answer cannot be completed: the connection is cut

    // While it lives, the scope is ended (cancelled) when the client hangs up. Watches only after a while,
    // because a fast answer needs no watching. The body must have been read.
    class hangup_watch {
      public:
        hangup_watch(call&, scope&);
        ~hangup_watch();
        hangup_watch(hangup_watch const&) = delete;
        hangup_watch& operator=(hangup_watch const&) = delete;

      private:
        void watch();
        struct shared;
        call& call_;
        scope& life_;
        std::shared_ptr<shared> shared_;  // with the wait that is under way, which may outlive this
        alarm alarm_;
    };

    bool body_read() const { return body_read_; }
    int status() const { return status_; }
    std::uint64_t sent_bytes() const { return sent_bytes_; }
    bool may_keep_alive() const { return head.keep_alive && !broken_ && body_read_; }
    void close_after() { closing_ = true; }

  private:
    awaitable<io_result> read_more(time_point until);
    awaitable<bool> invite_body();
    std::string_view next_payload();
    bool body_ended() const;
    awaitable<bool> transmit(std::string_view first, std::string_view second = {});
    void begin_head(int status, std::string_view reason);
    void add_head_end();
    std::string take_out();

    tcp_socket& socket_;
    byte_buffer& input_;
    timer_wheel& wheel_;
    milliseconds patience_;
    std::string out_;  // what goes out before the next piece
    int status_ = 0;
    std::uint64_t sent_bytes_ = 0;
    bool head_open_ = false;  // fields may still be added
    bool has_date_ = false;
    chunked_reader chunks_;    // of a chunked body
    std::uint64_t body_left_;  // of one whose length is known
    bool invited_ = false;     // to send its body
    bool body_read_;
    bool broken_ = false;
    bool closing_ = false;
    bool chunked_ = false;
    bool bodiless_ = false;
    std::optional<std::uint64_t> left_;  // of a body of known length
};

}  // namespace fetchd::api
