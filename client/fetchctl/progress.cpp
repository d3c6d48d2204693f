#include "fetchctl/progress.hpp"

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "fetchctl/words.hpp"

namespace fetchctl {

std::string progress_text(progress_numbers const& n, unsigned frame) {
    constexpr std::string_view frames[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    std::string line(frames[frame % std::size(frames)]);
    if (n.total > 1)
        line += " " + std::to_string(n.done) + "/" + std::to_string(n.total);
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", static_cast<double>(n.elapsed.count()) / 1000);
    line += "  " + bytes_in_words(n.bytes) + "  " + seconds;
    auto const ms = static_cast<std::uint64_t>(n.elapsed.count());
    if (n.bytes > 0 && ms >= 1000)
        line += "  " + bytes_in_words(n.bytes * 1000 / ms) + "/s";
    return line;
}

progress::progress(screen& on, std::size_t total) : screen_(on), total_(total) {
    if (screen_.shows_progress())
        thread_ = std::jthread([this](std::stop_token stop) { draw(stop); });
}

progress::~progress() = default;

void progress::draw(std::stop_token stop) {
    using namespace std::chrono_literals;
    auto const began = std::chrono::steady_clock::now();
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    for (unsigned frame = 0; !stop.stop_requested(); ++frame) {
        wake.wait_for(lock, stop, 100ms, [] { return false; });
        auto const elapsed =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        if (elapsed > 250ms && !stop.stop_requested())
            screen_.progress_line(progress_text({done_, total_, bytes_, elapsed}, frame));
    }
}

}  // namespace fetchctl
