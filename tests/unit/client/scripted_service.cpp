#include "unit/client/scripted_service.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace fetchctl_test {
namespace {

bool read_some(int fd, std::string& to) {
    char buffer[16 * 1024];
    auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n > 0)
        to.append(buffer, static_cast<std::size_t>(n));
    return n > 0;
}

std::size_t length_of(std::string const& head) {
    auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
}

// RFC 9112 §7.1, as libcurl writes it: no extensions, no trailers.
bool read_chunks(int fd, std::string bytes, std::string& body) {
    for (;;) {
        auto end = std::string::npos;
        while ((end = bytes.find("\r\n")) == std::string::npos)
            if (!read_some(fd, bytes))
                return false;
        auto const size = std::strtoul(bytes.c_str(), nullptr, 16);
        bytes.erase(0, end + 2);
        while (bytes.size() < size + 2)
            if (!read_some(fd, bytes))
                return false;
        body += bytes.substr(0, size);
        bytes.erase(0, size + 2);
        if (size == 0)
            return true;
    }
}

bool read_request(int fd, request& r) {
    std::string bytes;
    std::size_t end = std::string::npos;
    while ((end = bytes.find("\r\n\r\n")) == std::string::npos)
        if (!read_some(fd, bytes))
            return false;
    r.head = bytes.substr(0, end + 2);
    r.body = bytes.substr(end + 4);
    if (r.has("Transfer-Encoding: chunked") && !read_chunks(fd, std::exchange(r.body, {}), r.body))
        return false;
    while (r.body.size() < length_of(r.head))
        if (!read_some(fd, r.body))
            return false;
    auto const space = r.head.find(' ');
    r.method = r.head.substr(0, space);
    r.target = r.head.substr(space + 1, r.head.find(' ', space + 1) - space - 1);
    return true;
}

}  // namespace

scripted_service::scripted_service(script s) : script_(std::move(s)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error("no port to listen on");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this] { accept_all(); });
}

scripted_service::~scripted_service() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
}

std::vector<request> scripted_service::seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
}

void scripted_service::accept_all() {
    for (;;) {
        int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0)
            return;
        connections_.emplace_back([this, fd] { serve(fd); });
    }
}

void scripted_service::serve(int fd) {
    request r;
    if (read_request(fd, r)) {
        {
            std::lock_guard lock(mutex_);
            seen_.push_back(r);
        }
        std::string_view bytes;
        auto const answer = script_(r);
        for (bytes = answer; !bytes.empty();) {
            auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                break;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        ::shutdown(fd, SHUT_WR);
        std::string rest;
        while (read_some(fd, rest)) {
        }
    }
    ::close(fd);
}

std::string reply(int status, std::string const& type, std::string const& body,
                  std::string const& more_headers) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\nContent-Type: " + type + "\r\n" + more_headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

std::string page(std::string const& url, std::string const& markdown) {
    return R"({"id":"f-1","url":")" + url + R"(","final_url":")" + url +
           R"(","outcome":"ok","status":200,"content_type":"text/html","bytes":{"wire":10,"decoded":20},)"
           R"("timings_us":{"dns":1200,"total":34000},"output":{"markdown":")" +
           markdown + R"(","metadata":{"title":"A page","open_graph":{"type":"article"}}}})";
}

std::string asked_url(request const& r) {
    if (r.method == "POST") {
        auto const at = r.body.find("\"url\":\"") + 7;
        return r.body.substr(at, r.body.find('"', at) - at);
    }
    auto const at = r.target.find("url=") + 4;
    return r.target.substr(at, r.target.find('&', at) - at);
}

}  // namespace fetchctl_test
