#include "fetchctl/job_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using namespace std::chrono_literals;
using fetchd::job;
using fetchd::job_counts;

std::string count(std::uint64_t n) {
    return number_in_words(static_cast<double>(n));
}

// One piece of a bar: as it is seen, and as it is written. Pieces of no text are passed over.
struct piece {
    std::string seen;
    std::string written;
    std::size_t columns;

    piece(std::string text) : seen(text), written(text), columns(text.size()) {}
    piece(std::string text, std::string painted)
        : seen(std::move(text)), written(std::move(painted)), columns(seen.size()) {}
};

piece blocks(double part, palette p) {
    constexpr std::size_t width = 20;
    auto const full = static_cast<std::size_t>(part * width);
    std::string done;
    std::string rest;
    for (std::size_t i = 0; i < width; ++i)
        (i < full ? done : rest) += i < full ? "█" : "░";
    piece bar(done + rest, p.good(done) + p.faint(rest));
    bar.columns = width;
    return bar;
}

double part_done(job_counts const& c) {
    return c.accepted == 0 ? 1.0 : static_cast<double>(c.settled()) / static_cast<double>(c.accepted);
}

piece counted_piece(std::uint64_t n, char const* word) {
    return n == 0 ? piece(std::string()) : piece(count(n) + " " + word);
}

// "440 succeeded, 10 failed", those that are none left out.
std::string outcomes(job_counts const& c) {
    std::string text;
    auto add = [&](std::uint64_t n, char const* word) {
        if (n > 0)
            text += (text.empty() ? "" : ", ") + count(n) + " " + word;
    };
    add(c.succeeded, "succeeded");
    add(c.failed, "failed");
    add(c.skipped, "skipped");
    add(c.cancelled, "cancelled");
    return text.empty() ? "nothing done" : text;
}

std::string speed(pace const& how) {
    auto const n = how.per_second();
    return number_in_words(n >= 10 ? std::floor(n + 0.5) : std::floor(n * 10 + 0.5) / 10);
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

std::string labels_of(job const& j) {
    std::string text;
    for (auto const& [name, value] : j.labels)
        text += (text.empty() ? "" : " ") + printable(name) + "=" + printable(value);
    return text;
}

}  // namespace

void pace::look(time_point now, std::uint64_t settled) {
    looks_.push_back({now, settled});
    while (looks_.size() > 2 && (looks_.size() > most_looks || now - looks_[1].at >= 10s))
        looks_.pop_front();
}

double pace::per_second() const {
    if (looks_.size() < 2 || looks_.back().settled < looks_.front().settled)
        return 0;
    std::chrono::duration<double> const time = looks_.back().at - looks_.front().at;
    auto const n = static_cast<double>(looks_.back().settled - looks_.front().settled);
    return time.count() > 0 ? n / time.count() : 0;
}

std::optional<std::chrono::seconds> pace::time_for(std::uint64_t pending) const {
    auto const seconds = static_cast<double>(pending) / per_second();
    if (!(seconds < 1e7))  // also where nothing moves
        return std::nullopt;
    return std::chrono::seconds(static_cast<std::int64_t>(seconds + 0.5));
}

std::string clock_time(std::chrono::seconds t) {
    char text[48];
    auto const s = static_cast<long long>(t.count());
    if (s < 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld", s / 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return text;
}

std::string job_bar(job const& j, pace const& how, unsigned columns, palette p) {
    auto const& c = j.counts;
    char percent[16];
    std::snprintf(percent, sizeof percent, "%3.0f%%", std::floor(part_done(c) * 100));
    std::vector<piece> pieces{blocks(part_done(c), p), piece(percent),
                              piece(count(c.settled()) + "/" + count(c.accepted))};
    if (j.state != "active" && !j.has_ended())
        pieces.push_back({printable(j.state), p.strong(printable(j.state))});
    pieces.emplace_back(speed(how) + "/s");
    if (c.failed > 0)
        pieces.push_back({count(c.failed) + " failed", p.bad(count(c.failed) + " failed")});
    if (auto const left = how.time_for(c.pending()); left && c.pending() > 0)
        pieces.emplace_back(clock_time(*left) + " left");
    pieces.push_back({count(c.succeeded) + " ok", p.good(count(c.succeeded) + " ok")});
    pieces.push_back(counted_piece(c.skipped, "skipped"));
    pieces.push_back(counted_piece(c.running, "running"));
    pieces.push_back(counted_piece(c.waiting, "waiting"));
    std::string line;
    std::size_t used = 0;
    for (auto const& one : pieces) {
        auto const gap = used == 0 ? std::size_t(0) : std::size_t(2);
        if (one.columns == 0 || used + gap + one.columns >= columns)
            continue;
        line.append(gap, ' ').append(one.written);
        used += gap + one.columns;
    }
    return line;
}

std::string job_progress(job const& j, pace const& how) {
    auto const& c = j.counts;
    auto text = printable(j.id) + ": " + count(c.settled()) + " of " + count(c.accepted) + " done";
    if (j.state != "active")
        text += " (" + printable(j.state) + ")";
    if (c.settled() > 0)
        text += ": " + outcomes(c);
    if (how.per_second() > 0)
        text += "; " + speed(how) + " a second";
    if (auto const left = how.time_for(c.pending()); left && c.pending() > 0)
        text += ", " + clock_time(*left) + " left";
    return text;
}

std::string job_summary(job const& j) {
    auto const& c = j.counts;
    auto text = "job " + printable(j.id) + " " + printable(j.state) + ": ";
    if (j.all_succeeded())
        text += "all " + count(c.accepted) + " succeeded";
    else
        text += outcomes(c) + " of " + count(c.accepted);
    if (c.duplicates > 0)
        text += "; " + count(c.duplicates) + " more were duplicates";
    return text;
}

std::string job_table(std::vector<job> const& jobs, palette p) {
    std::size_t wide = 2;
    for (auto const& j : jobs)
        wide = std::max(wide, printable(j.id).size());
    auto text = p.strong(padded("ID", wide) + "  " + padded("STATE", 10) + "  " + padded("DONE", 21) + "  " +
                         padded("FAILED", 9) + "  " + padded("CREATED", 24) + "  LABELS") +
                "\n";
    for (auto const& j : jobs) {
        auto const done = count(j.counts.settled()) + "/" + count(j.counts.accepted);
        auto line = padded(printable(j.id), wide) + "  " + padded(printable(j.state), 10) + "  " +
                    padded(done, 21) + "  " + padded(count(j.counts.failed), 9) + "  " +
                    padded(printable(j.created), 24) + "  " + labels_of(j);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string job_details(job const& j, palette p) {
    auto const& c = j.counts;
    auto text = p.strong(printable(j.id)) + "\n";
    auto add = [&](char const* name, std::string const& value) {
        if (!value.empty())
            text += "  " + padded(name, 12) + " " + value + "\n";
    };
    add("state", j.has_ended() ? p.good(printable(j.state)) : printable(j.state));
    add("created", printable(j.created));
    add("ended", printable(j.ended));
    add("labels", labels_of(j));
    add("accepted", count(c.accepted) + (c.duplicates ? ", and " + count(c.duplicates) + " duplicates" : ""));
    if (c.pending() > 0)
        add("to do",
            count(c.queued) + " queued, " + count(c.waiting) + " waiting, " + count(c.running) + " running");
    for (auto const& w : j.waits)
        add("waits for", printable(w.origin) + ": " + printable(w.why) +
                             (w.until.empty() ? "" : ", until " + printable(w.until)) + " (" +
                             counted(w.items, "item") + ")");
    add("done", outcomes(c));
    if (j.last_seq > 0)
        add("results",
            "seq " + count(j.first_seq) + " to " + count(j.last_seq) + ", " + bytes_in_words(j.bytes));
    return text;
}

}  // namespace fetchctl
