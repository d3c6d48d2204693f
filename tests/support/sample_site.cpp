// sample-site: a handful of ordinary pages on 127.0.0.1, for `make demo` and for tests.
//
//   sample-site [--port N]      0, the default, takes any free port; prints "listening
//   http://127.0.0.1:PORT/"
//
// Ends on SIGTERM or SIGINT with exit code 0.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <system_error>

#include <zlib.h>

#include "support/sample_pages.hpp"
#include "support/slow_origin.hpp"

namespace {

using namespace fetchd::test;

constexpr auto html = "text/html; charset=utf-8";

std::string gzipped(std::string const& text) {
    z_stream stream{};
    // 16 more than the window asks for the gzip wrapper.
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    int const done = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (done != Z_STREAM_END)
        throw std::runtime_error("deflate");
    return out;
}

std::string answer_with_head(std::string const& status, std::string const& fields, std::string const& body) {
    return "HTTP/1.1 " + status + "\r\nserver: sample-site\r\n" + fields +
           "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string page(std::string const& body, std::string const& type = html, std::string const& more = "") {
    return answer_with_head("200 OK", "content-type: " + type + "\r\n" + more, body);
}

std::map<std::string, slow_answer, std::less<>> whole_site() {
    std::map<std::string, slow_answer, std::less<>> site;
    site["/"].bytes = page(index_page());
    site["/article"].bytes = page(article_page(), html, "last-modified: Tue, 03 Jun 2025 08:30:00 GMT\r\n");
    site["/listing"].bytes = page(listing_page());
    site["/latin1"].bytes = page(latin1_page(), "text/html; charset=ISO-8859-1", "content-language: de\r\n");
    site["/gzip"].bytes =
        page(gzipped(gzip_page()), html, "content-encoding: gzip\r\nvary: accept-encoding\r\n");
    site["/slow"] = {page(slow_page()), milliseconds{2000}, false};
    site["/robots.txt"].bytes = page(robots_text(), "text/plain; charset=utf-8");
    site["/old"].bytes = answer_with_head("301 Moved Permanently",
                                          "location: /article\r\ncontent-type: text/html; charset=utf-8\r\n",
                                          "<p>Moved to <a href=\"/article\">/article</a>.</p>\n");
    return site;
}

slow_answer answer_to(slow_request const& request,
                      std::map<std::string, slow_answer, std::less<>> const& site) {
    if (request.method != "GET" && request.method != "HEAD")
        return {answer_with_head("405 Method Not Allowed", "allow: GET, HEAD\r\n", ""), {}, true};
    auto const found = site.find(request.target.substr(0, request.target.find('?')));
    if (found == site.end())
        return {
            answer_with_head("404 Not Found", std::string("content-type: ") + html + "\r\n", missing_page()),
            {},
            false};
    return found->second;
}

int serve(std::uint16_t port, sigset_t const& ends) {
    auto const site = whole_site();
    slow_origin_options options;
    options.port = port;
    options.choose = [&site](slow_request const& request) { return answer_to(request, site); };
    slow_origin origin(options);
    std::printf("listening %s\n", origin.url("/").c_str());
    std::fflush(stdout);
    int which = 0;
    sigwait(&ends, &which);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    // Blocked before the origin's thread starts, so that only sigwait sees them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    std::uint16_t port = 0;
    bool good = argc == 1;
    if (argc == 3 && std::strcmp(argv[1], "--port") == 0) {
        auto const [end, ec] = std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), port);
        good = ec == std::errc{} && *end == '\0';
    }
    if (!good) {
        std::fprintf(stderr, "usage: sample-site [--port N]\n");
        return 2;
    }
    try {
        return serve(port, ends);
    } catch (std::system_error const& error) {
        std::fprintf(stderr, "sample-site: port %u: %s\n", static_cast<unsigned>(port), error.what());
        return 1;
    }
}
