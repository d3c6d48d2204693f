// What an origin does with one request: which bytes, when, and when to cut.
//
//   script{}.answer(200, "<p>hello")                                  a whole, well-framed answer
//   script{}.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").gate("cut").reset()
//   script{}.answer(200, "x").gate("idle over").close()               keep-alive, then closed while idle
//   script{}.stall()                                                  request read, never answered
//
// A plain value without I/O. When its steps are over the connection is kept for the next request, unless a
// step ended it or the request said `connection: close`.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/patience.hpp"

namespace fetchd::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct step {
    enum class kind {
        send,        // bytes
        answer,      // bytes is the head, body follows unless the request was HEAD
        repeat,      // bytes again and again until total bytes are sent
        drip,        // bytes, each one in its own packet, pause apart
        gate,        // wait until the test opens the gate named by bytes
        delay,       // wait for pause
        read_body,   // read the request's body now (scripts that began at_head)
        close,       // FIN, after a TLS close_notify
        cut,         // FIN without close_notify
        reset,       // RST
        close_half,  // FIN of our direction only, the connection stays readable
        stall,       // nothing more, until the client goes away or the origin stops
    };
    kind what = kind::send;
    std::string bytes;
    std::string body;
    std::uint64_t total = 0;
    milliseconds pause{0};
};

class script {
  public:
    script& send(std::string bytes) & { return add({step::kind::send, std::move(bytes), {}, 0, {}}); }
    // Status line, the given headers, a content-length unless given, and the body.
    script& answer(int status, std::string body, header_list headers = {}) &;
    // total bytes made of block repeated, streamed from one buffer: gigabytes cost no memory.
    script& send_repeated(std::string block, std::uint64_t total) & {
        return add({step::kind::repeat, std::move(block), {}, total, {}});
    }
    script& drip(std::string bytes, milliseconds between = {}) & {
        return add({step::kind::drip, std::move(bytes), {}, 0, between});
    }
    script& gate(std::string name) & { return add({step::kind::gate, std::move(name), {}, 0, {}}); }
    // Real time: only where time is what the test is about.
    script& delay(milliseconds pause) & { return add({step::kind::delay, {}, {}, 0, pause}); }
    script& read_body() & { return add({step::kind::read_body, {}, {}, 0, {}}); }
    script& close() & { return add({step::kind::close, {}, {}, 0, {}}); }
    script& cut() & { return add({step::kind::cut, {}, {}, 0, {}}); }
    script& reset() & { return add({step::kind::reset, {}, {}, 0, {}}); }
    script& close_half() & { return add({step::kind::close_half, {}, {}, 0, {}}); }
    script& stall() & { return add({step::kind::stall, {}, {}, 0, {}}); }
    // The steps start when the head is there, before the body is read and without a 100 Continue.
    script& at_head() & { return early_ = true, *this; }

    // The same on a temporary, so that a script can be written in one expression.
    script&& send(std::string bytes) && { return std::move(send(std::move(bytes))); }
    script&& answer(int status, std::string body, header_list headers = {}) && {
        return std::move(answer(status, std::move(body), std::move(headers)));
    }
    script&& send_repeated(std::string block, std::uint64_t total) && {
        return std::move(send_repeated(std::move(block), total));
    }
    script&& drip(std::string bytes, milliseconds between = {}) && {
        return std::move(drip(std::move(bytes), between));
    }
    script&& gate(std::string name) && { return std::move(gate(std::move(name))); }
    script&& delay(milliseconds pause) && { return std::move(delay(pause)); }
    script&& read_body() && { return std::move(read_body()); }
    script&& close() && { return std::move(close()); }
    script&& cut() && { return std::move(cut()); }
    script&& reset() && { return std::move(reset()); }
    script&& close_half() && { return std::move(close_half()); }
    script&& stall() && { return std::move(stall()); }
    script&& at_head() && { return std::move(at_head()); }

    std::vector<step> const& steps() const { return steps_; }
    bool starts_at_head() const { return early_; }
    bool empty() const { return steps_.empty(); }

  private:
    script& add(step next) { return steps_.push_back(std::move(next)), *this; }

    std::vector<step> steps_;
    bool early_ = false;
};

// "HTTP/1.1 200 OK\r\nname: value\r\n\r\n", for scripts that frame by hand.
std::string answer_head(int status, header_list const& headers = {});

// One chunk of a chunked body; the empty one is the last chunk and ends the body.
std::string chunk(std::string_view bytes);

}  // namespace fetchd::test
