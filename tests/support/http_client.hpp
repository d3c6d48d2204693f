// A small blocking HTTP/1.1 client for tests: sends what it is told, reads one answer at a time.
//
// One thread at a time. Every wait has a deadline; nothing throws, the answer says how it ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/patience.hpp"
#include "support/script.hpp"

namespace fetchd::test {

enum class answer_end {
    complete,
    cut,        // connection ended inside the body
    no_answer,  // connection refused, or ended before a whole head
    timed_out,
    malformed,
};

struct answer {
    answer_end end = answer_end::no_answer;
    int status = 0;
    std::string version;
    std::string reason;
    std::string head;  // raw, of the final answer
    header_list headers;
    std::string body;              // decoded of chunks, the first keep bytes
    std::uint64_t body_bytes = 0;  // all that came
    std::vector<int> interim;      // 1xx before it

    bool ok() const { return end == answer_end::complete && status == 200; }
    std::optional<std::string> header(std::string_view name) const;  // the first, name in any case
    std::size_t count(std::string_view name) const;
};

struct read_options {
    bool to_head = false;                        // the request was HEAD: no body follows
    std::size_t keep = 64 << 20;                 // bytes of the body to keep
    milliseconds deadline = patience();          // for the whole answer
    std::function<void(std::string_view)> sink;  // sees every piece of the body
};

class http_client {
  public:
    explicit http_client(std::uint16_t port, std::string const& address = "127.0.0.1",
                         int receive_buffer = 0);
    ~http_client();
    http_client(http_client&&) noexcept;
    http_client& operator=(http_client&&) noexcept;

    bool connected() const { return socket_ >= 0; }
    bool was_reset() const { return reset_; }  // the last read met a RST, not a FIN
    bool send(std::string_view bytes, milliseconds deadline = patience());
    answer read(read_options const& options = {});
    // A whole request with host and content-length, then its answer; the connection stays.
    answer exchange(std::string_view method, std::string_view target, header_list const& headers = {},
                    std::string_view body = {}, read_options options = {});
    // In two halves, for a client that stops reading in between.
    answer read_head(read_options const& options = {});
    void read_body(answer& begun, read_options const& options = {});
    // True once the peer has closed and nothing is left to read.
    bool wait_for_close(milliseconds deadline = patience());
    void close_half();  // FIN of our direction
    void close();       // FIN
    void reset();       // RST
    int descriptor() const { return socket_; }
    std::string const& unread() const { return buffer_; }

  private:
    enum class got { some, end, error, late };
    got fill(test_clock::time_point until);
    void read_chunked(answer&, read_options const&, test_clock::time_point until);
    void read_counted(answer&, std::optional<std::uint64_t> bytes, read_options const&,
                      test_clock::time_point);
    std::optional<std::string> read_line(answer&, test_clock::time_point until);
    bool take(answer&, std::uint64_t bytes, read_options const&, test_clock::time_point until);

    int socket_ = -1;
    std::uint16_t port_ = 0;
    std::string buffer_;
    bool head_request_ = false;
    bool reset_ = false;
};

// One request on its own connection (connection: close).
answer request(std::uint16_t port, std::string_view method, std::string_view target, header_list headers = {},
               std::string_view body = {}, read_options options = {});
answer get(std::uint16_t port, std::string_view target, header_list headers = {}, read_options options = {});
answer post(std::uint16_t port, std::string_view target, std::string_view body,
            std::string_view content_type = "application/json", header_list headers = {},
            read_options options = {});

// Everything but RFC 3986 unreserved characters as %XX: safe in a query value.
std::string percent_encode(std::string_view text);

}  // namespace fetchd::test
