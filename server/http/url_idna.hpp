// Internationalised domain names (UTS 46) as the URL standard wants them: non-transitional, CheckBidi and
// CheckJoiners, but neither CheckHyphens, STD3 rules nor DNS lengths.
//
// ICU does the work. It is opened once, on first use, and never closed; safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace fetchd {

// Appends the ASCII form of `domain` (UTF-8, at least one non-ASCII byte) to `out`.
// Returns nothing where that worked, else what is wrong.
std::string_view domain_to_ascii(std::string_view domain, std::string& out);

// Opens ICU now, for a process that is about to lock itself in; false where its data is missing.
bool prepare_idna();

}  // namespace fetchd
