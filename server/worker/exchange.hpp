// Moves a document into a worker's area and its answer out of it, in slices that leave the loop its turn.
//
// Loop thread only. Each byte of an answer is copied once and the copy is judged: nothing is read twice, so
// a worker that goes on writing changes nothing. At most `slice` bytes are moved between two turns.
#pragma once

#include <string>
#include <string_view>

#include "loop/scope.hpp"
#include "loop/types.hpp"
#include "worker/area.hpp"
#include "worker/fingerprint.hpp"
#include "worker/frame.hpp"

namespace fetchd::worker {

constexpr std::size_t slice = std::size_t{128} << 10U;

// Puts the body into the request part, which has room for it, and feeds it to the fingerprinter on the way.
// Fails when the scope ends.
awaitable<result<void>> place_body(executor, area const&, std::size_t head_bytes, std::string_view body,
                                   fingerprinter&, scope&);

struct expected_answer {
    std::uint64_t sequence;
    std::size_t max_output;
    bool json;                 // one object; false: what a single task makes
    std::string_view task;     // this one; empty: whichever the worker says
    tasks::registry registry;  // which says what the tasks make
};

struct collected {
    answer_head head;
    std::string output;
};

// The answer lying in the area. process.malformed: the worker is not to be trusted any more. Any other
// failure (the scope ended) says nothing about the worker.
awaitable<result<collected>> collect(executor, area const&, expected_answer, scope&);

// Gives back the memory of an area, but for what is kept of each part.
awaitable<void> tidy(executor, area const&);
// The same for an area nobody uses any more: unmapped in one piece, 64 MiB would hold up the loop for 10 ms.
awaitable<void> dispose(executor, area);

// Frees a string that may be large: giving back 64 MiB in one piece takes 10 ms.
awaitable<void> dispose(executor, std::string&);

// Drops an answer nobody wants. False: process.malformed.
bool discard(area const&, expected_answer const&);

}  // namespace fetchd::worker
