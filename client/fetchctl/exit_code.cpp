#include "fetchctl/exit_code.hpp"

#include "fetchctl/words.hpp"

namespace fetchctl {
namespace {

using fetchd::trouble;

int weight(exit_code c) {
    switch (c) {
        case exit_code::ok:
            return 0;
        case exit_code::failed:
            return 1;
        case exit_code::refused:
            return 2;
        case exit_code::overloaded:
            return 3;
        case exit_code::unreachable:
            return 4;
        case exit_code::usage:
            return 5;
        case exit_code::interrupted:
        case exit_code::terminated:
        case exit_code::reader_gone:
            return 6;
    }
    return 6;
}

std::string advice(fetchd::client_error const& e) {
    switch (e.what) {
        case trouble::unreachable:
            return "Is it running? Start it with: make run (another place: --server or FETCHD_URL)";
        case trouble::no_answer:
            return "Try again, or allow more time with --timeout";
        case trouble::overloaded:
            return e.retry_after
                       ? "Try again in " + counted(static_cast<std::size_t>(e.retry_after->count()), "second")
                       : "Try again later";
        case trouble::broken_answer:
            return "Is this a fetchd? See --server and FETCHD_URL";
        default:
            return {};
    }
}

}  // namespace

exit_code code_for(fetchd::client_error const& e) {
    switch (e.what) {
        case trouble::unreachable:
        case trouble::no_answer:
            return exit_code::unreachable;
        case trouble::refused:
        case trouble::broken_answer:
            return exit_code::refused;
        case trouble::overloaded:
            return exit_code::overloaded;
        case trouble::cancelled:
            return exit_code::interrupted;
        case trouble::fetch_failed:
            return exit_code::failed;
    }
    return exit_code::failed;
}

exit_code worse(exit_code a, exit_code b) {
    return weight(b) > weight(a) ? b : a;
}

bool worth_going_on(exit_code c) {
    return weight(c) < weight(exit_code::unreachable);
}

std::string error_line(std::string_view subject, fetchd::client_error const& e) {
    std::string line(subject);
    if (!line.empty())
        line += ": ";
    if (!e.stage.empty())
        line += e.stage + (e.code.empty() ? "" : "." + e.code) + ": ";
    line += e.message;
    if (auto next = advice(e); !next.empty()) {
        while (line.ends_with('.'))
            line.pop_back();
        line += ". " + next;
    }
    return printable(line);
}

}  // namespace fetchctl
