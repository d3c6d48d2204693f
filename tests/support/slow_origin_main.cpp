// slow-origin: the load origin as a program, for benchmarks. Prints where it listens, ends on SIGTERM or
// SIGINT.
//
//   slow-origin [--port N] [--delay-ms N] [--body-bytes N]
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "support/slow_origin.hpp"

namespace {

bool number(char const* text, long max, long& into) {
    auto const [end, ec] = std::from_chars(text, text + std::strlen(text), into);
    return ec == std::errc{} && *end == '\0' && into >= 0 && into <= max;
}

}  // namespace

int main(int argc, char** argv) {
    // Blocked before the origin's thread starts, so that only sigwait below sees them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    long port = 0;
    long delay = 0;
    long body = 1024;
    for (int i = 1; i < argc; i += 2) {
        std::string_view const name = argv[i];
        char const* value = i + 1 < argc ? argv[i + 1] : "";
        bool const good = (name == "--port" && number(value, 65535, port)) ||
                          (name == "--delay-ms" && number(value, 3'600'000, delay)) ||
                          (name == "--body-bytes" && number(value, 1L << 30, body));
        if (!good) {
            std::fprintf(stderr, "usage: slow-origin [--port N] [--delay-ms N] [--body-bytes N]\n");
            return 2;
        }
    }
    fetchd::test::slow_origin_options options;
    options.port = static_cast<std::uint16_t>(port);
    options.delay = fetchd::test::milliseconds{delay};
    options.body.assign(static_cast<std::size_t>(body), 'x');
    fetchd::test::slow_origin origin(options);
    std::printf("listening %s\n", origin.url("/").c_str());
    std::fflush(stdout);
    int which = 0;
    sigwait(&ends, &which);
    return 0;
}
