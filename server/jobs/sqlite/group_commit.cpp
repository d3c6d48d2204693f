#include "jobs/sqlite/group_commit.hpp"

namespace fetchd::jobs {
namespace {

pool_config one_thread() {
    pool_config settings;
    settings.threads = 1;
    settings.queue = 1;  // one batch at a time
    return settings;
}

}  // namespace

struct group_commit::batch {
    std::vector<std::shared_ptr<queued_call>> calls;
    std::vector<write_call*> plain;
    effects effect;
    time_point began;
};

group_commit::group_commit(executor loop, database& db, limits l,
                           std::function<void(effects const&)> committed)
    : loop_(loop),
      database_(db),
      limits_(l),
      committed_(std::move(committed)),
      self_(std::make_shared<group_commit*>(this)),
      pool_(std::make_unique<offload_pool>(loop, one_thread())) {}

group_commit::~group_commit() {
    *self_ = nullptr;
}

bool group_commit::enqueue(std::shared_ptr<queued_call> call) {
    if (queue_.size() >= limits_.calls || (!queue_.empty() && bytes_ + call->bytes > limits_.bytes)) {
        ++overloaded_;
        return false;
    }
    bytes_ += call->bytes;
    queue_.push_back(std::move(call));
    if (!busy_)
        start_batch();
    return true;
}

void group_commit::start_batch() {
    auto next = std::make_shared<batch>();
    std::size_t bytes = 0;
    while (!queue_.empty() && next->calls.size() < limits_.batch_calls &&
           (next->calls.empty() || bytes + queue_.front()->bytes <= limits_.batch_bytes)) {
        bytes += queue_.front()->bytes;
        next->plain.push_back(queue_.front().get());
        next->calls.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    bytes_ -= bytes;
    if (next->calls.empty())
        return;
    busy_ = true;
    next->began = clock::now();
    auto const submitted = pool_->submit([next, &db = database_] { next->effect = db.commit(next->plain); },
                                         [next, self = self_] {
                                             if (*self)
                                                 (*self)->finish(*next);
                                         });
    if (!submitted)  // only while closing: one batch is under way at most
        busy_ = false;
}

void group_commit::finish(batch& b) {
    busy_ = false;
    seconds_.observe(std::chrono::duration<double>(clock::now() - b.began).count());
    start_batch();  // the disk works on while the callers are told
    committed_(b.effect);
    for (auto const& call : b.calls) {
        call->answered = true;
        call->done.ring();
    }
}

}  // namespace fetchd::jobs
