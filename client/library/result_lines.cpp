#include "library/result_lines.hpp"

#include <charconv>

#include "library/job.hpp"

namespace fetchd {
inline namespace client_v1 {

std::optional<std::uint64_t> seq_at_start(std::string_view line) {
    constexpr std::string_view start = "{\"seq\":";
    std::uint64_t seq = 0;
    if (!line.starts_with(start))
        return std::nullopt;
    auto const* const last = line.data() + line.size();
    auto const [at, ec] = std::from_chars(line.data() + start.size(), last, seq);
    if (ec != std::errc() || at == last || (*at != ',' && *at != '}'))
        return std::nullopt;
    return seq;
}

bool result_lines::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const at = bytes.find('\n');
        auto const piece = bytes.substr(0, at);
        if (piece.size() > max_line_ - begun_.size())
            return wrong("a line is longer than " + std::to_string(max_line_) + " bytes");
        if (at == bytes.npos) {
            begun_ += piece;
            return true;
        }
        if (!line(begun_.empty() ? piece : begun_ += piece))
            return false;
        begun_.clear();
        bytes.remove_prefix(at + 1);
    }
    return true;
}

bool result_lines::line(std::string_view text) {
    if (end_)
        return wrong("it goes on behind its last line");
    // A result may be megabytes of a page: what the service always writes first is all that is looked at.
    if (auto const seq = seq_at_start(text))
        return !to_.line || to_.line(text, *seq);
    return other(text);
}

bool result_lines::other(std::string_view text) {
    std::string problem;
    auto const value = parse_json(text, problem);
    auto const* o = value.if_object();
    if (!problem.empty() || !o)
        return wrong(problem.empty() ? "a line is not a JSON object" : problem);
    std::uint64_t next = 0;
    fields f(*o, "", problem);
    if (o->contains("gap")) {
        f.take("first_seq", next);
        return problem.empty() ? gap(next) : wrong(problem);
    }
    f.take("next", next);
    if (o->contains("heartbeat")) {
        if (problem.empty() && to_.alive)
            to_.alive(next);
        return problem.empty() || wrong(problem);
    }
    results_end end;
    end.next = next;
    f.take("end", end.end);
    auto const* about = f.object("job");
    if (about)
        end.about = job_in(*about, problem);
    if (!problem.empty() || !about || !o->contains("end"))
        return wrong(problem.empty() ? "a line is no result and no end" : problem);
    end_ = std::move(end);
    return true;
}

bool result_lines::gap(std::uint64_t first_seq) {
    if (to_.gap) {
        to_.gap(first_seq);
        return true;
    }
    client_error e;
    e.what = trouble::refused;
    e.message = "results before seq " + std::to_string(first_seq) + " are not kept any more";
    error_ = std::move(e);
    return false;
}

bool result_lines::wrong(std::string const& why) {
    client_error e;
    e.what = trouble::broken_answer;
    e.message = "the service's answer is not a stream of results: " + why;
    error_ = std::move(e);
    return false;
}

}  // namespace client_v1
}  // namespace fetchd
