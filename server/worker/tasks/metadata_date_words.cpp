#include "worker/tasks/metadata_date_words.hpp"

#include "worker/tasks/words.hpp"

namespace fetchd::tasks {

int month_named(std::string_view word) {
    static constexpr std::string_view names[] = {"january",   "february", "march",    "april",
                                                 "may",       "june",     "july",     "august",
                                                 "september", "october",  "november", "december"};
    for (int i = 0; i < 12; ++i)
        if (same_word(word, names[i]) || same_word(word, names[i].substr(0, 3)) ||
            (i == 8 && same_word(word, "sept")))
            return i + 1;
    return 0;
}

bool is_weekday(std::string_view word) {
    static constexpr std::string_view names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                                 "friday", "saturday", "sunday"};
    for (auto name : names)
        if (same_word(word, name) || same_word(word, name.substr(0, 3)) || same_word(word, name.substr(0, 4)))
            return true;
    return false;
}

std::optional<int> zone_named(std::string_view word) {
    struct row {
        std::string_view name;
        int hours;
    };
    static constexpr row rows[] = {{"z", 0},    {"ut", 0},   {"utc", 0},  {"gmt", 0},
                                   {"est", -5}, {"edt", -4}, {"cst", -6}, {"cdt", -5},
                                   {"mst", -7}, {"mdt", -6}, {"pst", -8}, {"pdt", -7}};
    for (auto const& r : rows)
        if (same_word(word, r.name))
            return r.hours * 60;
    return std::nullopt;
}

}  // namespace fetchd::tasks
