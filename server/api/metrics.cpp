#include "api/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <cstdio>

#include "base/log.hpp"

namespace fetchd::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using labels = std::vector<ClientMetric::Label>;

double as_double(std::uint64_t n) {
    return static_cast<double>(n);
}

// Collects families in the order they are added.
class page {
  public:
    std::vector<MetricFamily> families;

    page& family(std::string name, std::string help, MetricType type) {
        families.push_back({std::move(name), std::move(help), type, {}});
        return *this;
    }
    page& value(double v, labels l = {}) {
        auto& m = families.back().metric.emplace_back();
        m.label = std::move(l);
        if (families.back().type == MetricType::Counter)
            m.counter.value = v;
        else
            m.gauge.value = v;
        return *this;
    }
    page& counter(std::string name, std::string help, std::uint64_t v) {
        return family(std::move(name), std::move(help), MetricType::Counter).value(as_double(v));
    }
    page& gauge(std::string name, std::string help, std::size_t v) {
        return family(std::move(name), std::move(help), MetricType::Gauge).value(as_double(v));
    }
    page& histogram(std::string name, std::string help, seconds_histogram const& h) {
        family(std::move(name), std::move(help), MetricType::Histogram);
        auto& out = families.back().metric.emplace_back().histogram;
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < h.bounds().size(); ++i)
            out.bucket.push_back({sum += h.counts()[i], h.bounds()[i]});
        sum += h.counts().back();
        out.bucket.push_back({sum, std::numeric_limits<double>::infinity()});
        out.sample_count = sum;
        out.sample_sum = h.sum();
        return *this;
    }
};

void add_fetches(page& p, fetcher const& f) {
    auto const& counts = f.counts();
    p.family("fetchd_fetches_total", "Fetches ended, by outcome; failures by stage and code.",
             MetricType::Counter);
    p.value(as_double(counts.succeeded()), {{"outcome", "ok"}, {"stage", ""}, {"code", ""}});
    for (auto const& kind : all_failure_kinds())
        if (auto const n = counts.failed(kind.where, kind.what))
            p.value(as_double(n), {{"outcome", "failed"},
                                   {"stage", std::string(name(kind.where))},
                                   {"code", std::string(name(kind.what))}});
    p.counter("fetchd_attempts_total", "Tries at origins, those after the first included.", counts.attempts);
    p.counter("fetchd_fetches_refused_total",
              "Fetches refused because too many were under way, or by a drain.", counts.refused);
    p.gauge("fetchd_fetches_in_flight", "Fetches under way.", f.in_flight());
    p.counter("fetchd_origin_body_bytes_total",
              "Body bytes received from origins, as they came over the wire.", counts.wire_bytes);
    p.counter("fetchd_decoded_body_bytes_total",
              "Body bytes after decompression, where bodies were processed.", counts.decoded_bytes);
}

void add_connections(page& p, connection_pool::numbers const& n, tls_context const& tls) {
    p.family("fetchd_origin_connections_total", "Requests to origins, by whether the connection was reused.",
             MetricType::Counter);
    p.value(as_double(n.reused), {{"connection", "reused"}})
        .value(as_double(n.opened), {{"connection", "opened"}});
    p.family("fetchd_origin_connections_dropped_total", "Idle connections closed, by reason.",
             MetricType::Counter);
    p.value(as_double(n.expired), {{"reason", "expired"}})
        .value(as_double(n.stale), {{"reason", "stale"}})
        .value(as_double(n.evicted), {{"reason", "evicted"}});
    p.gauge("fetchd_origin_connections_idle", "Idle connections kept for reuse.", n.idle);
    p.counter("fetchd_tls_handshakes_total", "TLS handshakes with origins.", tls.handshakes());
    p.counter("fetchd_tls_resumptions_total", "Of these, resumed sessions.", tls.resumptions());
}

void add_pool(page& p, offload_pool::numbers const& n) {
    p.gauge("fetchd_pool_queued", "Blocking calls waiting for a thread.", n.queued);
    p.gauge("fetchd_pool_running", "Blocking calls under way.", n.running);
    p.counter("fetchd_pool_served_total", "Blocking calls done.", n.served);
    p.counter("fetchd_pool_refused_total", "Blocking calls refused because the queue was full.", n.refused);
}

void add_dns(page& p, dns::numbers const& n) {
    p.counter("fetchd_dns_hits_total", "Names answered from the cache, or by a lookup already under way.",
              n.hits);
    p.counter("fetchd_dns_lookups_total", "Names looked up.", n.lookups);
    p.counter("fetchd_dns_failures_total", "Lookups that failed.", n.failures);
    p.counter("fetchd_dns_refused_total", "Lookups refused because too many were under way.", n.refused);
    p.gauge("fetchd_dns_entries", "Names in the cache.", n.entries);
}

void add_sessions(page& p, sessions::numbers const& n) {
    p.gauge("fetchd_sessions", "Sessions, each a jar of cookies.", n.sessions);
    p.gauge("fetchd_cookies", "Cookies in all of them.", n.cookies);
    p.counter("fetchd_sessions_begun_total", "Sessions begun.", n.begun);
    p.counter("fetchd_sessions_expired_total", "Sessions not used for too long.", n.expired);
    p.counter("fetchd_sessions_evicted_total", "Sessions dropped because there were too many.", n.evicted);
}

void add_workers(page& p, worker::status const& n) {
    p.gauge("fetchd_workers_up", "Worker processes ready for documents.", n.up);
    p.gauge("fetchd_workers_wanted", "Worker processes there should be.", n.want);
    p.gauge("fetchd_workers_busy", "Worker processes at work.", n.busy);
    p.gauge("fetchd_workers_queued", "Documents waiting for a worker.", n.queued);
    p.counter("fetchd_workers_served_total", "Documents answered.", n.served);
    p.counter("fetchd_workers_refused_total", "Documents refused because the queue was full.", n.refused);
    p.counter("fetchd_workers_restarts_total", "Worker processes replaced because they died.", n.restarts);
    p.counter("fetchd_workers_retired_total", "Worker processes replaced because they had served for long.",
              n.retired);
    p.counter("fetchd_workers_crashed_total", "Worker processes that died of themselves.", n.crashed);
    p.counter("fetchd_workers_timeouts_total", "Documents that took too long.", n.timeouts);
    p.gauge("fetchd_quarantine_suspects", "Documents that killed one worker.", n.quarantined.suspects);
    p.gauge("fetchd_quarantine_documents", "Documents that killed two and are refused.",
            n.quarantined.refused);
    p.counter("fetchd_quarantine_refused_total", "Times such a document was refused.", n.quarantine_refused);
    p.gauge("fetchd_penalised_origins", "Origins whose documents stand behind all others.",
            n.origins.penalised);
    p.counter("fetchd_penalties_total", "Times an origin was penalised, or longer.", n.origins.begun);
}

void add_sandbox(page& p, worker::sandbox_report const& sandbox) {
    p.family("fetchd_sandbox_layer", "Layers of the workers' sandbox, 1 where they are in force.",
             MetricType::Gauge);
    for (auto const l : worker::all_layers)
        p.value(sandbox.has(l) ? 1 : 0, {{"layer", worker::name_of(l)}});
}

// From /proc, as every client library exports it.
void add_process(page& p) {
    unsigned long pages = 0, resident = 0;
    if (auto* file = std::fopen("/proc/self/statm", "re")) {
        if (std::fscanf(file, "%lu %lu", &pages, &resident) != 2)
            resident = 0;
        std::fclose(file);
    }
    p.gauge("process_resident_memory_bytes", "Resident memory of the main process.",
            resident * static_cast<unsigned long>(::sysconf(_SC_PAGESIZE)));
    p.counter("fetchd_log_lines_dropped_total", "Log lines lost because they were not taken fast enough.",
              log::dropped());
}

void add_jobs(page& p, jobs_numbers const& n) {
    auto const& s = n.scheduler;
    p.gauge("fetchd_job_items_pending", "Items accepted that have no result yet.", n.store.pending_items);
    p.gauge("fetchd_job_items_running", "Items being fetched.", s.running);
    p.gauge("fetchd_job_items_unsettled", "Results that are not on disk yet.", s.unsettled);
    p.gauge("fetchd_job_lanes", "Origins of jobs in memory.", s.held.lanes);
    p.counter("fetchd_job_items_started_total", "Fetches begun for items.", s.started);
    p.counter("fetchd_job_items_retried_total", "Items that were given another try.", s.retried);
    p.counter("fetchd_job_waits_total", "Times that politeness said not yet.", s.waits);
    p.gauge("fetchd_store_queue", "Calls that wait for the disk.", n.store.queued);
    p.counter("fetchd_store_commits_total", "Commits.", n.store.commits);
    p.counter("fetchd_store_rows_total", "Rows committed.", n.store.rows);
    p.counter("fetchd_store_failed_commits_total", "Commits that failed.", n.store.failed_commits);
    p.counter("fetchd_store_overloaded_total", "Calls refused: too many were waiting.", n.store.overloaded);
    p.counter("fetchd_store_full_total", "Calls refused for want of room on the disk.", n.store.refused_full);
    p.gauge("fetchd_store_result_bytes", "Results kept.", n.store.result_bytes);
    p.counter("fetchd_store_damaged_total", "Results found damaged.", n.store.damaged);
    p.histogram("fetchd_store_commit_seconds", "How long commits took.", n.store.commit_seconds);
    p.gauge("fetchd_politeness_origins", "Origins, domains and addresses remembered.", n.polite.groups);
    p.gauge("fetchd_politeness_circuits_open", "Origins that are left alone because they fail.",
            n.polite.circuits_open);
    p.counter("fetchd_politeness_back_offs_total", "Times that an origin said it had too much.",
              n.polite.back_offs);
    p.counter("fetchd_robots_fetched_total", "robots.txt files fetched.", n.robots.fetched);
    p.counter("fetchd_robots_disallowed_total", "Questions that a robots.txt answered with no.",
              n.robots.disallowed);
    p.gauge("fetchd_robots_files", "robots.txt files remembered.", n.robots.files);
}

void add_webhooks(page& p, jobs::webhooks::numbers const& n) {
    p.family("fetchd_webhook_attempts_total", "Messages sent to receivers, by result.", MetricType::Counter);
    p.value(as_double(n.delivered), {{"result", "delivered"}})
        .value(as_double(n.failed), {{"result", "failed"}})
        .value(as_double(n.later), {{"result", "later"}})
        .value(as_double(n.gone), {{"result", "gone"}});
    p.histogram("fetchd_webhook_attempt_seconds", "How long receivers took to answer.", n.attempt_seconds);
    p.gauge("fetchd_webhook_messages_in_flight", "Messages on their way.", n.in_flight);
    p.gauge("fetchd_webhook_messages_held", "Messages in memory, on their way or next.", n.held);
    p.counter("fetchd_webhook_messages_put_off_total",
              "Times that a message found no place in memory, or its receiver in a pause.", n.put_off);
    p.counter("fetchd_webhook_dead_letters_total", "Messages given up.", n.dead);
    p.gauge("fetchd_webhook_receivers_paused", "Receivers in memory that are left alone for a while.",
            n.paused);
    p.gauge("fetchd_webhook_receivers_disabled", "Receivers in memory that want no more.", n.disabled);
    p.counter("fetchd_webhook_store_failures_total", "Times that the store failed and messages had to wait.",
              n.store_failures);
}

}  // namespace

void metrics::answered(std::string_view route, int status, clock::duration took) {
    ++requests_[{route, status}];
    duration_.observe(std::chrono::duration<double>(took).count());
}

std::string metrics::text(listener::numbers const& front) const {
    page p;
    p.family("fetchd_requests_total", "Requests answered, by route and status.", MetricType::Counter);
    for (auto const& [key, n] : requests_)
        p.value(as_double(n), {{"route", std::string(key.first)}, {"code", std::to_string(key.second)}});
    p.counter("fetchd_bad_requests_total", "Requests refused before they had a route.", front.bad_requests);
    p.histogram("fetchd_request_duration_seconds", "From the head of a request to the end of its answer.",
                duration_);
    p.gauge("fetchd_client_connections", "Client connections open.", front.connections);
    p.gauge("fetchd_requests_active", "Requests being answered.", front.active);
    p.counter("fetchd_client_connections_total", "Client connections accepted.", front.accepted);
    p.counter("fetchd_client_connections_refused_total", "Client connections closed at once: too many.",
              front.refused);
    p.counter("fetchd_sent_bytes_total", "Bytes sent to clients.", front.sent_bytes);
    add_fetches(p, from_.fetches);
    add_connections(p, from_.connections.count(), from_.tls);
    add_dns(p, from_.names.count());
    add_sessions(p, from_.fetches.count_sessions());
    add_pool(p, from_.pool.count());
    add_workers(p, from_.workers.numbers());
    add_sandbox(p, from_.workers.sandbox());
    p.histogram("fetchd_worker_replacement_seconds", "From the death of a worker until another was ready.",
                from_.workers.replacement_times());
    if (auto const jobs = from_.jobs ? from_.jobs() : std::nullopt) {
        add_jobs(p, *jobs);
        add_webhooks(p, jobs->webhooks);
    }
    p.histogram("fetchd_loop_lag_seconds", "How late the event loop ran what was due.", lag_);
    add_process(p);
    return prometheus::TextSerializer().Serialize(p.families);
}

}  // namespace fetchd::api
