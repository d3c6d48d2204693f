#include "base/failure.hpp"

#include <stdexcept>

namespace fetchd {
namespace {

using enum stage;
using enum verdict;

// Sorted by stage, then by code. docs/errors.md says the same in prose.
constexpr failure_kind kinds[] = {
    {admission, code::bad_proxy, give_up, 400,
     "This is not a proxy that can be used: give http://host:port or socks5://host:port."},
    {admission, code::bad_url, give_up, 400, "This is not a URL that can be fetched: check its spelling."},
    {admission, code::cancelled, verdict::cancelled, 499, "The caller went away before the fetch began."},
    {admission, code::not_ready, overloaded, 503,
     "The service is stopping: send the request again elsewhere or later."},
    {admission, code::overloaded, overloaded, 503,
     "The service has as many fetches in flight as it may: try again later."},
    {admission, code::unsupported_scheme, give_up, 400, "Only http and https URLs can be fetched."},

    {dns, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the name was being resolved."},
    {dns, code::failed, retry, 502, "The name could not be resolved just now: the resolver failed."},
    {dns, code::not_found, give_up, 502, "The host name does not exist: check its spelling."},
    {dns, code::overloaded, overloaded, 503, "Too many names are waiting to be resolved: try again later."},
    {dns, code::timeout, retry, 504, "The name was not resolved in time."},

    {egress, code::own_listener, refused, 403,
     "This address is fetchd itself: it does not fetch from itself."},
    {egress, code::port_refused, refused, 403,
     "This port may not be fetched from: the configuration denies it."},
    {egress, code::refused, refused, 403,
     "The host's address may not be fetched from: it is not public, and the configuration does not allow it "
     "(egress.allow)."},

    {connect, code::cancelled, verdict::cancelled, 499, "The caller went away while connecting."},
    {connect, code::failed, retry, 502, "The connection could not be made."},
    {connect, code::overloaded, overloaded, 503,
     "Too many connections to this origin are in use: try again later."},
    {connect, code::proxy_auth, give_up, 502,
     "The proxy wants other credentials: check its user name and password."},
    {connect, code::proxy_failed, give_up, 502,
     "The proxy's answer makes no sense: it may not be a proxy of this kind."},
    {connect, code::proxy_refused, retry, 502, "The proxy could not connect to the origin, or may not."},
    {connect, code::refused, retry, 502, "The origin refused the connection: nothing listens there."},
    {connect, code::reset, retry, 502, "The origin reset the connection while it was being made."},
    {connect, code::timeout, retry, 504, "The origin did not accept the connection in time."},
    {connect, code::unreachable, retry, 502, "There is no route to the origin's address."},

    {tls, code::bad_certificate, give_up, 502, "The origin's certificate cannot be trusted for this name."},
    {tls, code::cancelled, verdict::cancelled, 499, "The caller went away during the TLS handshake."},
    {tls, code::client_certificate, give_up, 502,
     "The origin wants a client certificate: name one it accepts in net.client_certificates."},
    {tls, code::closed, retry, 502, "The origin closed the connection during the TLS handshake."},
    {tls, code::failed, give_up, 502,
     "The TLS handshake failed: the origin may not speak TLS on this port, or refuse this name."},
    {tls, code::reset, retry, 502, "The origin reset the connection during the TLS handshake."},
    {tls, code::timeout, retry, 504, "The TLS handshake did not finish in time."},
    {tls, code::version_refused, give_up, 502,
     "The origin speaks no version of TLS that is allowed here (net.tls_min, net.tls_max)."},

    {request, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the request was being sent."},
    {request, code::failed, retry, 502, "The request could not be sent."},
    {request, code::reset, retry, 502, "The origin reset the connection while the request was being sent."},
    {request, code::timeout, retry, 504, "The origin did not take the request in time."},

    {head, code::bad_location, give_up, 502, "The origin redirects to something that is not a URL."},
    {head, code::cancelled, verdict::cancelled, 499,
     "The caller went away while waiting for the origin's answer."},
    {head, code::closed, retry, 502, "The origin closed the connection without answering."},
    {head, code::downgrade_refused, refused, 502,
     "The origin redirects from https to http, which is not followed."},
    {head, code::malformed, give_up, 502, "The origin's answer is not valid HTTP/1.1."},
    {head, code::redirect_loop, give_up, 502, "The origin redirects in a circle."},
    {head, code::reset, retry, 502, "The origin reset the connection before it answered."},
    {head, code::timeout, retry, 504, "The origin did not answer in time."},
    {head, code::too_large, give_up, 502, "The head of the origin's answer is larger than allowed."},
    {head, code::too_many_redirects, give_up, 502, "The origin redirects more often than allowed."},

    {body, code::cancelled, verdict::cancelled, 499, "The caller went away while the body was being read."},
    {body, code::malformed, give_up, 502, "The framing of the origin's body is not valid HTTP/1.1."},
    {body, code::overloaded, overloaded, 503,
     "Too many bodies are being collected at once: try again later."},
    {body, code::reset, retry, 502, "The origin reset the connection in the middle of the body."},
    {body, code::timeout, retry, 504, "The body did not arrive in time."},
    {body, code::too_large, give_up, 502, "The body is larger than allowed: raise max_bytes if you want it."},
    {body, code::too_slow, retry, 502, "The body came more slowly than allowed (min_speed)."},
    {body, code::truncated, retry, 502,
     "The origin closed the connection before the whole body had arrived."},

    {decode, code::corrupt, give_up, 502, "The compressed body is damaged."},
    {decode, code::too_large, give_up, 502, "The body decompresses to more than allowed."},
    {decode, code::too_many_layers, give_up, 502, "The body is compressed in more layers than allowed."},
    {decode, code::truncated, retry, 502, "The compressed body ends too early."},
    {decode, code::unsupported_encoding, give_up, 502,
     "The body is in a content coding this service does not know."},

    {process, code::bad_charset, give_up, 422, "The document's character encoding is not known."},
    {process, code::cancelled, verdict::cancelled, 499,
     "The caller went away while the document was being processed."},
    {process, code::crashed, give_up, 502,
     "The document made its worker process crash; nothing else was harmed."},
    {process, code::failed, give_up, 502, "The document could not be processed."},
    {process, code::malformed, give_up, 502, "The worker's answer made no sense and was thrown away."},
    {process, code::not_ready, overloaded, 503, "No worker process is running just now: try again later."},
    {process, code::output_too_large, give_up, 502, "The processed document is larger than allowed."},
    {process, code::overloaded, overloaded, 503,
     "Too many documents are waiting for a worker: try again later."},
    {process, code::timeout, give_up, 504, "The document took too long to process."},
    {process, code::too_large, give_up, 413, "The document is too large to be processed."},
    {process, code::unsupported_type, give_up, 415,
     "Documents of this type cannot be turned into what was asked for."},

    {store, code::failed, retry, 500, "The result could not be stored."},
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
                                          "bad_charset",
                                          "bad_location",
                                          "bad_proxy",
                                          "bad_url",
                                          "cancelled",
                                          "client_certificate",
                                          "closed",
                                          "corrupt",
                                          "crashed",
                                          "downgrade_refused",
                                          "failed",
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
