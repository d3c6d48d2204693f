#include "base/log.hpp"

#include <poll.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>

namespace fetchd::log {
namespace {

constexpr std::size_t max_waiting = 1024 * 1024;
constexpr std::size_t batch_bytes = 64 * 1024;
constexpr std::size_t slice = 4096;  // a pipe that polls as writable takes as much without blocking
constexpr int wait_ms = 100;
constexpr int last_wait_ms = 1000;
constexpr auto batch_delay = std::chrono::milliseconds(100);

// Writes all of it or gives up: a log that cannot be written must not end the service, nor keep it from
// ending. Never blocks where nobody reads: once `ending`, the reader has a second.
void write_all(std::string_view text, std::atomic<bool> const& ending) {
    int waited_ms = 0;
    while (!text.empty()) {
        pollfd out{STDERR_FILENO, POLLOUT, 0};
        auto const ready = ::poll(&out, 1, wait_ms);
        if (ready == 0 && ending && (waited_ms += wait_ms) >= last_wait_ms)
            return;
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        auto const n = ::write(STDERR_FILENO, text.data(), std::min(text.size(), slice));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

// Collects lines; a thread of its own writes them in batches.
class batch_sink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    ~batch_sink() override { halt(); }

    void run() {
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);  // signals belong to the loop's thread
        thread_ = std::thread([this] { write_batches(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void halt() {
        {
            std::lock_guard lock(mutex_);
            halted_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable())
            thread_.join();
    }

    std::uint64_t dropped() const { return dropped_total_; }
    void write_json(bool json) { json_ = json; }

  private:
    std::string lost_lines(std::uint64_t count) const {
        auto const number = std::to_string(count);
        return json_ ? R"({"level":"warning","event":"log lines dropped","count":)" + number + "}\n"
                     : "log lines dropped count=" + number + "\n";
    }

    void sink_it_(spdlog::details::log_msg const& message) override {  // mutex_ is held
        if (waiting_.size() > max_waiting) {
            ++dropped_;
            ++dropped_total_;
            return;
        }
        spdlog::memory_buf_t formatted;
        formatter_->format(message, formatted);
        waiting_.append(formatted.data(), formatted.size());
        if (!thread_.joinable() || halted_)
            return flush_();
        // Nobody is woken for a single line: the writer comes by every batch_delay.
        if (waiting_.size() > batch_bytes || message.level >= spdlog::level::warn)
            wake_.notify_one();
    }

    void flush_() override {
        if (thread_.joinable() && !halted_)
            return;
        write_all(waiting_, halted_);
        waiting_.clear();
    }

    void write_batches() {
        std::string batch;
        std::unique_lock lock(mutex_);
        while (!halted_ || !waiting_.empty()) {
            if (!halted_ && waiting_.size() <= batch_bytes)
                wake_.wait_for(lock, batch_delay);
            batch.swap(waiting_);
            if (auto const lost = std::exchange(dropped_, 0))
                batch += lost_lines(lost);
            lock.unlock();
            write_all(batch, halted_);
            batch.clear();
            lock.lock();
        }
    }

    std::string waiting_;
    std::uint64_t dropped_ = 0;
    std::atomic<std::uint64_t> dropped_total_ = 0;
    std::atomic<bool> json_ = false;
    std::atomic<bool> halted_ = false;
    std::condition_variable wake_;
    std::thread thread_;
};

struct log_state {
    std::shared_ptr<batch_sink> sink = std::make_shared<batch_sink>();
    spdlog::logger logger{"fetchd", sink};
    format form = format::text;
};

log_state& state() {
    static log_state s;
    return s;
}

spdlog::level::level_enum to_spdlog(level l) {
    constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug,
                                                    spdlog::level::info,  spdlog::level::warn,
                                                    spdlog::level::err,   spdlog::level::off};
    return levels[static_cast<int>(l)];
}

// The block of the last line of this thread, for its next one.
std::string& spare() {
    thread_local std::string block;
    return block;
}
constexpr std::size_t max_spare = 16 * 1024;

constexpr char hex[] = "0123456789abcdef";

// Bytes of the UTF-8 character beyond ASCII at the front of s, 0 where there is none (Unicode 15, table 3-7).
std::size_t character_bytes(std::string_view s) {
    auto const at = [s](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
    auto const trails = [&](std::size_t i) { return (at(i) & 0xc0) == 0x80; };
    auto const a = at(0);
    auto const b = at(1);
    if (a >= 0xc2 && a <= 0xdf)
        return trails(1) ? 2 : 0;
    if (a >= 0xe0 && a <= 0xef)
        return trails(1) && trails(2) && (a != 0xe0 || b >= 0xa0) && (a != 0xed || b < 0xa0) ? 3 : 0;
    bool const four = a >= 0xf0 && a <= 0xf4 && (a != 0xf0 || b >= 0x90) && (a != 0xf4 || b < 0x90);
    return four && trails(1) && trails(2) && trails(3) ? 4 : 0;
}

void append_code(std::string& out, unsigned char u) {
    out += "\\u00";
    out += hex[u >> 4];
    out += hex[u & 15];
}

// Escapes as JSON does, which reads well in text too. UTF-8 stays readable, but for the C1 controls, which
// steer terminals; a byte that is not UTF-8 is shown by its number.
void append_escaped(std::string& out, std::string_view value) {
    while (!value.empty()) {
        char const c = value.front();
        auto const u = static_cast<unsigned char>(c);
        auto const n = u < 0x80 ? 1 : character_bytes(value);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u < 0x20 || u == 0x7f || n == 0) {
            append_code(out, u);
        } else if (u == 0xc2 && static_cast<unsigned char>(value[1]) < 0xa0) {
            append_code(out, static_cast<unsigned char>(value[1]));
        } else {
            out.append(value, 0, n);
        }
        value.remove_prefix(std::max<std::size_t>(n, 1));
    }
}

bool plain(std::string_view value) {
    if (value.empty())
        return false;
    for (char const c : value)
        if (c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7f ||
            static_cast<unsigned char>(c) >= 0x80)
            return false;
    return true;
}

}  // namespace

level parse_level(std::string_view name) {
    constexpr std::string_view names[] = {"trace", "debug", "info", "warn", "error", "off"};
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (names[i] == name)
            return static_cast<level>(i);
    return level::info;
}

format parse_format(std::string_view name) {
    return name == "json" ? format::json : format::text;
}

void set(level l, format f) {
    auto& s = state();
    s.form = f;
    s.sink->write_json(f == format::json);
    s.logger.set_level(to_spdlog(l));
    auto const pattern = f == format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                           : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %v";
    s.logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
}

void start(level l, format f) {
    set(l, f);
    state().sink->run();
}

void stop() {
    state().sink->halt();
}

bool enabled(level l) {
    return state().logger.should_log(to_spdlog(l));
}

std::uint64_t dropped() {
    return state().sink->dropped();
}

line::line(level l, std::string_view event) : level_(l), on_(enabled(l)) {
    if (!on_)
        return;
    text_ = std::exchange(spare(), {});
    text_.reserve(384);
    if (state().form == format::json) {
        text_ += "\"event\":\"";
        append_escaped(text_, event);
        text_ += '"';
    } else {
        text_ += event;
    }
}

line::~line() {
    if (!on_)
        return;
    state().logger.log(to_spdlog(level_), spdlog::string_view_t(text_));
    if (text_.capacity() > max_spare)
        return;
    text_.clear();
    spare() = std::move(text_);
}

line& line::word(std::string_view key, std::string_view value) {
    if (!on_)
        return *this;
    if (state().form == format::json)
        ((text_ += ",\"") += key) += "\":";
    else
        ((text_ += ' ') += key) += '=';
    text_ += value;
    return *this;
}

line& line::kv(std::string_view key, std::string_view value) {
    if (!on_)
        return *this;
    if (state().form == format::text && plain(value))
        return word(key, value);
    word(key, "\"");
    append_escaped(text_, value);
    text_ += '"';
    return *this;
}

}  // namespace fetchd::log
