// What fetchctl's exit code means (docs/fetchctl.md says the same), and the sentences for errors. Pure.
#pragma once

#include <string>
#include <string_view>

#include "fetchd/answer.hpp"

namespace fetchctl {

enum class exit_code : int {
    ok = 0,
    failed = 1,       // a fetch failed, or its result could not be written or is not kept any more
    usage = 2,        // the command line makes no sense
    unreachable = 3,  // no answer from the service
    refused = 4,      // the service said no, or is not a fetchd
    overloaded = 5,   // the service is full or not ready: later
    interrupted = 130,
    terminated = 143,
    reader_gone = 141,  // nobody reads our output any more: as if killed by SIGPIPE
};

exit_code code_for(fetchd::client_error const&);

// Of several, the one a script should act on: what says most about the service as a whole.
exit_code worse(exit_code, exit_code);

// False where the next fetch would only end in the same way: no service, no reader, or told to stop.
bool worth_going_on(exit_code);

// "https://x.test/: connect.refused: The origin ... Is it running? ...", one printable line; `subject` may be
// empty.
std::string error_line(std::string_view subject, fetchd::client_error const&);

}  // namespace fetchctl
