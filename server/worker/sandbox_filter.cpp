#include "worker/sandbox_filter.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "worker/child.hpp"
#include "worker/descriptor.hpp"
#include "worker/sanitizers.hpp"

namespace fetchd::worker {
namespace {

// Stands in the program for the number of the process that loads it.
constexpr std::uint32_t self = 0x5e1f5e1f;

class rules {
  public:
    rules() : context_(::seccomp_init(SCMP_ACT_KILL_PROCESS), ::seccomp_release) {
        if (!context_)
            error_ = ENOMEM;
        else  // int 0x80 and x32
            note(::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS));
    }

    // Each holds when all its conditions do; several for one call: when one of them does.
    template <class... Conditions>
    void allow(int call, Conditions... conditions) {
        add(SCMP_ACT_ALLOW, call, conditions...);
    }
    template <class... Conditions>
    void refuse(int error, int call, Conditions... conditions) {
        add(SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)), call, conditions...);
    }

    int program(std::vector<sock_filter>& out) {
        auto const file = descriptor(::memfd_create("filter", MFD_CLOEXEC));
        if (!file)
            return errno;
        if (error_ == 0)
            note(::seccomp_export_bpf(context_.get(), file.get()));
        if (error_ != 0)
            return error_;
        auto const bytes = ::lseek(file.get(), 0, SEEK_CUR);
        out.resize(static_cast<std::size_t>(bytes) / sizeof(sock_filter));
        return ::pread(file.get(), out.data(), static_cast<std::size_t>(bytes), 0) == bytes ? 0 : EIO;
    }

  private:
    template <class... Conditions>
    void add(std::uint32_t action, int call, Conditions... conditions) {
        if (error_ != 0)
            return;
        std::array<scmp_arg_cmp, sizeof...(Conditions)> const all{conditions...};
        note(::seccomp_rule_add_array(context_.get(), action, call, all.size(), all.data()));
    }
    void note(int result) {
        if (result < 0)
            error_ = -result;
    }

    std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
    int error_ = 0;
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}

// No bit but these, and all of `needed`.
scmp_arg_cmp only(unsigned argument, std::uint64_t bits, std::uint64_t needed = 0) {
    return {argument, SCMP_CMP_MASKED_EQ, ~bits, needed};
}

scmp_arg_cmp without(unsigned argument, std::uint64_t bits) {
    return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

// Memory that holds data, never code.
void allow_memory(rules& r) {
    constexpr unsigned prot = 2;
    constexpr unsigned flags = 3;
    if constexpr (sanitized) {  // shadow memory at fixed places, and advice of all kinds on it
        r.allow(SCMP_SYS(mmap), without(prot, PROT_EXEC));
        r.allow(SCMP_SYS(madvise));
    } else {
        r.allow(SCMP_SYS(mmap), only(prot, PROT_READ | PROT_WRITE),
                only(flags, MAP_NORESERVE | MAP_STACK, MAP_PRIVATE | MAP_ANONYMOUS));
        for (auto const advice : {MADV_DONTNEED, MADV_FREE})
            r.allow(SCMP_SYS(madvise), is(2, static_cast<std::uint64_t>(advice)));
    }
    r.allow(SCMP_SYS(mprotect), only(prot, PROT_READ | PROT_WRITE));
    r.allow(SCMP_SYS(munmap));
    r.allow(SCMP_SYS(mremap), is(3, MREMAP_MAYMOVE));
    r.allow(SCMP_SYS(brk));
}

// Main is told by the doorbell. Libraries that complain on standard error get an error and go on.
void allow_signs(rules& r) {
    if constexpr (!sanitized) {
        r.allow(SCMP_SYS(write), is(0, worker_descriptors::bell));
        for (std::uint64_t const fd : {STDOUT_FILENO, STDERR_FILENO})
            for (int const call : {SCMP_SYS(write), SCMP_SYS(writev)})
                r.refuse(EBADF, call, is(0, fd));
    }
    for (std::uint64_t const op : {FUTEX_WAIT, FUTEX_WAKE})  // shared with main, or a library's own lock
        r.allow(SCMP_SYS(futex), only(1, FUTEX_PRIVATE_FLAG, op));
}

// abort() says what happened by its signal; nobody else can be signalled.
void allow_ends(rules& r) {
    r.allow(SCMP_SYS(exit_group));
    r.allow(SCMP_SYS(tgkill), is(0, self), is(1, self), is(2, SIGABRT));
    r.allow(SCMP_SYS(getpid));
    r.allow(SCMP_SYS(gettid));
    r.allow(SCMP_SYS(rt_sigprocmask));
    r.allow(SCMP_SYS(rt_sigreturn));
}

void allow_sanitizers(rules& r) {
    if constexpr (!sanitized)
        return;
    for (int const call : {SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield),
                           SCMP_SYS(getrlimit), SCMP_SYS(clock_nanosleep)})
        r.allow(call);
    // Is this address mapped? They write from it to a pipe and see.
    for (int const call : {SCMP_SYS(pipe2), SCMP_SYS(write), SCMP_SYS(close)})
        r.allow(call);
    for (int const call : {SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(readlink), SCMP_SYS(readlinkat)})
        r.refuse(EACCES, call);  // reports do without
}

}  // namespace

int syscall_filter::build() {
    rules r;
    allow_memory(r);
    allow_signs(r);
    allow_ends(r);
    r.allow(SCMP_SYS(clock_gettime));  // CLOCK_THREAD_CPUTIME_ID
    r.allow(SCMP_SYS(gettimeofday));   // where the clock cannot be read without the kernel
    r.allow(SCMP_SYS(time));
    r.allow(SCMP_SYS(getrandom));  // hash tables of libraries
    allow_sanitizers(r);
    return r.program(program_);
}

int syscall_filter::load() {
    for (auto& instruction : program_)
        if (instruction.code == (BPF_JMP | BPF_JEQ | BPF_K) && instruction.k == self)
            instruction.k = static_cast<std::uint32_t>(::getpid());
    sock_fprog program{static_cast<unsigned short>(program_.size()), program_.data()};
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

}  // namespace fetchd::worker
