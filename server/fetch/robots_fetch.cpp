#include "fetch/robots_fetch.hpp"

#include "http/redirect.hpp"
#include "http/retry.hpp"
#include "loop/wait_until.hpp"

namespace fetchd {
namespace {

using kind = robots_reply::kind;

robots_reply reply(kind what, std::string why = {}, time_point until = {}) {
    robots_reply r;
    r.what = what;
    r.why = std::move(why);
    r.until = until;
    return r;
}

// No request has reached the origin, and none would if it were asked for something else.
bool never_asked(failure const& f) {
    bool const on_the_way = f.where == stage::dns || f.where == stage::connect || f.where == stage::tls;
    return f.where == stage::admission || f.where == stage::egress ||
           (on_the_way && f.advice() == verdict::give_up);
}

std::string in_words(int status) {
    return "robots.txt: status " + std::to_string(status);
}

}  // namespace

politeness::outcome outcome_of(attempt const& a, std::optional<milliseconds> asked_for) {
    politeness::outcome o;
    o.status = a.status;
    o.error = a.error;
    if (a.status != 0)
        o.first_byte = std::chrono::duration_cast<milliseconds>(a.first_byte);
    o.bytes = a.wire_bytes;
    o.retry_after = asked_for;
    if (a.proxy.empty() && a.port != 0)
        o.address = a.address;
    return o;
}

// One request of the few that lead to a file.
struct robots_fetch::visit {
    url where;
    outgoing out;
    std::string token;
    scope& life;
    std::optional<politeness::turn> turn{};
    std::vector<attempt> tried{};
    result<std::unique_ptr<response>> answer = failure();

    // Tells politeness what came of it.
    void finish() {
        if (!turn)
            return;
        std::optional<milliseconds> asked_for;
        auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        if (answer)
            asked_for = retry_after((*answer)->head.fields, now);
        attempt nothing;
        if (!answer)
            nothing.error = answer.error();
        turn->finish(outcome_of(tried.empty() ? nothing : tried.back(), asked_for), clock::now());
        turn.reset();
    }
};

robots_fetch::robots_fetch(client& c, politeness& p, phase_limits const& limits, decoder d)
    : client_(c), politeness_(p), limits_(limits), decode_(std::move(d)) {}

// Nothing when the turn has come.
awaitable<std::optional<robots_reply>> robots_fetch::take_turn(visit& v, milliseconds longest) {
    while (!v.life.ended()) {
        auto asked = politeness_.ask(v.where, clock::now());
        if (auto* const turn = std::get_if<politeness::turn>(&asked)) {
            v.turn.emplace(std::move(*turn));
            co_return std::nullopt;
        }
        auto const& later = std::get<politeness::wait>(asked);
        if (later.until >= v.life.deadline() || later.until > clock::now() + longest)
            co_return reply(kind::later, "robots.txt: waits for " + std::string(name(later.why)),
                            later.until);
        co_await wait_until(client_.get_executor(), later.until, v.life);
    }
    co_return reply(kind::later, "robots.txt: its turn did not come in time", clock::now());
}

std::optional<time_point> robots_fetch::held_until(url const& file) {
    auto const held = politeness_.held(file, clock::now());
    return held ? std::optional(held->until) : std::nullopt;
}

awaitable<robots_reply> robots_fetch::read(visit& v) {
    auto& answer = **v.answer;
    auto codings = all_values(answer.head.fields, "Content-Encoding");
    std::erase_if(codings, [](std::string const& each) { return same_name(each, "identity"); });
    if (!codings.empty())
        co_return co_await read_coded(v, std::move(codings));
    robots_parser parser(v.token);
    while (!parser.full()) {
        auto const part = co_await answer.next();
        if (!part)
            co_return reply(kind::unreachable, "robots.txt: " + part.error().message());
        if (part->empty())
            break;
        parser.feed(*part);
    }
    auto found = reply(kind::file);
    found.rules = parser.finish();
    co_return found;
}

awaitable<robots_reply> robots_fetch::read_coded(visit& v, std::vector<std::string> codings) {
    std::string body;
    while (true) {
        auto const part = co_await (*v.answer)->next();
        if (!part)
            co_return reply(kind::unreachable, "robots.txt: " + part.error().message());
        if (part->empty())
            break;
        if (body.size() + part->size() > robots::max_bytes)
            co_return reply(kind::unreachable, "robots.txt: compressed, it is larger than what counts of it");
        body += *part;
    }
    auto const plain = co_await decode_(std::move(body), std::move(codings), v.life);
    if (!plain)
        co_return reply(kind::unreachable, "robots.txt: " + plain.error().message());
    robots_parser parser(v.token);
    parser.feed(*plain);
    auto found = reply(kind::file);
    found.rules = parser.finish();
    co_return found;
}

// The request and the head of its answer.
awaitable<void> robots_fetch::ask(visit& v) {
    v.tried.clear();
    v.answer = co_await client_.open(v.out, v.where, v.life, v.tried);
}

awaitable<robots_reply> robots_fetch::fetch(url file, std::string user_agent, std::string product_token,
                                            scope& life) {
    visit v{std::move(file), {}, std::move(product_token), life};
    v.out.limits = limits_;
    v.out.fields.add("Accept", "text/plain, */*;q=0.5");
    v.out.fields.add("Accept-Encoding", "identity");
    if (!user_agent.empty())
        v.out.fields.add("User-Agent", user_agent);
    milliseconds longest{0};
    for (std::size_t hops = 0;; ++hops, longest = longest_wait) {
        auto held = co_await take_turn(v, longest);
        if (held)
            co_return std::move(*held);
        co_await ask(v);
        if (!v.answer) {
            v.finish();
            auto const& f = v.answer.error();
            auto what = f.where == stage::egress ? kind::unreachable : kind::unanswered;
            if (hops == 0 && never_asked(f))
                what = kind::not_asked;
            co_return reply(what, "robots.txt: " + f.message());
        }
        auto const& head = (*v.answer)->head;
        if (head.status >= 200 && head.status < 300) {
            auto found = co_await read(v);
            v.finish();
            co_return found;
        }
        auto next = next_hop(head.status, head.fields, v.where, "GET", true);
        bool const moved = next && *next;
        auto const status = head.status;
        if (moved)
            co_await (*v.answer)->discard();
        v.finish();
        // Too many requests are a reason to come again later, not to do as one likes.
        if (status >= 500 || status == 429 || status < 200)
            co_return reply(kind::unreachable, in_words(status));
        // §2.3.1.3, and §2.3.1.2 of what leads nowhere: as if there were none.
        if (!moved || hops == max_redirects)
            co_return reply(kind::none, in_words(status));
        v.where = std::move((*next)->to);
    }
}

}  // namespace fetchd
