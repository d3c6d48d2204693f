// Tries to get out of a worker in every way we know, one worker each, through the real zygote.
//
// With $EXPECT_MISSING (names of layers, or "none") a test expects just these to be missing: it is run again
// so, as another user and where a container would refuse part of the sandbox.
#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "support/like_container.hpp"
#include "unit/worker/escapes.hpp"
#include "unit/worker/lane_fixture.hpp"
#include "worker/sanitizers.hpp"
#include "worker/tasks/context.hpp"

namespace fetchd::worker {
namespace {

std::vector<escape> all_escapes() {
    std::vector<escape> all;
    for (auto const group :
         {file_escapes(), network_escapes(), process_escapes(), kernel_escapes(), memory_escapes()})
        std::copy_if(group.begin(), group.end(), std::back_inserter(all),
                     [](escape const& e) { return !sanitized || (e.holds & not_sanitized) == 0; });
    return all;
}

// The body: which one, and what on.
result<void> try_escape(tasks::context& c, std::string& out) {
    prey p;
    std::size_t number = 0;
    std::istringstream(std::string(c.bytes())) >> number >> p.folder >> p.main >> p.zygote >> p.port;
    auto const got = all_escapes().at(number).attempt(p);
    out = got < 0 ? "refused" : "succeeded: " + std::to_string(got);
    return {};
}

constexpr tasks::entry escaping[] = {{"escape", tasks::output_kind::text, try_escape}};

// Something to connect to.
class listener {
  public:
    listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof a;
        if (::bind(fd_.get(), reinterpret_cast<sockaddr*>(&a), size) != 0 || ::listen(fd_.get(), 8) != 0 ||
            ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&a), &size) != 0)
            std::abort();
        port_ = ::ntohs(a.sin_port);
    }
    unsigned short port() const { return port_; }

  private:
    descriptor fd_;
    unsigned short port_ = 0;
};

class Escape : public Lane {
  protected:
    enum class end { killed, refused, succeeded, other };

    Escape() : folder_(std::filesystem::temp_directory_path() / ("escape-" + std::to_string(::getpid()))) {
        lay_out();
    }
    ~Escape() override { std::filesystem::remove_all(folder_); }

    void lay_out() {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directory(folder_);
        std::ofstream(folder_ / "victim") << "untouched";
    }

    bool nothing_changed() const {
        std::filesystem::directory_iterator const all(folder_);
        std::string text;
        std::ifstream(folder_ / "victim") >> text;
        return std::distance(std::filesystem::begin(all), std::filesystem::end(all)) == 1 &&
               text == "untouched";
    }

    // In a zygote and a worker of its own.
    end attempt(std::size_t number, layer_set layers) {
        auto c = settings();
        c.count = 1;
        start(c, layers, escaping);
        std::ostringstream body;
        body << number << ' ' << folder_.string() << ' ' << ::getpid() << ' ' << zygote() << ' '
             << listener_.port();
        auto const v = ask("escape", body.str());
        report_ = lane().sandbox();
        shut_down();
        if (v)
            return v->outcome.output == "refused" ? end::refused : end::succeeded;
        said_ = v.error().message();
        return v.error().detail == "killed by SIGSYS" ? end::killed : end::other;
    }

    // None of those that `holds` names gets through; returns how many were tried.
    std::size_t expect_held(layer_set layers, unsigned holds) {
        std::size_t tried = 0;
        auto const all = all_escapes();
        for (std::size_t i = 0; i < all.size(); ++i) {
            if ((all[i].holds & holds) == 0)
                continue;
            ++tried;
            EXPECT_EQ(attempt(i, layers), end::refused) << all[i].name << ": " << said_;
            EXPECT_TRUE(nothing_changed()) << all[i].name;
        }
        return tried;
    }

    // All of them end or fail; returns how many were killed.
    std::size_t expect_none_succeeds(layer_set layers) {
        std::size_t killed = 0;
        auto const all = all_escapes();
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto const how = attempt(i, layers);
            EXPECT_TRUE(how == end::killed || how == end::refused) << all[i].name << ": " << said_;
            EXPECT_TRUE(nothing_changed()) << all[i].name;
            if (how == end::killed)
                ++killed;
        }
        std::printf("%zu escapes tried, 0 succeeded: %zu killed, %zu refused\n", all.size(), killed,
                    all.size() - killed);
        EXPECT_GE(all.size(), 60U);
        return killed;
    }

    std::filesystem::path folder_;
    listener listener_;
    sandbox_report report_;
    std::string said_;
};

// Is this what the system says without the sandbox too? Not the ones that would change the machine.
TEST_F(Escape, WithoutTheSandboxTheySucceed) {
    std::size_t succeeded = 0;
    auto const all = all_escapes();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if ((all[i].holds & by_privileges) != 0)
            continue;
        if (attempt(i, layer_set::none()) == end::succeeded)
            ++succeeded;
        lay_out();
    }
    std::printf("%zu of the same succeed without it\n", succeeded);
    EXPECT_GE(succeeded, 60U);
}

TEST_F(Escape, NoneSucceeds) {
    auto const killed = expect_none_succeeds(layer_set::all());
    if (char const* const missing = std::getenv("EXPECT_MISSING")) {
        for (auto const l : all_layers)
            EXPECT_EQ(report_.has(l), std::string_view(missing).find(name_of(l)) == std::string_view::npos)
                << name_of(l) << ": " << report_.cause(l);
    }
    if (report_.has(layer::seccomp) && !sanitized) {
        EXPECT_GE(killed + 8, all_escapes().size());
    }
}

TEST_F(Escape, SeccompAloneHoldsAll) {
    expect_none_succeeds(layer_set::none().with(layer::privileges).with(layer::seccomp));
}

TEST_F(Escape, LandlockAloneHoldsFilesAndOthers) {
    auto const abi = sys(444, nullptr, 0, 1);
    if (abi < 1)
        GTEST_SKIP() << "no Landlock here";
    auto const net = abi >= 4 ? by_landlock_net : nothing_else;
    auto const scope = abi >= 6 ? by_landlock_scope : nothing_else;
    EXPECT_GE(expect_held(layer_set::none().with(layer::privileges).with(layer::landlock),
                          by_landlock | net | scope),
              30U);
}

TEST_F(Escape, LimitsAloneHoldNewDescriptors) {
    if (sanitized)
        GTEST_SKIP() << "sanitizers need some themselves";
    EXPECT_GE(expect_held(layer_set::none().with(layer::privileges).with(layer::limits), by_limits), 30U);
}

TEST_F(Escape, PrivilegesAloneHoldWhatNeedsThem) {
    EXPECT_GE(expect_held(layer_set::none().with(layer::privileges), by_privileges), 20U);
}

TEST_F(Escape, NamespacesAloneHoldFilesAndTheNetwork) {
    auto const layers = layer_set::none().with(layer::privileges);
    attempt(0, layers.with(layer::empty_root).with(layer::network_namespace));
    if (!report_.has(layer::empty_root) || !report_.has(layer::network_namespace))
        GTEST_SKIP() << "no namespaces here";
    EXPECT_GE(expect_held(layers.with(layer::empty_root), by_root), 20U);
    EXPECT_GE(expect_held(layers.with(layer::network_namespace), by_network), 2U);
}

// This program again, with one test, after `before` in the new process.
template <class Before>
void run_again(char const* expect_missing, Before before) {
    auto const self = descriptor(::open("/proc/self/exe", O_RDONLY));
    auto const pid = ::fork();
    if (pid == 0) {
        ::setenv("EXPECT_MISSING", expect_missing, 1);
        char name[] = "fetchd_escape_test";
        char filter[] = "--gtest_filter=Escape.NoneSucceeds";
        char* const argv[] = {name, filter, nullptr};
        if (before())
            ::fexecve(self.get(), argv, environ);
        ::_exit(9);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
}

TEST_F(Escape, NoneSucceedsAsAnotherUser) {
    if (::getuid() != 0)
        GTEST_SKIP() << "only root can become another";
    constexpr uid_t nobody = 65534;
#if defined(__SANITIZE_THREAD__)
    // Its own thread is in every process, and none with threads may go into a namespace of users.
    auto const* const missing = "network_namespace empty_root";
#else
    auto const* const missing = "";
#endif
    run_again(missing, [] {
        return ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
               ::setresuid(nobody, nobody, nobody) == 0;
    });
}

TEST_F(Escape, NoneSucceedsInAContainer) {
    run_again("network_namespace empty_root", test::restrict_like_container);
}

}  // namespace
}  // namespace fetchd::worker
