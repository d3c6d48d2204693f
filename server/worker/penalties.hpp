// Which origins have their documents stand behind all others, and until when.
//
// Pure: the time is given. An origin whose documents killed more than `deaths` workers within `window` is
// penalised for `first`; again for twice as long, and so on up to `longest`, where that many more die by it
// during a penalty or within `longest` of its end. Bounded: of more than `origins` the one whose last death
// is the longest ago is forgotten, those without a penalty first.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fetchd::worker {

struct penalty_limits {
    std::size_t deaths = 10;
    std::chrono::milliseconds window{60'000};
    std::chrono::milliseconds first{10'000};
    std::chrono::milliseconds longest{600'000};
    std::size_t origins = 1'000;
};

class penalties {
  public:
    using time = std::chrono::steady_clock::time_point;

    explicit penalties(penalty_limits const& limits) : limits_(limits) {}

    // A document of this origin killed a worker. The length of the penalty that begins or grows by it.
    std::optional<std::chrono::milliseconds> died(std::string_view origin, time now);

    // From the death that made it so until end_due() has named it.
    bool penalised(std::string_view origin) const;

    std::optional<time> next_end() const;
    std::vector<std::string> end_due(time now);  // ends those that are over, and names them

    struct numbers {
        std::size_t penalised = 0;
        std::size_t watched = 0;  // all that are remembered
        std::uint64_t begun = 0;  // penalties, longer ones included
    };
    numbers count() const { return {penalised_, recent_.size(), begun_}; }

  private:
    struct record {
        std::string origin;
        std::deque<time> deaths;  // within the window; at most one more than allowed
        bool penalised = false;
        unsigned times = 0;  // penalties in a row
        time end{};          // of the penalty, or of the last one
    };
    using place = std::list<record>::iterator;

    record& of(std::string_view origin);
    void make_room(time now);
    void forget(place);

    penalty_limits limits_;
    std::list<record> recent_;                           // the most recent death first
    std::unordered_map<std::string_view, place> known_;  // views of the records
    std::size_t penalised_ = 0;
    std::uint64_t begun_ = 0;
};

}  // namespace fetchd::worker
