#include "api/job_submit.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "api/admission.hpp"
#include "api/job_json.hpp"
#include "api/submission.hpp"
#include "jobs/border.hpp"
#include "jobs/patience.hpp"
#include "jobs/receiver.hpp"

namespace fetchd::api {
namespace {

// SHA-256 of all that was sent: the same key with anything else is a mistake of the caller.
class fingerprint_of_body {
  public:
    fingerprint_of_body() : state_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        if (!state_ || EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) != 1)
            throw std::runtime_error("no SHA-256");
    }
    void feed(std::string_view bytes) { EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()); }
    std::string end() {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned size = 0;
        EVP_DigestFinal_ex(state_.get(), bytes, &size);
        return {reinterpret_cast<char const*>(bytes), size};
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state_;
};

std::string in_hex(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned char const b : bytes)
        text.append({digits[b >> 4U], digits[b & 15U]});
    return text;
}

std::string new_receiver_name() {
    unsigned char random[16];
    if (RAND_bytes(random, sizeof random) != 1)
        throw std::runtime_error("no random numbers");
    return in_hex({reinterpret_cast<char const*>(random), sizeof random});
}

// What an owner's jobs with one URL have in common: the circuit.
std::string endpoint_name(std::string_view owner, std::string_view url) {
    fingerprint_of_body both;
    both.feed(owner);
    both.feed("\n");
    both.feed(url);
    return in_hex(both.end());
}

jobs::subscription subscription_to(webhook_draft const& hook, std::string name) {
    jobs::subscription s;
    s.endpoint = std::move(name);
    s.items = hook.results;
    s.finished = hook.finished;
    s.batch = hook.batch;
    s.window = hook.window;
    return s;
}

std::size_t size_of(jobs::item_draft const& item) {
    return item.url.size() + item.origin.size() + item.options.size();
}

// The job as it was when it was committed, however far it has come since: who uses a key again gets the first
// answer again.
reply accepted(jobs::job job) {
    job.counts = {.accepted = job.counts.accepted, .duplicates = job.counts.duplicates};
    bool const empty = job.counts.accepted == 0;
    job.state = empty ? jobs::job_state::finished : jobs::job_state::active;
    job.ended = empty ? job.created : 0;
    job.first_seq = 1;
    job.last_seq = job.bytes = 0;
    reply done;
    done.status = 202;
    done.fields.add("Location", "/v1/jobs/" + job.id);
    done.body = job_json(job, {.queued = job.counts.accepted}) + "\n";
    return done;
}

}  // namespace

struct submit_handler::course {
    explicit course(std::size_t& at_once) : at_once_(at_once) { ++at_once_; }
    course(course const&) = delete;
    course& operator=(course const&) = delete;
    ~course() { --at_once_; }

    std::string owner;
    std::string key;  // of idempotency
    fingerprint_of_body fingerprint;
    std::unique_ptr<submission> body;
    std::vector<jobs::item_draft> items;          // read, not stored yet
    std::size_t unstored = 0;                     // bytes of the body they came in
    std::size_t most = submit_handler::max_json;  // bytes of the body
    char const* hint = "; send NDJSON, of which there may be more";
    std::optional<jobs::job_key> begun;
    std::string receiver;  // its name; empty: nobody is to be told
    jobs::committed made;

  private:
    std::size_t& at_once_;
};

awaitable<void> submit_handler::answer(call& c) {
    if (at_once_ >= max_at_once) {
        auto const full = problem(failure(stage::store, code::overloaded, "submissions under way"));
        co_await c.send(full);
        co_return;
    }
    jobs::committed made;
    auto const refused = co_await submit(c, made);
    if (refused) {
        co_await c.send(*refused);
        co_return;
    }
    if (!made.replayed)
        scheduler_.arrived(made.job);
    auto const done = accepted(std::move(made.job));
    co_await c.send(done);
}

// Ends with an answer to send, or with what was made. Its place is free before anything is sent.
awaitable<std::optional<reply>> submit_handler::submit(call& c, jobs::committed& made) {
    course way(at_once_);
    auto refused = co_await take(c, way);
    if (way.begun && (refused || way.made.replayed))
        co_await abandon(way);
    made = std::move(way.made);
    co_return refused;
}

// Ends with an answer to send, or with way.made.
awaitable<std::optional<reply>> submit_handler::take(call& c, course& way) {
    way.owner = caller_of(c);
    way.key = std::string(c.head.fields.get("Idempotency-Key"));
    if (way.key.size() > max_key)
        co_return problem(400, "Idempotency-Key: at most " + std::to_string(max_key) + " bytes");
    if (is_ndjson(c.head.fields.get("Content-Type"))) {
        auto opened = ndjson_submission(c.head.query, limits_, scheduler_.time());
        if (opened.refused)
            co_return std::move(opened.refused);
        way.body = std::move(opened.body);
        way.most = settings_.jobs.max_submission;
        way.hint = " (jobs.max_submission)";
    } else {
        if (!c.head.query.empty())
            co_return problem(400, "POST /v1/jobs with JSON takes no parameters: put them into the body");
        way.body = json_submission(limits_, scheduler_.time());
    }
    way.fingerprint.feed(c.head.query);
    way.fingerprint.feed("\n");
    if (!way.key.empty()) {
        auto const before = co_await store_.find_answer(way.owner, way.key);
        if (!before)
            co_return problem(before.error());
        if (*before) {
            auto again = co_await replay(c, way, **before);
            co_return std::optional<reply>(std::move(again));
        }
    }
    co_return co_await take_body(c, way);
}

awaitable<std::optional<reply>> submit_handler::take_body(call& c, course& way) {
    std::uint64_t bytes = 0;
    while (true) {
        auto const piece = co_await c.read_piece(clock::now() + settings_.server.idle_timeout);
        if (!piece)
            co_return problem(piece.error().status, piece.error().why);
        bytes += piece->size();
        if (bytes > way.most)
            co_return problem(413,
                              "The body is larger than " + std::to_string(way.most) + " bytes" + way.hint);
        way.fingerprint.feed(*piece);
        auto refused = piece->empty() ? way.body->finish(way.items) : way.body->feed(*piece, way.items);
        if (refused)
            co_return refused;
        way.unstored += piece->size();
        if (way.items.size() >= batch_items || way.unstored >= batch_bytes ||
            (piece->empty() && !way.items.empty())) {
            refused = co_await store_items(way);
            if (refused)
                co_return refused;
        }
        if (piece->empty())
            break;
    }
    if (!way.begun)
        co_return problem(400, "There is no URL in it");
    // Again, because a receiver without a job is swept away after a while, and this may have taken longer.
    auto refused = co_await keep_receiver(way);
    if (refused)
        co_return refused;
    jobs::idempotency const key{
        way.key, way.fingerprint.end(),
        std::max(jobs::system_now(), scheduler_.time()) + std::chrono::milliseconds(key_time).count()};
    std::function<awaitable<result<jobs::committed>>()> commit = [this, &way, &key] {
        return store_.commit(*way.begun, key);
    };
    auto made = co_await jobs::patiently(std::move(commit), patience());
    if (!made)
        co_return problem(made.error());
    way.made = std::move(*made);
    co_return std::nullopt;
}

awaitable<std::optional<reply>> submit_handler::store_items(course& way) {
    if (!way.begun) {
        auto refused = co_await begin(way);
        if (refused)
            co_return refused;
    }
    auto items = std::exchange(way.items, {});
    way.unstored = 0;
    for (auto next = items.begin(); next != items.end();) {
        std::vector<jobs::item_draft> batch;
        for (std::size_t bytes = 0; next != items.end() && batch.size() < batch_items && bytes < batch_bytes;
             ++next) {
            bytes += size_of(*next);
            batch.push_back(std::move(*next));
        }
        auto refused = co_await store_batch(way, std::move(batch));
        if (refused)
            co_return refused;
    }
    co_return std::nullopt;
}

// What was sent so far may be a million lines: they are not thrown away because the disk is busy.
awaitable<std::optional<reply>> submit_handler::store_batch(course& way,
                                                            std::vector<jobs::item_draft> batch) {
    std::function<awaitable<result<jobs::added>>()> add = [this, &way, &batch] {
        return store_.add(*way.begun, batch);
    };
    auto const stored = co_await jobs::patiently(std::move(add), patience());
    if (!stored)
        co_return problem(stored.error());
    co_return std::nullopt;
}

// The receiver is on disk before the job can have events.
awaitable<std::optional<reply>> submit_handler::begin(course& way) {
    auto const& said = way.body->job();
    auto draft = said.draft;
    draft.owner = way.owner;
    if (draft.not_before != 0)  // as the caller's clock has it; what waits is counted by the scheduler's
        draft.not_before += scheduler_.time() - jobs::system_now();
    if (said.webhook) {
        way.receiver = new_receiver_name();
        draft.subscriptions.push_back(subscription_to(*said.webhook, way.receiver));
    }
    auto const begun = co_await store_.begin(std::move(draft));
    if (!begun)
        co_return problem(begun.error());
    way.begun = *begun;
    co_return co_await keep_receiver(way);
}

awaitable<std::optional<reply>> submit_handler::keep_receiver(course& way) {
    auto const& hook = way.body->job().webhook;
    if (way.receiver.empty() || !hook)
        co_return std::nullopt;
    jobs::receiver to;
    to.url = hook->url;
    to.secrets = hook->secrets;
    to.endpoint = endpoint_name(way.owner, hook->url);
    to.job = *way.begun;
    to.made = scheduler_.time();
    jobs::record kept;
    kept.key = std::string(jobs::receiver_prefix) + way.receiver;
    kept.value = to.text();
    auto const done = co_await store_.put(std::move(kept));
    if (!done)
        co_return problem(done.error());
    co_return std::nullopt;
}

// What of it cannot be deleted now is swept away later.
awaitable<void> submit_handler::abandon(course& way) {
    std::function<awaitable<result<void>>()> abandon = [this, &way] { return store_.abandon(*way.begun); };
    if (!way.made.replayed)
        co_await jobs::patiently(std::move(abandon), patience());
    if (!way.receiver.empty())
        co_await store_.erase(std::string(jobs::receiver_prefix) + way.receiver);
}

// The key was used before: the first answer again, if the body is the same too.
awaitable<reply> submit_handler::replay(call& c, course& way, jobs::first_answer const& before) {
    while (true) {
        auto const piece = co_await c.read_piece(clock::now() + settings_.server.idle_timeout);
        if (!piece)
            co_return problem(piece.error().status, piece.error().why);
        if (piece->empty())
            break;
        way.fingerprint.feed(*piece);
    }
    if (way.fingerprint.end() != before.fingerprint)
        co_return problem(failure(stage::store, code::refused, "Idempotency-Key"));
    auto job = co_await store_.find(before.job_id);
    if (!job)
        co_return problem(job.error());
    co_return accepted(std::move(*job));
}

}  // namespace fetchd::api
