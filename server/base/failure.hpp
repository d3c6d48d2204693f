// Why something did not happen, in words everyone uses.
//
// A failure names the stage where it happened, a code from a closed list, and what to do next. The list is
// one table (failure.cpp): stage, code, advice and a sentence a person can act on. A pair that is not in the
// table is a programming error and is caught by the tests.
#pragma once

#include <boost/system/result.hpp>
#include <span>
#include <string>
#include <string_view>

namespace fetchd {

// The life of a fetch, in order (docs/errors.md).
enum class stage : unsigned char {
    admission,
    robots,
    dns,
    egress,
    connect,
    tls,
    request,
    head,
    body,
    decode,
    process,
    store,
};

// What the caller should do next.
enum class verdict : unsigned char {
    retry,       // the same request may succeed later
    give_up,     // the same request will fail again
    refused,     // a rule of ours says no
    overloaded,  // we are full: come back later
    cancelled,   // somebody asked us to stop
};

enum class code : unsigned char {
    bad_certificate,
    bad_document,
    bad_location,
    bad_option,
    bad_proxy,
    bad_url,
    cancelled,
    circuit_open,
    client_certificate,
    closed,
    corrupt,
    crashed,
    downgrade_refused,
    failed,
    held,
    malformed,
    not_found,
    not_ready,
    output_too_large,
    overloaded,
    own_listener,
    port_refused,
    proxy_auth,
    proxy_failed,
    proxy_refused,
    quarantined,
    redirect_loop,
    refused,
    reset,
    timeout,
    too_large,
    too_many_layers,
    too_many_redirects,
    too_slow,
    truncated,
    unreachable,
    unsupported_encoding,
    unsupported_scheme,
    unsupported_type,
    version_refused,
};

// One row of the closed list.
struct failure_kind {
    stage where;
    code what;
    verdict advice;
    int status;                 // how the HTTP API answers when this failure is the whole answer
    std::string_view sentence;  // what happened and what to do, for a person
};

struct failure {
    stage where;
    code what;
    std::string detail;  // the particulars: a host, a limit, the library's own words; never a credential

    failure(stage where_, code what_, std::string detail_ = {})
        : where(where_), what(what_), detail(std::move(detail_)) {}
    failure() : failure(stage::process, code::failed) {}  // only because result::error() asks for one

    failure_kind const& kind() const;  // the row of the list
    verdict advice() const { return kind().advice; }
    bool retryable() const { return advice() == verdict::retry || advice() == verdict::overloaded; }
    std::string message() const;  // the sentence and the detail: one line
};

template <class T>
using result = boost::system::result<T, failure>;

// Asked for by boost::system::result when .value() is called on an error: always a bug of ours.
[[noreturn]] void throw_exception_from_error(failure const&, boost::source_location const&);

std::span<failure_kind const> all_failure_kinds();

std::string_view name(stage);
std::string_view name(verdict);
std::string_view name(code);

}  // namespace fetchd
