// The supervisor's other half: workers come, die and are replaced.
#include <signal.h>

#include <algorithm>
#include <thread>

#include "base/log.hpp"
#include "loop/spawn.hpp"
#include "worker/exchange.hpp"
#include "worker/packet.hpp"
#include "worker/supervisor.hpp"
#include "worker/task.hpp"

namespace fetchd::worker {

using log::level;
using state = process::state;

namespace {

constexpr auto first_delay = milliseconds(10);
constexpr auto longest_delay = milliseconds(5000);
constexpr auto longest_delay_after_task = milliseconds(100);
constexpr auto birth_patience = milliseconds(5000);
constexpr int messages_a_turn = 64;
constexpr std::size_t dropped_at_once = std::size_t{1} << 20U;  // bytes of an area

milliseconds delay_after(unsigned futile_deaths, milliseconds longest) {
    if (futile_deaths == 0)
        return milliseconds(0);
    return std::min(longest, first_delay * (1U << std::min(futile_deaths - 1, 10U)));
}

}  // namespace

supervisor::supervisor(executor ex, timer_wheel& wheel, zygote_link zygote, workers_config const& settings,
                       tasks::registry registry)
    : ex_(ex),
      wheel_(wheel),
      zygote_(std::move(zygote)),
      settings_(settings),
      registry_(registry),
      link_(ex, zygote_.socket()),
      anchor_(std::make_shared<supervisor*>(this)),
      slots_(settings.count > 0 ? settings.count : std::max(1U, std::thread::hardware_concurrency())) {
    idle_.reserve(slots_.size());
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].respawn = std::make_unique<alarm>(wheel_, [this, i] { ask(i); });
        ask(i);
    }
    listen();
}

supervisor::~supervisor() {
    stop();
    *anchor_ = nullptr;
}

void supervisor::stop() {
    give_up({});
}

void supervisor::listen() {
    link_.async_wait(asio::posix::descriptor_base::wait_read, [anchor = anchor_](error_code ec) {
        auto* const self = *anchor;
        if (ec || !self || self->over_)
            return;
        for (int i = 0; i < messages_a_turn && self->hear(); ++i) {
        }
        if (!self->over_)
            self->listen();
    });
}

bool supervisor::hear() {
    auto p = receive_packet(zygote_.socket(), wait_mode::no);
    if (p.what == packet::state::none)
        return false;
    auto const r = decode_report(p.bytes);
    if (p.what != packet::state::arrived || !r || r->slot >= slots_.size()) {
        give_up("the process that forks the workers is gone");
        return false;
    }
    bool const current = r->generation == slots_[r->slot].generation;
    if (r->what == zygote_report::event::born) {
        born(r->slot, *r, p);
    } else if (current && r->what == zygote_report::event::exited) {
        exited(r->slot, *r);
    } else if (current) {
        log::line(level::error, "worker not started").kv("slot", r->slot).kv("errno", r->status);
        replace(r->slot, false, false);
    }
    return true;
}

void supervisor::ask(std::size_t index) {
    auto& s = slots_[index];
    ++s.generation;
    spawn_order order;
    order.slot = static_cast<std::uint32_t>(index);
    order.generation = s.generation;
    if (!send_packet(zygote_.socket(), bytes_of(order), {}, wait_mode::no))
        log::line(level::error, "worker not asked for").kv("slot", index);
    // Asked again when nothing comes of it; the birth disarms it.
    s.respawn->arm(clock::now() + birth_patience);
}

void supervisor::born(std::size_t index, zygote_report const& r, packet& p) {
    auto& s = slots_[index];
    birth b;
    b.bell = std::move(p.descriptors[1]);
    b.pidfd = std::move(p.descriptors[2]);
    b.pid = r.pid;
    b.slot = index;
    auto shared = area::map(std::move(p.descriptors[0]), area_shape::of(settings_));
    if (!shared || p.descriptor_count != 3 || r.generation != s.generation) {
        // Came too late, or cannot be used: asked for again after birth_patience.
        log::line(level::error, "worker not usable").kv("slot", index).kv("pid", r.pid);
        send_signal(b.pidfd, SIGKILL);
        return;
    }
    b.shared = std::move(*shared);
    s.respawn->disarm();
    s.running = made(std::move(b));
    s.running->listen();
    if (s.generation > 1)
        ++counts_.restarts;
    log::line(level::debug, "worker up").kv("slot", index).kv("pid", r.pid);
    release(*s.running);
}

supervisor::process_ptr supervisor::made(birth b) {
    process::events on;
    on.ring = [this](process& who) { rung(who); };
    on.due = [this](process& who) { late(who); };
    // The last to let go of it gives back a large area bit by bit, as long as there is a loop for that.
    auto const bury = [ex = ex_, owner = anchor_](process* who) {
        auto area = who->take_area();
        delete who;
        if (*owner && !(*owner)->over_ && area.holds_more_than(dropped_at_once))
            spawn_logged(ex, "dispose", dispose(ex, std::move(area)));
    };
    return process_ptr(new process(ex_, wheel_, std::move(b), std::move(on)), bury);
}

void supervisor::exited(std::size_t index, zygote_report const& r) {
    auto const p = std::exchange(slots_[index].running, nullptr);
    if (!p)
        return;
    if (p->doing == state::running && p->take_ring())
        rung(*p);  // it answered first
    auto const doing = p->doing;
    auto const reason = how_it_ended(r.status);
    if (doing != state::condemned) {
        ++counts_.crashed;
        log::line(level::warn, "worker died")
            .kv("slot", index)
            .kv("pid", p->pid())
            .kv("cause", reason)
            .kv("cpu_us", r.cpu_us)
            .kv("max_rss_kib", r.max_rss_kib);
    }
    if (doing == state::idle)
        std::erase(idle_, p.get());
    fail_current(*p, failure(stage::process, code::crashed, reason));
    p->close();
    replace(index, p->served > 0, doing != state::idle);
}

// The document that is at this worker, unless its answer is there already.
void supervisor::fail_current(process& p, failure why) {
    if (!p.current || (p.doing != state::held && p.doing != state::running))
        return;
    auto& t = *std::exchange(p.current, nullptr);
    t.untouched = p.doing == state::held || !p.started();
    t.end = std::move(why);
    t.wake.ring();
}

void supervisor::replace(std::size_t index, bool had_served, bool had_task) {
    auto& s = slots_[index];
    if (had_served)
        s.futile = 0;
    auto const delay = delay_after(s.futile++, had_task ? longest_delay_after_task : longest_delay);
    if (delay == milliseconds(0))
        ask(index);
    else
        s.respawn->arm(clock::now() + delay);
}

void supervisor::condemn(process& p, std::string_view why) {
    if (p.doing == state::condemned || p.doing == state::dead)
        return;
    log::line(level::warn, "worker ended").kv("slot", p.slot()).kv("pid", p.pid()).kv("cause", why);
    if (p.doing == state::idle)
        std::erase(idle_, &p);
    fail_current(p, failure(stage::process, code::crashed, std::string(why)));
    p.doing = state::condemned;
    p.signal(SIGTERM);
    p.due.arm(clock::now() + settings_.kill_grace);
}

// From here on there are no workers. Without a reason: we were told to stop.
void supervisor::give_up(std::string const& why) {
    if (std::exchange(over_, true))
        return;
    if (!why.empty())
        log::line(level::error, "no more workers").kv("cause", why);
    link_.release();  // the socket is the link's
    zygote_.hang_up();
    for (auto* t : queue_) {
        t->end = failure(stage::process, code::not_ready, why);
        t->wake.ring();
    }
    queue_.clear();
    idle_.clear();
    for (auto& s : slots_) {
        s.respawn->disarm();
        if (auto const p = std::exchange(s.running, nullptr)) {
            fail_current(*p, failure(stage::process, code::not_ready, why));
            p->close();
        }
    }
}

}  // namespace fetchd::worker
