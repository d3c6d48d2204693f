#include "net/connection_pool.hpp"

namespace fetchd {
namespace {
constexpr auto sweep_every = std::chrono::seconds(1);
}

std::size_t endpoint_hash::operator()(endpoint const& e) const {
    auto const h = std::hash<std::string_view>()(e.host);
    return h ^ (e.address.low() * 0x9e3779b97f4a7c15ULL + e.address.high() + e.port * 2U + e.tls);
}

connection_pool::connection_pool(timer_wheel& wheel, net_config const& settings)
    : settings_(settings), sweep_(wheel, [this] { sweep(); }) {}

void connection_pool::configure(net_config const& settings) {
    settings_ = settings;
}

connection_pool::numbers connection_pool::count() const {
    auto n = numbers_;
    n.idle = idle_.size();
    return n;
}

std::unique_ptr<connection> connection_pool::take(endpoint const& key) {
    auto const bucket = buckets_.find(key);
    if (bucket == buckets_.end())
        return {};
    while (!bucket->second.empty()) {
        auto const at = bucket->second.back();  // the one used last: the others may expire
        bucket->second.pop_back();
        auto conn = std::move(at->conn);
        idle_.erase(at);
        if (conn->quiet()) {
            ++numbers_.reused;
            return conn;  // the empty bucket stays: this origin is being used
        }
        ++numbers_.stale;
    }
    return {};
}

void connection_pool::put(endpoint const& key, std::unique_ptr<connection> conn) {
    if (settings_.max_idle == 0 || settings_.max_idle_per_origin == 0)
        return;
    auto& bucket = *buckets_.try_emplace(key).first;
    if (bucket.second.size() >= settings_.max_idle_per_origin) {
        ++numbers_.evicted;
        return;
    }
    if (idle_.size() >= settings_.max_idle) {
        ++numbers_.evicted;
        drop(idle_.begin());
    }
    conn->input.shrink(connection::small_block);
    idle_.push_back({&bucket.first, std::move(conn), clock::now()});
    bucket.second.push_back(std::prev(idle_.end()));
    if (!sweep_.armed())
        sweep_.arm(clock::now() + sweep_every);
}

void connection_pool::drop(place at) {
    std::erase(buckets_.find(*at->key)->second, at);
    idle_.erase(at);
}

void connection_pool::sweep() {
    auto const now = clock::now();
    for (auto at = idle_.begin(); at != idle_.end();) {
        auto const next = std::next(at);
        bool const old = now - at->since >= settings_.idle_timeout;
        if (old || !at->conn->quiet()) {
            ++(old ? numbers_.expired : numbers_.stale);
            drop(at);
        }
        at = next;
    }
    std::erase_if(buckets_, [](auto const& b) { return b.second.empty(); });
    if (!idle_.empty())
        sweep_.arm(now + sweep_every);
}

void connection_pool::clear() {
    idle_.clear();
    buckets_.clear();
}

}  // namespace fetchd
