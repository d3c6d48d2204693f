// fetchd with tasks that misbehave, and a resolver that does what the test says.
//
// The program is fetchd's own but for three things. Beside the real tasks there are `abort`, `deep`, `exit`,
// `fail`, `forks`, `hog`, `huge`, `nap`, `ring`, `segv` and `spin`. The clock runs CLOCK_RATE times as fast,
// where that is set, and the system's clock is as many seconds ahead as the eight bytes of the file say that
// CLOCK_STEP names. And names under .test are resolved here: here.test is 127.0.0.1, inside.test
// is 10.0.0.1, missing.test does not exist, broken.test fails, and a name that begins with "held" is
// 127.0.0.1 as soon as the FIFO named by NAMES_GATE has a writer. All other names under .test do not exist,
// or, where NAMES_DNS names a port, are what the DNS server there says (scripted_dns).
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "start.hpp"
#include "support/dns_lookup.hpp"
#include "worker/child.hpp"
#include "worker/tasks/context.hpp"

namespace {

using fetchd::result;
using fetchd::tasks::context;
using fetchd::tasks::output_kind;

// What a worker may wait for.
void rest(timespec const* at_most) {
    std::atomic<std::uint32_t> never{0};
    ::syscall(SYS_futex, &never, FUTEX_WAIT, 0, at_most, nullptr, 0);
}

result<void> die(context&, std::string&) {
    std::abort();
}

result<void> segv(context& visit, std::string&) {
    auto* const nowhere = reinterpret_cast<char volatile*>(visit.bytes().size() % 64);
    *nowhere = 'x';
    return {};
}

// Recurses until the stack is full.
[[gnu::noinline]] std::size_t deeper(std::size_t n) {
    char volatile frame[4096];
    frame[n % sizeof frame] = static_cast<char>(n);
    return n == 0 ? 0 : deeper(n + 1) + static_cast<std::size_t>(frame[0]);
}

result<void> deep(context& visit, std::string& out) {
    out = std::to_string(deeper(visit.bytes().size() + 1));
    return {};
}

// A process for every process there is, five times: 32, where nothing prevents it.
result<void> forks(context&, std::string& out) {
    auto const first = ::getpid();
    int made = 0;
    for (int i = 0; i < 5; ++i)
        if (::fork() >= 0)
            ++made;
    if (::getpid() != first)
        ::_exit(0);
    out = std::to_string(made);
    return {};
}

result<void> fail(context&, std::string&) {
    throw std::runtime_error("it was told to");
}

result<void> leave(context&, std::string&) {
    ::_exit(3);
}

// Touches all it takes. Bounded all the same: where sanitizers forbid a limit it must not take the machine.
result<void> hog(context&, std::string& out) {
    constexpr std::size_t block = 16U << 20U;
    std::vector<std::string> all;
    while (all.size() < 64)
        all.emplace_back(block, 'h');
    out = std::to_string(all.size());
    throw std::bad_alloc();
}

// More than any limit of the tests lets through.
result<void> huge(context&, std::string& out) {
    out.assign(8U << 20U, 'x');
    return {};
}

// As many milliseconds as the document says.
result<void> nap(context& visit, std::string& out) {
    auto const ms = std::strtol(std::string(visit.bytes()).c_str(), nullptr, 10);
    timespec const pause{ms / 1000, ms % 1000 * 1000000};
    rest(&pause);
    out = "slept";
    return {};
}

// Says that it is done, and has answered nothing.
result<void> ring(context&, std::string&) {
    std::uint64_t const one = 1;
    if (::write(fetchd::worker::worker_descriptors::bell, &one, sizeof one) == sizeof one)
        rest(nullptr);
    return {};
}

result<void> spin(context&, std::string&) {
    for (std::atomic<unsigned> turns{0};;)
        ++turns;
}

fetchd::tasks::registry with_faults() {
    static auto const all = [] {
        auto const good = fetchd::tasks::standard();
        std::vector<fetchd::tasks::entry> entries(good.begin(), good.end());
        for (auto const& bad :
             std::initializer_list<fetchd::tasks::entry>{{"abort", output_kind::text, die},
                                                         {"deep", output_kind::text, deep},
                                                         {"exit", output_kind::text, leave},
                                                         {"fail", output_kind::text, fail},
                                                         {"forks", output_kind::text, forks},
                                                         {"hog", output_kind::text, hog},
                                                         {"huge", output_kind::text, huge},
                                                         {"nap", output_kind::text, nap},
                                                         {"ring", output_kind::text, ring},
                                                         {"segv", output_kind::text, segv},
                                                         {"spin", output_kind::text, spin}})
            entries.push_back(bad);
        std::sort(entries.begin(), entries.end(),
                  [](auto const& a, auto const& b) { return a.name < b.name; });
        return entries;
    }();
    return all;
}

void wait_for_gate() {
    char const* const path = std::getenv("NAMES_GATE");
    int const gate = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (gate >= 0)
        ::close(gate);
}

using resolver = int (*)(char const*, char const*, addrinfo const*, addrinfo**);

// Each address is made a list of one by the C library, so that its freeaddrinfo can free them all.
int resolve_by_dns(resolver real, char const* port, char const* name, char const* service,
                   addrinfo const* hints, addrinfo** list) {
    std::vector<std::string> addresses;
    auto const number = static_cast<std::uint16_t>(std::strtoul(port, nullptr, 10));
    if (int const error = fetchd::test::look_up_at(number, name, addresses))
        return error;
    *list = nullptr;
    auto** end = list;
    for (auto const& address : addresses)
        if (real(address.c_str(), service, hints, end) == 0)
            while (*end)
                end = &(*end)->ai_next;
    return *list ? 0 : EAI_NONAME;
}

}  // namespace

// In place of the C library's.
extern "C" int getaddrinfo(char const* name, char const* service, addrinfo const* hints, addrinfo** list) {
    static auto const real = reinterpret_cast<resolver>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    std::string_view const host = name ? name : "";
    if (!host.ends_with(".test"))
        return real(name, service, hints, list);
    if (host.starts_with("held"))
        wait_for_gate();
    else if (host == "broken.test")
        return EAI_AGAIN;
    else if (host != "here.test" && host != "inside.test") {
        char const* const port = std::getenv("NAMES_DNS");
        return port ? resolve_by_dns(real, port, name, service, hints, list) : EAI_NONAME;
    }
    return real(host == "inside.test" ? "10.0.0.1" : "127.0.0.1", service, hints, list);
}

namespace {

// Mapped once and shared with the test, which may write at any time.
std::atomic<std::int64_t> const* clock_step() {
    char const* const path = std::getenv("CLOCK_STEP");
    int const file = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return nullptr;
    void* const at = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    return at == MAP_FAILED ? nullptr : static_cast<std::atomic<std::int64_t> const*>(at);
}

}  // namespace

// In place of the C library's. The clock that deadlines are kept by starts right and then runs ahead: what
// the kernel is told to wait for by this clock comes late by as much as it is ahead.
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    static char const* const text = std::getenv("CLOCK_RATE");
    static std::int64_t const rate = text ? std::strtol(text, nullptr, 10) : 1;
    static auto const* const step = clock_step();
    static std::atomic<std::int64_t> first{0};  // threads ask at the same moment
    auto const failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    if (failed == 0 && clock == CLOCK_REALTIME && step)
        now->tv_sec += step->load();
    if (failed != 0 || clock != CLOCK_MONOTONIC || rate <= 1)
        return failed;
    auto const real = now->tv_sec * second + now->tv_nsec;
    std::int64_t start = 0;
    if (first.compare_exchange_strong(start, real))
        start = real;
    auto const shown = start + (real - start) * rate;
    *now = {shown / second, shown % second};
    return 0;
}

int main(int argc, char** argv) {
    return fetchd::start(argc, argv, with_faults());
}
