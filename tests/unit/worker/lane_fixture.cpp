#include "unit/worker/lane_fixture.hpp"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <fstream>
#include <random>

namespace fetchd::worker {
namespace {

awaitable<void> visit_once(supervisor& lane, std::shared_ptr<call> c, tasks::request request,
                           std::string body, std::string origin) {
    auto got = co_await lane.run(std::move(request), std::move(body), *c->life, std::move(origin));
    c->got.emplace(std::move(got));
}

}  // namespace

Lane::Lane() = default;

Lane::~Lane() {
    shut_down();
}

workers_config Lane::settings() const {
    workers_config c;
    c.count = 2;
    c.queue = 64;
    c.task_timeout = milliseconds(20'000);
    c.kill_grace = milliseconds(50);
    c.area_bytes = 256 * 1024;
    return c;
}

void Lane::start(workers_config c, layer_set sandbox, tasks::registry registry) {
    if (registry.empty())
        registry = test_tasks(c);
    auto link = start_zygote(c, registry, sandbox);
    ASSERT_TRUE(link) << link.error().message();
    zygote_ = link->pid();
    loop_ = std::make_unique<asio::io_context>(1);
    wheel_ = std::make_unique<timer_wheel>(loop_->get_executor());
    lane_ = std::make_unique<supervisor>(loop_->get_executor(), *wheel_, std::move(*link), c, registry);
}

void Lane::shut_down() {
    if (lane_) {
        lane_->stop();
        while (loop_->poll_one() > 0) {
        }
    }
    lane_.reset();
    wheel_.reset();
    loop_.reset();
}

std::shared_ptr<call> Lane::begin(std::string task, std::string body, clock::duration patience,
                                  std::string origin) {
    tasks::request r;
    r.names.push_back(std::move(task));
    r.json = r.names.front().starts_with("json_");
    r.content_type = "text/plain; charset=utf-8";
    return begin(std::move(r), std::move(body), patience, std::move(origin));
}

std::shared_ptr<call> Lane::begin(tasks::request request, std::string body, clock::duration patience,
                                  std::string origin) {
    auto c = std::make_shared<call>();
    c->life = std::make_unique<scope>(*wheel_, clock::now() + patience);
    asio::co_spawn(loop_->get_executor(),
                   visit_once(*lane_, c, std::move(request), std::move(body), std::move(origin)),
                   asio::detached);
    return c;
}

void Lane::finish(call const& c) {
    run_until([&] { return c.got.has_value(); });
}

result<visit> Lane::ask(std::string task, std::string body) {
    auto const c = begin(std::move(task), std::move(body));
    finish(*c);
    if (!c->got)
        return failure(stage::process, code::failed, "the test gave up");
    return *c->got;
}

std::string Lane::echo(std::string body) {
    auto const v = ask("echo", std::move(body));
    EXPECT_TRUE(v) << v.error().message();
    return v ? v->outcome.output : std::string();
}

std::vector<pid_t> Lane::worker_pids() const {
    auto const z = std::to_string(zygote_);
    std::ifstream in("/proc/" + z + "/task/" + z + "/children");
    std::vector<pid_t> all;
    for (pid_t pid; in >> pid;)
        all.push_back(pid);
    return all;
}

std::string Lane::numbers() const {
    if (!lane_)
        return {};
    auto const n = lane_->numbers();
    return "up " + std::to_string(n.up) + " busy " + std::to_string(n.busy) + " queued " +
           std::to_string(n.queued) + " restarts " + std::to_string(n.restarts) + " crashed " +
           std::to_string(n.crashed) + " processes " + std::to_string(worker_pids().size());
}

std::size_t Lane::open_descriptors() {
    if (loop_)
        loop_->poll();
    std::filesystem::directory_iterator const all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(std::filesystem::begin(all), std::filesystem::end(all)));
}

std::size_t Lane::areas_in_memory() const {
    std::size_t bytes = 0;
    for (auto const& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        struct stat info {};
        if (std::filesystem::read_symlink(fd.path(), gone).string().starts_with("/memfd:fetchd-area") &&
            ::stat(fd.path().c_str(), &info) == 0)
            bytes += static_cast<std::size_t>(info.st_blocks) * 512;
    }
    return bytes;
}

std::string text_of(std::size_t bytes, unsigned seed) {
    std::minstd_rand random(seed + 1);
    std::string s(bytes, ' ');
    for (auto& c : s)
        c = static_cast<char>('a' + random() % 26);
    return s;
}

}  // namespace fetchd::worker
