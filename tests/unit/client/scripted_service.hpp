// A service made of one function: it is given each request and says which bytes to answer.
//
// One thread a connection, one request a connection, then it is closed. Listens on a free port of 127.0.0.1.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fetchctl_test {

struct request {
    std::string method;
    std::string target;
    std::string head;  // request line and headers
    std::string body;

    bool has(std::string const& text) const { return head.find(text) != std::string::npos; }
};

class scripted_service {
  public:
    using script = std::function<std::string(request const&)>;

    explicit scripted_service(script);
    ~scripted_service();
    scripted_service(scripted_service const&) = delete;
    scripted_service& operator=(scripted_service const&) = delete;

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::vector<request> seen() const;

  private:
    void accept_all();
    void serve(int fd);

    script script_;
    int listener_;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::vector<request> seen_;
    std::vector<std::jthread> connections_;
    std::jthread acceptor_;
};

// A whole answer with a Content-Length.
std::string reply(int status, std::string const& type, std::string const& body,
                  std::string const& more_headers = "");

// A result document for this URL that holds this Markdown.
std::string page(std::string const& url, std::string const& markdown);

// The value of "url" in a POST /v1/fetch, or of ?url= (undecoded).
std::string asked_url(request const&);

}  // namespace fetchctl_test
