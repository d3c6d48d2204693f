#include "base/setting.hpp"

namespace fetchd {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t gib = 1024 * mib;
constexpr milliseconds second{1000};
constexpr milliseconds minute = 60 * second;
constexpr milliseconds hour = 60 * minute;

}  // namespace

std::vector<setting> settings_of(config& c) {
    setting_list v;
    auto& s = c.server;
    v.section("server", "The HTTP API.");
    v.texts(
        "listen", s.listen,
        "Addresses to listen on: \"127.0.0.1:8484\", \"[::1]:8484\", \"0.0.0.0:8484\"; port 0 picks one.");
    v.count("max_connections", s.max_connections, 8, 1'000'000,
            "Client connections at once. 32 more are let in for /healthz, /readyz and /metrics only.");
    v.bytes("max_head", s.max_head, kib, mib, "Request line and header fields of one request (431 beyond).");
    v.bytes("max_json", s.max_json, kib, 16 * mib, "A JSON request body (413 beyond).");
    v.bytes("max_document", s.max_document, kib, gib, "A document sent to /v1/process (413 beyond).");
    v.duration("head_timeout", s.head_timeout, second / 10, hour,
               "From the first byte of a request to the end of its head and body.")
        .live();
    v.duration("idle_timeout", s.idle_timeout, second / 10, hour,
               "A kept-alive connection without a request.")
        .live();
    v.duration("drain_timeout", s.drain_timeout, milliseconds(0), hour,
               "After SIGTERM: how long requests in flight may go on.")
        .live();

    auto& f = c.fetch;
    v.section("fetch", "One fetch, from URL to result.");
    v.text("user_agent", f.user_agent, 1, 256, "Sent to origins.").live();
    v.count("max_in_flight", f.max_in_flight, 1, 1'000'000, "Fetches at once; more are refused with 503.")
        .live();
    v.duration("total_timeout", f.total_timeout, second / 100, 24 * hour,
               "The deadline of a whole fetch, unless the request names one.")
        .live();
    v.duration("max_timeout", f.max_timeout, second / 100, 24 * hour,
               "The longest deadline a request may name.")
        .live();
    v.count("max_redirects", f.max_redirects, 0, 20,
            "Redirects followed, unless the request says less or more (20 at most).")
        .live();
    v.bytes("max_bytes", f.max_bytes, 1, 4 * gib, "A body that is processed, as it comes over the wire.")
        .live();
    v.bytes("max_decoded", f.max_decoded, 1, 4 * gib, "The same body, decompressed.").live();
    v.count("retries", f.retry.most, 0, 10,
            "Tries after the first one, unless the request names another number; /v1/raw has none by itself.")
        .live();
    v.duration("backoff_base", f.retry.base, milliseconds(1), hour,
               "The wait before try n is a random part of this, doubled n-1 times.")
        .live();
    v.duration("backoff_max", f.retry.cap, milliseconds(1), hour, "No wait is longer, but by a Retry-After.")
        .live();
    v.count("max_sessions", f.max_sessions, 1, 1'000'000,
            "Cookie jars kept; the least recently used one goes.")
        .live();
    v.duration("session_idle", f.session_idle, second, 24 * hour, "How long an unused cookie jar is kept.")
        .live();

    auto& q = c.politeness;
    v.section("politeness", "How gently jobs treat origins. All three kinds of limits hold together.");
    v.count("origin_connections", q.origin.connections, 1, 10'000, "Requests at once to one origin.").live();
    v.duration("origin_delay", q.origin.delay, milliseconds(0), hour,
               "Between the starts of two requests to one origin.")
        .live();
    v.count("origin_rate", q.origin.rate, 0, 1'000'000,
            "Requests to one origin in any minute; 0: any number.")
        .live();
    v.count("domain_connections", q.domain.connections, 1, 10'000,
            "The same for all hosts of one registrable domain (example.co.uk) together.")
        .live();
    v.duration("domain_delay", q.domain.delay, milliseconds(0), hour, "Between two of their starts.").live();
    v.count("domain_rate", q.domain.rate, 0, 1'000'000, "Starts there in any minute.").live();
    v.count("address_connections", q.address.connections, 1, 10'000,
            "The same for all origins that one address serves.")
        .live();
    v.duration("address_delay", q.address.delay, milliseconds(0), hour, "Between two of their starts.")
        .live();
    v.count("address_rate", q.address.rate, 0, 1'000'000, "Starts there in any minute.").live();
    v.flag("adaptive", q.adaptive,
           "Ask for less, inside these limits, while an origin becomes slower or answers with errors.")
        .live();
    v.duration("longest_delay", q.longest_delay, milliseconds(0), hour,
               "The longest delay that comes to be that way.")
        .live();
    v.duration("back_off", q.back_off, second, 24 * hour,
               "How long an origin is left alone after 429 or 503 without Retry-After; doubled each time.")
        .live();
    v.duration("longest_back_off", q.longest_back_off, second, 30 * 24 * hour, "The longest it comes to.")
        .live();
    v.duration("forgiveness", q.forgiveness, second, 24 * hour,
               "The doubling begins anew after this long without 429 and 503.")
        .live();
    v.count("circuit_failures", q.circuit_failures, 1, 1'000,
            "Connections that fail or time out, one after the other, before an origin is left alone.")
        .live();
    v.duration("circuit_time", q.circuit_time, second / 10, 24 * hour,
               "How long, before one request tries it again; doubled each time that fails.")
        .live();
    v.duration("longest_circuit", q.longest_circuit, second / 10, 24 * hour, "The longest it comes to.")
        .live();
    v.duration("patience", q.patience, second / 10, 24 * hour,
               "How long items wait for an origin that cannot be reached; then they fail, until it answers.")
        .live();
    v.flag("robots", q.robots, "Obey robots.txt (RFC 9309), unless a job says otherwise.").live();
    v.duration("robots_time", q.robots_time, minute, 24 * hour, "How long a robots.txt is believed.").live();
    v.duration("longest_crawl_delay", q.longest_crawl_delay, milliseconds(0), 24 * hour,
               "A longer Crawl-delay of a robots.txt counts as this.")
        .live();
    v.count("remembered", q.remembered, 100, 10'000'000,
            "Origins, domains and addresses remembered; the least recently used go.")
        .live();
    v.texts("hosts", q.hosts,
            "Other limits for hosts of your own (names, *.suffix, addresses, blocks), first match: "
            "\"*.corp.example connections=64 delay=0s rate=0 adaptive=false robots=false\".")
        .live();

    auto& j = c.jobs;
    v.section("jobs", "Fetches that must not be lost, and their results.");
    v.text("folder", j.folder, 0, 4096,
           "The folder where jobs and results are kept, this service's alone; empty: there are no jobs.");
    v.count("in_flight", j.in_flight, 1, 100'000, "Items of all jobs that run at once.");
    v.bytes("max_submission", j.max_submission, kib, 1024 * gib, "The body of one submission.").live();
    v.duration("heartbeat", j.heartbeat, second / 100, hour,
               "Between two lines to a reader of results who waits for more.")
        .live();
    v.duration("webhook_wait", j.webhook_wait, milliseconds(10), hour,
               "Before a webhook is sent a second time; the later waits are longer or shorter by as much.")
        .live();
    v.duration("keep", j.keep, minute, 10 * 365 * 24 * hour,
               "How long a job that has ended is kept, with its results.")
        .live();
    v.bytes("keep_bytes", j.keep_bytes, mib, 1024 * 1024 * gib,
            "Of all results; beyond that those of the job that ended first go.")
        .live();
    v.bytes("keep_free", j.keep_free, 0, 1024 * gib,
            "Room left free on the disk: no job is accepted into it, and results wait.");

    auto& n = c.net;
    v.section("net", "Names and connections.");
    auto& l = n.limits;
    v.duration("dns_timeout", l.dns, second / 100, hour, "Resolving one name.").live();
    v.duration("connect_timeout", l.connect, second / 100, hour, "TCP to one address.").live();
    v.duration("tls_timeout", l.tls, second / 100, hour, "The TLS handshake.").live();
    v.duration("first_byte_timeout", l.first_byte, second / 100, 24 * hour,
               "From the beginning of the request, its body included, to the end of the answer's head.")
        .live();
    v.duration("body_idle_timeout", l.idle, second / 100, 24 * hour, "Silence in the middle of a body.")
        .live();
    v.bytes("min_speed", l.min_speed, 0, gib, "Of a body, a second, over any ten seconds of waiting; 0: any.")
        .live();
    v.duration("dns_ttl", n.dns_ttl, milliseconds(0), 24 * hour, "How long a resolved name is remembered.")
        .live();
    v.duration("dns_negative_ttl", n.dns_negative_ttl, milliseconds(0), hour,
               "How long a name that does not exist is remembered.")
        .live();
    v.count("dns_entries", n.dns_entries, 1, 1'000'000, "Names remembered.");
    v.count("max_idle", n.max_idle, 0, 100'000, "Idle connections kept for reuse, all origins together.")
        .live();
    v.count("max_idle_per_origin", n.max_idle_per_origin, 0, 10'000,
            "Idle connections kept for reuse, per origin.")
        .live();
    v.duration("idle_timeout", n.idle_timeout, second / 100, hour, "How long an idle connection is kept.")
        .live();
    v.bytes("max_head", n.max_head, kib, mib, "The head of an origin's answer.").live();
    v.texts("resolve", n.resolve,
            "Fixed addresses for names, as curl's --resolve: \"example.test:80:127.0.0.1\" (* for any port).")
        .live();
    v.text("proxy", n.proxy, 0, 2048,
           "Fetch through this one: \"http://proxy:3128\", \"socks5://user:password@[::1]:1080\".")
        .live();
    v.texts(
         "no_proxy", n.no_proxy,
         "Fetched without it: host names, *.suffix, addresses, blocks: \"*.corp.example\", \"10.0.0.0/8\".")
        .live();
    v.text("ca_file", n.ca_file, 0, 4096, "Certificates to trust besides the system's (PEM).");
    v.choice("tls_min", n.tls_min, {"1.2", "1.3"}, "The oldest version of TLS spoken with origins.");
    v.choice("tls_max", n.tls_max, {"1.2", "1.3"}, "The newest one.");
    v.texts("client_certificates", n.client_certificates,
            "Certificates shown to origins that ask for one, each to its host (or *.suffix) only: "
            "\"host=certificate.pem:key.pem\".");

    auto& e = c.egress;
    v.section("egress", "Where fetches may go. Without an entry here, only globally reachable addresses.");
    v.choice("mode", e.mode, {"enforce", "report", "open"},
             "enforce refuses, report only logs, open allows everything.")
        .live();
    v.texts("allow", e.allow,
            "Allowed besides: blocks, addresses, host names, *.suffix: \"10.1.0.0/16\", \"::1\", "
            "\"*.corp.example\".")
        .live();
    v.texts("nat64", e.nat64, "This network's own NAT64 prefixes, besides 64:ff9b::/96.").live();
    v.ports("deny_ports", e.deny_ports, "Ports never fetched from, besides the ones browsers refuse.").live();
    v.ports("allow_ports", e.allow_ports, "Where not empty: the only ports fetched from.").live();

    auto& p = c.pool;
    v.section("pool", "The thread pool for calls that block (getaddrinfo, files).");
    v.count("threads", p.threads, 1, 256, "Threads.");
    v.count("queue", p.queue, 1, 100'000, "Calls waiting; more are refused.");

    auto& w = c.workers;
    v.section("workers", "The forked processes that parse documents.");
    v.count("count", w.count, 0, 256, "Worker processes; 0 means one for each processor.");
    v.count("queue", w.queue, 1, 100'000, "Documents waiting; more are refused with 503.");
    v.duration("task_timeout", w.task_timeout, second / 100, hour,
               "One document; its worker is ended after that.")
        .live();
    v.duration("kill_grace", w.kill_grace, milliseconds(1), minute, "Between SIGTERM and SIGKILL.").live();
    v.bytes("area_bytes", w.area_bytes, 64 * kib, gib,
            "Memory shared with each worker that is kept; what larger documents take is given back.");
    v.bytes("max_input", w.max_input, kib, 4 * gib, "A document.");
    v.bytes("max_output", w.max_output, kib, 4 * gib, "What is made of it.");
    v.bytes("memory", w.memory, 64 * mib, 64 * gib, "Address space of one worker.");
    v.duration("cpu_limit", w.cpu_limit, second, 24 * hour,
               "Processor time of one worker, which is replaced before it is used up.");
    v.count("max_documents", w.max_documents, 1, 1'000'000'000,
            "Documents after which a worker is replaced by a fresh one.");
    v.count("quarantine", w.quarantine, 0, 1'000'000,
            "Documents remembered that killed a worker; after two they are refused with 422. 0: none.");
    v.duration("quarantine_time", w.quarantine_time, second, 30 * 24 * hour,
               "How long such a document is remembered.");
    v.count(
        "origin_deaths", w.origin_deaths, 1, 1'000,
        "Workers that the documents of one origin may kill within origin_window before they have to stand "
        "behind all others.");
    v.duration("origin_window", w.origin_window, second, 24 * hour,
               "The window that slides over their deaths.");
    v.duration("penalty", w.penalty, second / 10, 24 * hour,
               "How long they stand there; twice as long each further time.");
    v.duration("longest_penalty", w.longest_penalty, second / 10, 30 * 24 * hour,
               "The longest time they do.");

    auto& d = c.processing;
    v.section("processing", "What is made of documents.");
    v.flag("require_sandbox", d.require_sandbox,
           "Do not start where a layer of the workers' sandbox is missing.");

    auto& o = c.log;
    v.section("log", "Lines on standard error.");
    v.choice("level", o.level, {"trace", "debug", "info", "warn", "error", "off"},
             "The least important lines shown.")
        .live();
    v.choice("format", o.format, {"text", "json"}, "key=value text, or one JSON object a line.").live();
    return std::move(v.all);
}

}  // namespace fetchd
