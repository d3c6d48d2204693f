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
constexpr auto longest_delay_after_task = milliseconds(50);
constexpr unsigned excuses = 2;                   // of one document
constexpr auto cpu_reserve = milliseconds(1000);  // for what a worker does beside documents
constexpr auto birth_patience = milliseconds(5000);
constexpr int messages_a_turn = 64;
constexpr std::size_t dropped_at_once = std::size_t{1} << 20U;  // bytes of an area

milliseconds delay_after(unsigned futile_deaths, milliseconds longest) {
    if (futile_deaths == 0)
        return milliseconds(0);
    return std::min(longest, first_delay * (1U << std::min(futile_deaths - 1, 10U)));
}

penalty_limits limits_of(workers_config const& settings) {
    penalty_limits l;
    l.deaths = settings.origin_deaths;
    l.window = settings.origin_window;
    l.first = settings.penalty;
    l.longest = settings.longest_penalty;
    return l;
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
      slots_(settings.count > 0 ? settings.count : std::max(1U, std::thread::hardware_concurrency())),
      quarantine_({settings.quarantine, settings.quarantine_time}),
      penalties_(limits_of(settings)),
      penalty_end_(wheel, [this] { end_penalties(); }) {
    idle_.reserve(slots_.size());
    for (std::size_t i = 0; i < slots_.size(); ++i) {
        slots_[i].respawn = std::make_unique<alarm>(wheel_, [this, i] { overdue(i); });
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
    if (r->what == zygote_report::event::born) {
        born(r->slot, *r, p);
    } else if (r->what == zygote_report::event::exited) {
        exited(r->slot, *r);
    } else if (r->generation == slots_[r->slot].generation) {
        log::line(level::error, "worker not started").kv("slot", r->slot).kv("errno", r->status);
        not_born(r->slot);
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
    s.respawn->arm(clock::now() + birth_patience);
}

// It is time to ask for a worker, or to ask again.
void supervisor::overdue(std::size_t index) {
    auto& s = slots_[index];
    if (auto const p = std::exchange(s.coming, nullptr)) {
        log::line(level::error, "worker not ready in time").kv("slot", index).kv("pid", p->pid());
        p->signal(SIGKILL);
        p->close();
    }
    if (s.running)
        not_born(index);
    else
        ask(index);
}

// Nothing came of the last order.
void supervisor::not_born(std::size_t index) {
    auto& s = slots_[index];
    if (!s.running)
        return replace(index, false, false);
    // It was to succeed one that goes on then, and is asked for again after the next document.
    ++s.generation;
    s.respawn->disarm();
    if (s.running->doing == state::retiring) {
        s.running->doing = state::idle;
        idle_.push_back(s.running.get());
        dispatch();
    }
}

void supervisor::born(std::size_t index, zygote_report const& r, packet& p) {
    auto& s = slots_[index];
    birth b;
    b.bell = std::move(p.descriptors[1]);
    b.pidfd = std::move(p.descriptors[2]);
    b.pid = r.pid;
    b.slot = index;
    b.generation = r.generation;
    auto shared = area::map(std::move(p.descriptors[0]), area_shape::of(settings_));
    if (!shared || p.descriptor_count != 3 || r.generation != s.generation) {
        // Came too late, or cannot be used: asked for again after birth_patience.
        log::line(level::error, "worker not usable").kv("slot", index).kv("pid", r.pid);
        send_signal(b.pidfd, SIGKILL);
        return;
    }
    b.shared = std::move(*shared);
    if (s.coming) {  // asked for twice: the later one is waited for
        s.coming->signal(SIGKILL);
        s.coming->close();
    }
    s.coming = made(std::move(b));
    s.coming->listen();
}

// It is in its sandbox: the next document can be given to it.
void supervisor::ready(std::size_t index) {
    auto& s = slots_[index];
    s.respawn->disarm();
    if (auto const old = std::exchange(s.running, std::exchange(s.coming, nullptr))) {
        ++counts_.retired;
        log::line(level::debug, "worker retired")
            .kv("slot", index)
            .kv("pid", old->pid())
            .kv("served", old->served);
        std::erase(idle_, old.get());
        old->signal(SIGKILL);  // between two documents: there is nothing it could lose
        old->close();
    }
    if (s.died) {
        ++counts_.restarts;
        replacement_times_.observe(std::chrono::duration<double>(clock::now() - *s.died).count());
        s.died.reset();
    }
    log::line(level::debug, "worker up").kv("slot", index).kv("pid", s.running->pid());
    rest(*s.running);
}

bool supervisor::worn(process const& p) const {
    // Not before the first document, however little time there is: nobody would ever serve one.
    return p.served >= settings_.max_documents ||
           (p.served > 0 && p.worked + settings_.task_timeout + cpu_reserve >= settings_.cpu_limit);
}

void supervisor::retire(process& p) {
    p.doing = state::retiring;
    ask(p.slot());
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
    auto& s = slots_[index];
    if (s.coming && s.coming->generation() == r.generation) {
        log::line(level::error, "worker died before it was ready")
            .kv("slot", index)
            .kv("cause", how_it_ended(r.status));
        std::exchange(s.coming, nullptr)->close();
        return not_born(index);
    }
    if (!s.running || s.running->generation() != r.generation)
        return;
    auto const p = std::exchange(s.running, nullptr);
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
    if (doing == state::abandoned)
        blame_last(*p, reason);
    fail_current(*p, failure(stage::process, code::crashed, reason));
    p->close();
    if (!s.died)
        s.died = clock::now();
    if (!s.respawn->armed())  // else its successor is asked for already
        replace(index, p->served > 0, doing != state::idle);
    dispatch();
}

// The document that is at this worker, unless its answer is there already.
void supervisor::fail_current(process& p, failure why) {
    if (!p.current || (p.doing != state::held && p.doing != state::running))
        return;
    auto& t = *std::exchange(p.current, nullptr);
    // Whether the worker had begun is the worker's word: believed a few times, so that a document that kills
    // cannot go round for ever.
    t.spared = p.doing == state::held || (!p.started() && t.excused++ < excuses);
    if (!t.spared && !over_)
        blame(t, why.detail);
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
    if (p.doing == state::condemned || p.doing == state::ended || p.doing == state::dead)
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
    for (auto* each : queue_.empty_out()) {
        auto& t = static_cast<task&>(*each);
        t.end = failure(stage::process, code::not_ready, why);
        t.wake.ring();
    }
    idle_.clear();
    penalty_end_.disarm();
    for (auto& s : slots_) {
        s.respawn->disarm();
        if (auto const p = std::exchange(s.coming, nullptr))
            p->close();
        if (auto const p = std::exchange(s.running, nullptr)) {
            fail_current(*p, failure(stage::process, code::not_ready, why));
            p->close();
        }
    }
}

}  // namespace fetchd::worker
