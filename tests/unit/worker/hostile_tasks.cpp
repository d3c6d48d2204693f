// Tasks that crash, spin and lie, as a worker taken over by its document would.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "unit/worker/lane_fixture.hpp"
#include "worker/area.hpp"
#include "worker/child.hpp"
#include "worker/frame.hpp"
#include "worker/sanitizers.hpp"
#include "worker/tasks/context.hpp"

namespace fetchd::worker {
namespace {

using tasks::context;

area_shape shape;  // of the workers' areas: set before they are forked

// The beginning of the worker's area, found where a hostile document would look for it: its own bytes lie in
// the request part, which begins with a page that begins with the prologue.
char* area_of(context const& c) {
    constexpr std::uintptr_t page = 4096;
    auto at = reinterpret_cast<std::uintptr_t>(c.bytes().data()) / page * page;
    for (std::uint32_t magic = 0;; at -= page) {
        std::memcpy(&magic, reinterpret_cast<void const*>(at), sizeof magic);
        if (magic == prologue::expected_magic)
            return reinterpret_cast<char*>(at - page);
    }
}

std::span<char> answer_part(context const& c) {
    return {area_of(c) + (shape.whole() - shape.answer), shape.answer};
}

std::uint32_t sequence(context const& c) {
    return reinterpret_cast<area::words const*>(area_of(c))->posted.load();
}

void ring() {
    std::uint64_t const one = 1;
    if (::write(worker_descriptors::bell, &one, sizeof one) != sizeof one)
        std::abort();
}

[[noreturn]] void rest() {
    for (std::atomic<std::uint32_t> never{0};;)
        futex_wait(never, 0);
}

answer_head proper_head(char const* task) {
    answer_head h;
    h.made_by = task;
    h.content_type = "text/plain";
    return h;
}

void claim(context const& c, prologue const& p, std::string_view head) {
    auto const part = answer_part(c);
    std::memcpy(part.data(), &p, sizeof p);
    std::memcpy(part.data() + sizeof p, head.data(), head.size());
}

prologue proper_prologue(context const& c, std::string_view head) {
    prologue p;
    p.sequence = sequence(c);
    p.head_bytes = static_cast<std::uint32_t>(head.size());
    p.payload_bytes = 8;
    return p;
}

[[noreturn]] void answer_with(context const& c, prologue const& p, std::string_view head) {
    claim(c, p, head);
    ring();
    rest();
}

// The body says which lie.
result<void> lie(context& c, std::string&) {
    auto const head = encode(proper_head("lie"));
    auto p = proper_prologue(c, head);
    auto const which = c.bytes();
    if (which == "head_bytes")
        p.head_bytes = ~0U;
    else if (which == "head_past_part")
        p.head_bytes = static_cast<std::uint32_t>(shape.answer);
    else if (which == "payload_bytes")
        p.payload_bytes = ~std::uint64_t{0};
    else if (which == "payload_past_part")
        p.payload_bytes = shape.answer - payload_offset(head.size()) + 1;
    else if (which == "magic")
        p.magic = 0;
    else if (which == "sequence")
        ++p.sequence;
    else if (which == "half_head")
        answer_with(c, proper_prologue(c, std::string_view(head).substr(1)),
                    std::string_view(head).substr(1));
    answer_with(c, p, head);
}

// Writes to every page of the area, then answers as it should.
result<void> squat(context& c, std::string& out) {
    out = c.bytes();
    auto* const begin = area_of(c);
    for (auto at = shape.whole() - shape.answer; at < shape.whole(); at += 4096)
        begin[at] = 'x';
    return {};
}

// Answers, then rings again and again.
result<void> lie_bell(context& c, std::string&) {
    auto const head = encode(proper_head("lie_bell"));
    auto p = proper_prologue(c, head);
    claim(c, p, head);
    std::memcpy(answer_part(c).data() + payload_offset(head.size()), "8 bytes!", 8);
    ring();
    for (;;)
        ring();
}

// Goes on writing to the answer while it is read.
result<void> scribble(context& c, std::string&) {
    auto const head = encode(proper_head("scribble"));
    auto p = proper_prologue(c, head);
    p.payload_bytes = answer_part(c).size() - payload_offset(head.size());
    claim(c, p, head);
    std::memset(answer_part(c).data() + payload_offset(head.size()), 'x', p.payload_bytes);
    ring();
    for (unsigned i = 0;; ++i) {
        std::memset(answer_part(c).data(), static_cast<int>(i), payload_offset(head.size()));
        std::memset(answer_part(c).data() + payload_offset(head.size()), static_cast<int>(i % 256), 4096);
    }
}

result<void> echo(context& c, std::string& out) {
    out = c.bytes();
    return {};
}

result<void> pid(context&, std::string& out) {
    out = std::to_string(::getpid());
    return {};
}

// What this process has open, its name, and what it may do: "3 fetchd-worker core=0". Asks the system: for a
// worker without seccomp.
result<void> inside(context&, std::string& out) {
    for (int fd = 3; fd < 1024; ++fd)
        if (::fcntl(fd, F_GETFD) >= 0)
            out += std::to_string(fd) + " ";
    char name[16]{};
    ::prctl(PR_GET_NAME, name);
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    out += std::string(name) + " core=" + std::to_string(core.rlim_max);
    return {};
}

result<void> crash(context&, std::string&) {
    std::abort();
}

result<void> segv(context&, std::string&) {
    ::raise(SIGSEGV);
    return {};
}

// Says that it never took the document up, and dies.
result<void> deny(context& c, std::string&) {
    reinterpret_cast<area::words*>(area_of(c))->started.store(0);
    std::abort();
}

result<void> leave(context&, std::string&) {
    ::_exit(3);
}

[[noreturn]] void go_round() {
    for (std::atomic<unsigned> turns{0};;)
        ++turns;
}

result<void> spin(context&, std::string&) {
    go_round();
}

result<void> stubborn(context&, std::string&) {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    go_round();
}

result<void> greedy(context&, std::string& out) {
    if (sanitized)
        throw std::bad_alloc();  // a sanitizer ends the process instead
    out.assign(std::size_t{1} << 40U, 'x');
    return {};
}

void allocate_too_much() {
    throw std::bad_alloc();
}

void starve() noexcept {
    allocate_too_much();
}

result<void> starved(context&, std::string&) {
    starve();
    return {};
}

result<void> refuse(context&, std::string&) {
    return failure(stage::process, code::unsupported_type, "not this one");
}

result<void> big(context& c, std::string& out) {
    out.assign(std::stoul(std::string(c.bytes())), 'b');
    return {};
}

// Says the body as it is: past the checks of the tasks' own code.
[[noreturn]] void say_as(char const* task, context& c) {
    auto const head = encode(proper_head(task));
    auto p = proper_prologue(c, head);
    p.payload_bytes = c.bytes().size();
    std::memcpy(answer_part(c).data() + payload_offset(head.size()), c.bytes().data(), c.bytes().size());
    claim(c, p, head);
    ring();
    ::_exit(0);
}

result<void> say(context& c, std::string&) {
    say_as("say", c);
}

result<void> json_say(context& c, std::string&) {
    say_as("", c);
}

// Says that another task made it.
result<void> say_other(context& c, std::string&) {
    say_as(c.bytes() == "json" ? "" : "echo", c);
}

// A task that writes what is no JSON.
result<void> json_raw(context& c, std::string& out) {
    out = c.bytes();
    return {};
}

constexpr tasks::entry all[] = {
    {"big", tasks::output_kind::text, big},
    {"crash", tasks::output_kind::text, crash},
    {"deny", tasks::output_kind::text, deny},
    {"echo", tasks::output_kind::text, echo},
    {"greedy", tasks::output_kind::text, greedy},
    {"inside", tasks::output_kind::text, inside},
    {"json_raw", tasks::output_kind::json, json_raw},
    {"json_say", tasks::output_kind::json, json_say},
    {"leave", tasks::output_kind::text, leave},
    {"lie", tasks::output_kind::text, lie},
    {"lie_bell", tasks::output_kind::text, lie_bell},
    {"pid", tasks::output_kind::text, pid},
    {"refuse", tasks::output_kind::text, refuse},
    {"say", tasks::output_kind::text, say},
    {"say_bytes", tasks::output_kind::bytes,
     [](context& c, std::string&) -> result<void> { say_as("say_bytes", c); }},
    {"say_json", tasks::output_kind::json,
     [](context& c, std::string&) -> result<void> { say_as("say_json", c); }},
    {"say_other", tasks::output_kind::text, say_other},
    {"scribble", tasks::output_kind::text, scribble},
    {"segv", tasks::output_kind::text, segv},
    {"spin", tasks::output_kind::text, spin},
    {"squat", tasks::output_kind::text, squat},
    {"starved", tasks::output_kind::text, starved},
    {"stubborn", tasks::output_kind::text, stubborn},
};

}  // namespace

tasks::registry test_tasks(workers_config const& settings) {
    shape = area_shape::of(settings);
    return all;
}

}  // namespace fetchd::worker
