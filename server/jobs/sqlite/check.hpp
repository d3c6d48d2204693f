// Looks whether a data folder is whole: for `fetchd check FOLDER`.
#pragma once

#include <string>
#include <vector>

namespace fetchd::jobs {

// What is damaged, in words, at most some hundred lines; empty where all is well. Blocks for as long as it
// takes to read everything. Takes the folder's lock: not while the service runs. Changes nothing but what any
// opening of the database does (it finishes what a crash left half done).
std::vector<std::string> check(std::string const& folder);

}  // namespace fetchd::jobs
