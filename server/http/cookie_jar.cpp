#include "http/cookie_jar.hpp"

#include <algorithm>
#include <tuple>

#include "http/public_suffix.hpp"

namespace fetchd {
namespace {

bool belongs(cookie const& c, url const& to) {
    if (c.host_only ? c.domain != to.host() : !domain_match(to.host(), c.domain))
        return false;
    return (!c.secure || to.scheme_type() == scheme_kind::https) && path_match(to.path(), c.path);
}

// Which two cookies cannot both be there.
bool same_place(cookie const& a, cookie const& b) {
    return a.name == b.name && a.host_only == b.host_only && a.domain == b.domain && a.path == b.path;
}

}  // namespace

cookie_jar::kept::kept(cookie&& c) : cookie(std::move(c)) {
    auto const site_size = registrable_domain(domain).size();
    site_at = site_size == 0 ? 0 : domain.size() - site_size;
}

std::size_t cookie_jar::kept::cost() const {
    return sizeof(kept) + name.size() + value.size() + domain.size() + path.size();
}

cookie_jar::cookie_jar(cookie_limits const& limits, std::shared_ptr<cookie_totals> totals)
    : limits_(limits), totals_(totals ? std::move(totals) : std::make_shared<cookie_totals>()) {}

cookie_jar::~cookie_jar() {
    leave_totals();
}

void cookie_jar::leave_totals() {
    totals_->cookies -= cookies_.size();
    totals_->bytes -= bytes_;
    totals_ = std::make_shared<cookie_totals>(cookie_totals{cookies_.size(), bytes_});
}

void cookie_jar::store(url const& from, headers const& answer, cookie_time now) {
    std::size_t seen = 0;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        auto const field = answer[i];
        if (!same_name(field.name, "Set-Cookie"))
            continue;
        if (++seen > limits_.per_answer)
            return;
        if (auto received = receive_cookie(field.value, from, now))
            put(std::move(*received), from.scheme_type() == scheme_kind::https, now);
    }
}

// §5.7, from where the other cookies count.
void cookie_jar::put(cookie&& received, bool https, cookie_time now) {
    drop_expired(now);
    if (!https && covers_secure(received))
        return;
    kept fresh(std::move(received));
    fresh.created = fresh.used = ++moment_;
    auto const old =
        std::find_if(cookies_.begin(), cookies_.end(), [&](kept const& k) { return same_place(k, fresh); });
    if (old != cookies_.end()) {
        fresh.created = old->created;
        remove(static_cast<std::size_t>(old - cookies_.begin()));
    }
    if (fresh.expired(now))  // that is how a server takes a cookie back
        return;
    std::string const site(fresh.site());
    bytes_ += fresh.cost();
    totals_->bytes += fresh.cost();
    ++totals_->cookies;
    cookies_.push_back(std::move(fresh));
    make_room(site);
}

// Whether a cookie from plain http would stand before a Secure one where that is read. Not symmetric in the
// path: one of a wider path comes after it.
bool cookie_jar::covers_secure(cookie const& fresh) const {
    return std::any_of(cookies_.begin(), cookies_.end(), [&](kept const& k) {
        return k.secure && k.name == fresh.name &&
               (domain_match(k.domain, fresh.domain) || domain_match(fresh.domain, k.domain)) &&
               path_match(fresh.path, k.path);
    });
}

void cookie_jar::make_room(std::string const& site) {
    auto const of_site = [&](kept const& k) { return k.site() == site; };
    while (true) {
        std::size_t count = 0;
        std::size_t size = 0;
        for (auto const& k : cookies_) {
            count += of_site(k);
            size += of_site(k) ? k.cost() : 0;
        }
        if (count <= limits_.per_site && size <= limits_.site_bytes)
            break;
        evict_one([&](kept const& k) { return std::tuple(of_site(k) ? 0 : 1, k.secure, k.used, k.created); });
    }
    while (cookies_.size() > limits_.all || bytes_ > limits_.bytes)
        evict_one([](kept const& k) { return std::tuple(k.used, k.created); });
}

// The first by this order.
template <class Order>
void cookie_jar::evict_one(Order order) {
    auto const first = std::min_element(cookies_.begin(), cookies_.end(),
                                        [&](kept const& a, kept const& b) { return order(a) < order(b); });
    remove(static_cast<std::size_t>(first - cookies_.begin()));
}

void cookie_jar::remove(std::size_t i) {
    auto const cost = cookies_[i].cost();
    bytes_ -= cost;
    totals_->bytes -= cost;
    --totals_->cookies;
    if (i + 1 < cookies_.size())
        cookies_[i] = std::move(cookies_.back());
    cookies_.pop_back();
}

void cookie_jar::drop_expired(cookie_time now) {
    for (auto i = cookies_.size(); i-- > 0;)
        if (cookies_[i].expired(now))
            remove(i);
}

std::string cookie_jar::cookies_for(url const& to, cookie_time now) {
    std::string field;
    if (!to.is_http())
        return field;
    drop_expired(now);
    std::vector<kept*> going;
    for (auto& k : cookies_)
        if (belongs(k, to))
            going.push_back(&k);
    std::sort(going.begin(), going.end(), [](kept const* a, kept const* b) {
        return std::tuple(b->path.size(), a->created) < std::tuple(a->path.size(), b->created);
    });
    ++moment_;
    for (auto* k : going) {
        auto const size = (field.empty() ? 0 : 2) + k->name.size() + !k->name.empty() + k->value.size();
        if (field.size() + size > limits_.field_bytes)
            break;
        k->used = moment_;
        field.append(field.empty() ? "" : "; ")
            .append(k->name)
            .append(k->name.empty() ? "" : "=")
            .append(k->value);
    }
    return field;
}

}  // namespace fetchd
