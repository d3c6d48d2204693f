#include "fetch/politeness.hpp"

#include "fetch/politeness_book.hpp"

namespace fetchd {

std::string_view name(politeness::reason why) {
    constexpr std::string_view names[] = {"connections", "delay",   "rate",  "crawl_delay",
                                          "back_off",    "circuit", "paused"};
    return names[static_cast<std::size_t>(why)];
}

politeness::turn::turn(std::unique_ptr<places> p) : places_(std::move(p)) {}
politeness::turn::turn(turn&&) noexcept = default;

politeness::turn& politeness::turn::operator=(turn&& other) noexcept {
    turn const gone(std::move(*this));
    places_ = std::move(other.places_);
    return *this;
}

politeness::turn::~turn() {
    if (places_)
        places_->keeper->finish(*places_, nullptr, places_->began);
}

void politeness::turn::finish(outcome const& o, time now) {
    if (auto const p = std::move(places_))
        p->keeper->finish(*p, &o, now);
}

politeness::politeness(politeness_config const& c, random r)
    : book_(std::make_unique<book>(c, std::move(r))) {}
politeness::~politeness() = default;

std::vector<std::string> politeness::problems(politeness_config const& c) {
    return host_rules::problems(c.hosts);
}

politeness::follower::follower(politeness& p, url const& target)
    : keeper_(*p.book_), origin_(target.origin()), number_(keeper_.enter_line(origin_)) {}

politeness::follower::~follower() {
    keeper_.leave_line(origin_, number_);
}

politeness::answer politeness::ask(url const& target, time now, milliseconds crawl_delay,
                                   follower const* me) {
    return book_->ask(target, now, crawl_delay, me);
}

std::optional<politeness::wait> politeness::held(url const& target, time now) const {
    return book_->held(target, now);
}

void politeness::on_change(std::function<void(std::string_view)> told) {
    book_->on_change = std::move(told);
}

void politeness::configure(politeness_config const& c) {
    book_->configure(c);
}

milliseconds politeness::patience() const {
    return book_->patience();
}

politeness::host_state politeness::describe(std::string_view host, time now) const {
    return book_->describe(host, now);
}

bool politeness::change(std::string_view host, host_rule const& rule) {
    return book_->change(host, rule);
}

void politeness::forgive(std::string_view host) {
    book_->forgive(host);
}

bool politeness::minds_robots(std::string_view host) const {
    return book_->minds_robots(host);
}

politeness::record politeness::rule_record(std::string_view host) const {
    return book_->rule_record(host);
}

std::vector<politeness::record> politeness::take_records(std::size_t most, time now, wall_time wall) {
    return book_->take_records(most, now, wall);
}

bool politeness::restore(std::string_view key, std::string_view text, time now, wall_time wall) {
    return book_->restore(key, text, now, wall);
}

bool politeness::knows(url const& target) const {
    return book_->knows(target);
}

void politeness::meet(url const& target, std::optional<ip_address> const& address, time now) {
    book_->meet(target, address, now);
}

void politeness::goes_on(time now) {
    book_->goes_on(now);
}

politeness::numbers politeness::count() const {
    return book_->count();
}

}  // namespace fetchd
