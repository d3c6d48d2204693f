#include "base/failure.hpp"

#include <stdexcept>

namespace fetchd {
namespace {

using enum stage;
using enum verdict;

// Sorted by stage, then by code. A row says what happened and what to do about it: the setting or the field
// of a request where there is one, in the words of whoever sent the request.
constexpr failure_kind kinds[] = {
    {admission, code::bad_proxy, give_up, 400,
     "This is not a proxy that can be used: give http://host:port or socks5://host:port."},
    {admission, code::bad_url, give_up, 400, "This is not a URL that can be fetched: check its spelling."},
    {admission, code::held, overloaded, 503,
     "A redirect leads to an origin that politeness leaves alone for longer than the fetch has time: it is "
     "tried again when it may be asked, or allow more time (timeout_ms)."},
    {admission, code::not_ready, overloaded, 503,
     "The service is stopping: send the request again elsewhere or later."},
    {admission, code::overloaded, overloaded, 503,
     "The service has as many fetches in flight as it may (fetch.max_in_flight): try again later."},
    {admission, code::timeout, give_up, 504,
     "The item's turn did not come before its job's deadline: allow the job more time (deadline_ms)."},
    {admission, code::unsupported_scheme, give_up, 400, "Only http and https URLs can be fetched."},

    {robots, code::refused, refused, 403,
     "The origin's robots.txt does not allow this: leave it out, or see politeness.hosts for hosts of your "
     "own."},
    {robots, code::unreachable, retry, 502,
     "The origin's robots.txt cannot be had, and until it can nothing may be fetched there: try again "
     "later."},

    {dns, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the name was being resolved."},
    {dns, code::failed, retry, 502,
     "The name could not be resolved just now: try again, and check this machine's resolver if it stays so."},
    {dns, code::not_found, give_up, 502, "The host name does not exist: check its spelling."},
    {dns, code::overloaded, overloaded, 503,
     "Too many names are waiting to be resolved (pool.queue, net.dns_entries): try again later."},
    {dns, code::timeout, retry, 504,
     "The name was not resolved in time: try again, or allow more time (dns_timeout_ms, timeout_ms)."},

    {egress, code::own_listener, refused, 403,
     "This address is fetchd itself, which does not fetch from itself: give another one."},
    {egress, code::port_refused, refused, 403,
     "This port may not be fetched from: use another one, or see egress.deny_ports and egress.allow_ports."},
    {egress, code::refused, refused, 403,
     "The host's address may not be fetched from: it is not public, and the configuration does not allow it "
     "(egress.allow)."},

    {connect, code::cancelled, verdict::cancelled, 499, "The caller went away while connecting."},
    {connect, code::circuit_open, retry, 502,
     "Nothing has been reached at this origin for a while, and until it answers nothing more is sent there "
     "(politeness.patience): check that it is up, and try again later."},
    {connect, code::failed, retry, 502,
     "The connection could not be made for the reason given: check the address, and this machine's network."},
    {connect, code::proxy_auth, give_up, 502,
     "The proxy wants other credentials: check its user name and password."},
    {connect, code::proxy_failed, give_up, 502,
     "The proxy's answer makes no sense: check that it is a proxy of this kind (http or socks5)."},
    {connect, code::proxy_refused, retry, 502,
     "The proxy could not connect to the origin, or may not: check the URL, and what the proxy lets "
     "through."},
    {connect, code::refused, retry, 502,
     "The connection was refused, nothing listens there: check address and port, or try again later."},
    {connect, code::reset, retry, 502, "The connection was reset while it was being made: try again."},
    {connect, code::timeout, retry, 504,
     "The connection was not made in time: try again, or allow more time (connect_timeout_ms, timeout_ms)."},
    {connect, code::unreachable, retry, 502,
     "There is no route to this address: check the address, and this machine's routes."},

    {tls, code::bad_certificate, give_up, 502,
     "The origin's certificate cannot be trusted for this name: check the name, or trust its authority "
     "(net.ca_file)."},
    {tls, code::cancelled, verdict::cancelled, 499, "The caller went away during the TLS handshake."},
    {tls, code::client_certificate, give_up, 502,
     "The origin wants a client certificate: name one it accepts in net.client_certificates."},
    {tls, code::closed, retry, 502,
     "The origin closed the connection during the TLS handshake: try again, and check that the port is one "
     "for https."},
    {tls, code::failed, give_up, 502,
     "The TLS handshake failed: check that the origin speaks TLS on this port and knows this name."},
    {tls, code::reset, retry, 502,
     "The origin reset the connection during the TLS handshake: try again, and check that the port is one "
     "for https."},
    {tls, code::timeout, retry, 504,
     "The TLS handshake did not finish in time: try again, or allow more time (tls_timeout_ms, timeout_ms)."},
    {tls, code::version_refused, give_up, 502,
     "The origin speaks no version of TLS that is allowed here (net.tls_min, net.tls_max)."},

    {request, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the request was being sent."},
    {request, code::failed, retry, 502, "The request could not be sent for the reason given: try again."},
    {request, code::reset, retry, 502,
     "The origin reset the connection while the request was being sent: try again, or send a smaller body."},
    {request, code::timeout, retry, 504,
     "The origin did not take the request in time: try again, or allow more time (first_byte_timeout_ms, "
     "timeout_ms)."},

    {head, code::bad_location, give_up, 502,
     "The origin redirects to something that cannot be fetched: max_redirects 0 gives the redirect itself."},
    {head, code::cancelled, verdict::cancelled, 499,
     "The caller went away while waiting for the origin's answer."},
    {head, code::closed, retry, 502, "The origin closed the connection without answering: try again."},
    {head, code::downgrade_refused, refused, 502,
     "The origin redirects from https to http, which is followed only with allow_downgrade."},
    {head, code::malformed, give_up, 502,
     "The origin's answer is not valid HTTP/1.1: check that the port is one for http; else only its owner "
     "can "
     "mend it."},
    {head, code::redirect_loop, give_up, 502,
     "The origin redirects in a circle: if it waits for a cookie, name a session."},
    {head, code::reset, retry, 502, "The origin reset the connection before it answered: try again."},
    {head, code::timeout, retry, 504,
     "The origin did not answer in time: try again, or allow more time (first_byte_timeout_ms, timeout_ms)."},
    {head, code::too_large, give_up, 502,
     "The head of the origin's answer is larger than allowed (net.max_head, and 500 fields)."},
    {head, code::too_many_redirects, give_up, 502,
     "The origin redirects more often than allowed: raise max_redirects, or fetch where it leads."},

    {body, code::cancelled, verdict::cancelled, 499, "The caller went away while the body was being read."},
    {body, code::malformed, give_up, 502,
     "The framing of the origin's body is not valid HTTP/1.1: only its owner can mend it."},
    {body, code::overloaded, overloaded, 503,
     "Too many bodies are being collected at once: try again later."},
    {body, code::reset, retry, 502, "The origin reset the connection in the middle of the body: try again."},
    {body, code::timeout, retry, 504,
     "The body did not arrive in time: try again, or allow more time (body_idle_timeout_ms, timeout_ms)."},
    {body, code::too_large, give_up, 502, "The body is larger than allowed: raise max_bytes if you want it."},
    {body, code::too_slow, retry, 502,
     "The body came more slowly than allowed: try again, or ask for less speed (min_speed)."},
    {body, code::truncated, retry, 502,
     "The origin closed the connection before the whole body had arrived: try again."},

    {decode, code::corrupt, give_up, 502,
     "The compressed body is damaged: /v1/raw asks for it uncompressed."},
    {decode, code::too_large, give_up, 502,
     "The body decompresses to more than allowed (fetch.max_decoded): /v1/raw gives what the origin sends."},
    {decode, code::too_many_layers, give_up, 502,
     "The body is compressed in more layers than allowed: /v1/raw gives it as it comes."},
    {decode, code::truncated, retry, 502, "The compressed body ends too early: try again."},
    {decode, code::unsupported_encoding, give_up, 502,
     "The body is in a content coding this service does not know: /v1/raw gives it as it comes."},

    {process, code::bad_document, give_up, 422,
     "The document is not what its type says, or broken: /v1/raw gives it as it is."},
    {process, code::bad_option, give_up, 400, "An option of an output cannot be used as it is given."},
    {process, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the document was being processed."},
    {process, code::crashed, give_up, 502,
     "The document made its worker process crash, nothing else was harmed: /v1/raw gives it as it is."},
    {process, code::failed, give_up, 502, "The document could not be processed: /v1/raw gives it as it is."},
    {process, code::malformed, give_up, 502,
     "The worker's answer made no sense and was thrown away: this is a fault of fetchd, please report it."},
    {process, code::not_ready, overloaded, 503,
     "No worker process is running just now: try again later, and restart the service if it stays so."},
    {process, code::output_too_large, give_up, 502,
     "The processed document is larger than allowed (workers.max_output): ask for fewer outputs."},
    {process, code::overloaded, overloaded, 503,
     "Too many documents are waiting for a worker (workers.queue): try again later."},
    {process, code::quarantined, give_up, 422,
     "The document has killed two worker processes when this was asked of it, and is given to no other for a "
     "while (workers.quarantine_time): /v1/raw gives it as it is."},
    {process, code::timeout, give_up, 504,
     "The document took too long to process: allow more time (timeout_ms, workers.task_timeout), or ask for "
     "fewer "
     "outputs."},
    {process, code::too_large, give_up, 413,
     "The document is too large or too deeply nested to be processed (workers.max_input)."},
    {process, code::unsupported_type, give_up, 415,
     "Documents of this type cannot be turned into what was asked for: ask for sha256, or for the bytes by "
     "/v1/raw."},

    {store, code::corrupt, give_up, 500,
     "What was stored has been damaged since and is not given out: `fetchd check FOLDER` lists all that is."},
    {store, code::failed, overloaded, 503,
     "The disk failed, and nothing was changed: look at the log, and try again."},
    {store, code::not_found, give_up, 404,
     "There is no such job, or it is not kept any more (jobs.keep): check its id."},
    {store, code::overloaded, overloaded, 503, "Too much is waiting for the disk: try again later."},
    {store, code::refused, give_up, 422,
     "This key was used for another request: take a new Idempotency-Key for each one."},
    {store, code::too_large, retry, 507,
     "The disk is full, or has less room than is kept free (jobs.keep_free): make room, and try again."},
};

constexpr failure_kind unknown{process, code::failed, give_up, 500, "Something went wrong that has no name."};

}  // namespace

failure_kind const& failure::kind() const {
    for (auto const& k : kinds)
        if (k.where == where && k.what == what)
            return k;
    return unknown;
}

std::string failure::message() const {
    auto sentence = std::string(kind().sentence);
    return detail.empty() ? sentence : sentence + " (" + detail + ")";
}

std::span<failure_kind const> all_failure_kinds() {
    return kinds;
}

void throw_exception_from_error(failure const& f, boost::source_location const&) {
    throw std::logic_error("unchecked failure: " + f.message());
}

std::string_view name(stage s) {
    constexpr std::string_view names[] = {"admission", "robots", "dns",  "egress", "connect", "tls",
                                          "request",   "head",   "body", "decode", "process", "store"};
    return names[static_cast<std::size_t>(s)];
}

std::string_view name(verdict v) {
    constexpr std::string_view names[] = {"retry", "give_up", "refused", "overloaded", "cancelled"};
    return names[static_cast<std::size_t>(v)];
}

std::string_view name(code c) {
    constexpr std::string_view names[] = {"bad_certificate",
                                          "bad_document",
                                          "bad_location",
                                          "bad_option",
                                          "bad_proxy",
                                          "bad_url",
                                          "cancelled",
                                          "circuit_open",
                                          "client_certificate",
                                          "closed",
                                          "corrupt",
                                          "crashed",
                                          "downgrade_refused",
                                          "failed",
                                          "held",
                                          "malformed",
                                          "not_found",
                                          "not_ready",
                                          "output_too_large",
                                          "overloaded",
                                          "own_listener",
                                          "port_refused",
                                          "proxy_auth",
                                          "proxy_failed",
                                          "proxy_refused",
                                          "quarantined",
                                          "redirect_loop",
                                          "refused",
                                          "reset",
                                          "timeout",
                                          "too_large",
                                          "too_many_layers",
                                          "too_many_redirects",
                                          "too_slow",
                                          "truncated",
                                          "unreachable",
                                          "unsupported_encoding",
                                          "unsupported_scheme",
                                          "unsupported_type",
                                          "version_refused"};
    return names[static_cast<std::size_t>(c)];
}

}  // namespace fetchd
