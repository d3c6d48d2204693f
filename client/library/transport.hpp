// One HTTP exchange with the service, over libcurl.
//
// Safe from several threads; each exchange borrows a connection of its own and gives it back. Follows no
// redirects, uses no proxy, decodes nothing: what the service sends is what the receiver gets.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "fetchd/client.hpp"

namespace fetchd {
inline namespace client_v1 {

struct outgoing {
    std::string method = "GET";
    std::string target;  // "/v1/raw?url=..."
    header_list headers;
    std::string_view body = {};            // sent with POST
    std::chrono::milliseconds timeout{0};  // 0: none but the idle timeout
    // In place of the body, with POST: see job_submission::read.
    std::function<std::optional<std::size_t>(char*, std::size_t)> stream = {};
};

struct incoming {
    int status = 0;
    header_list headers;  // names in lower case

    std::string_view find(std::string_view lower_case_name) const;
};

// False from either ends the exchange with trouble::cancelled, unless `complaint` was set: then with that.
struct receiver {
    std::function<bool(incoming const&)> head;  // once, final answers only
    std::function<bool(std::string_view)> body;
    std::optional<client_error> complaint = {};
};

class transport {
  public:
    explicit transport(client_options options);
    ~transport();

    // Empty when the whole answer has been received.
    std::optional<client_error> exchange(outgoing const&, receiver&);

    client_options const& options() const { return options_; }
    std::string const& shown_base() const { return shown_base_; }

    static std::string escaped(std::string_view text);  // for a query value

  private:
    struct connection;
    class lease;

    std::unique_ptr<connection> borrow();
    void give_back(std::unique_ptr<connection>);

    static constexpr std::size_t max_idle = 16;

    client_options options_;
    std::string base_;        // without a slash at the end
    std::string shown_base_;  // without user and password: for messages
    std::mutex mutex_;
    std::vector<std::unique_ptr<connection>> idle_;
};

}  // namespace client_v1
}  // namespace fetchd
