#include "jobs/sqlite/sqlite_store.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "jobs/sqlite/sqlite_store_impl.hpp"
#include "loop/spawn.hpp"

namespace fetchd::jobs {
namespace {

constexpr std::size_t reader_cache = std::size_t{3} << 20U;

pool_config one_thread(std::size_t queue) {
    pool_config settings;
    settings.threads = 1;
    settings.queue = queue;
    return settings;
}

constexpr job_key of_outbox = -1;  // where the listeners to the outbox hang

}  // namespace

class sqlite_store::listener final : public watch {
  public:
    listener(std::shared_ptr<listeners> all, job_key job, std::function<void()> t)
        : told(std::move(t)), all_(std::move(all)), place_(all_->emplace(job, this)) {}
    ~listener() override { all_->erase(place_); }
    listener(listener const&) = delete;
    listener& operator=(listener const&) = delete;

    std::function<void()> const told;

  private:
    std::shared_ptr<listeners> all_;
    listeners::iterator place_;
};

sqlite_store::desk::desk(executor loop, database& d, sqlite_settings const& settings)
    : db(d.file(), access::read_only, reader_cache, settings.database.vfs),
      answers(db, d.objects()),
      thread(std::make_unique<offload_pool>(loop, one_thread(settings.reads))) {}

sqlite_store::sqlite_store(executor loop, sqlite_settings settings, std::unique_ptr<database> db, clocks c)
    : loop_(loop),
      settings_(std::move(settings)),
      clocks_(std::move(c)),
      border_(clocks_.now(), clocks_.system()),
      database_(std::move(db)),
      commits_(loop, *database_, settings_.queue, [this](effects const& e) { took_effect(e); }),
      reads_(loop, *database_, settings_),
      own_reads_(loop, *database_, settings_),
      objects_(std::make_unique<offload_pool>(loop, one_thread(settings_.reads))) {
    auto const totals = database_->count();
    pending_ = static_cast<std::int64_t>(totals.pending);
    result_bytes_ = static_cast<std::int64_t>(totals.bytes);
    start_cleaning();
}

sqlite_store::~sqlite_store() {
    *self_ = nullptr;
}

result<std::unique_ptr<store>> open_sqlite_store(executor loop, sqlite_settings settings, clocks c) {
    auto db = database::open(settings.database);
    if (!db)
        return db.error();
    try {
        (*db)->outbox().bound_waits(c.system());
        return std::unique_ptr<store>(
            std::make_unique<sqlite_store>(loop, std::move(settings), std::move(*db), std::move(c)));
    } catch (sql_error const& e) {
        return e.as_failure();
    }
}

void sqlite_store::took_effect(effects const& e) {
    rows_ += e.rows;
    pending_ += e.pending;
    result_bytes_ += e.bytes;
    if (e.rows > 0)
        rows_per_commit_.observe(static_cast<double>(e.rows));
    job_key last = 0;
    for (auto const job : e.touched) {
        if (job != last)
            tell(job);
        last = job;
    }
    if (e.events)
        tell(of_outbox);
}

// A listener may begin and end others while it is told.
void sqlite_store::tell(job_key job) {
    auto const [first, last] = listeners_->equal_range(job);
    if (first == last)
        return;
    std::vector<listener*> told;
    for (auto it = first; it != last; ++it)
        told.push_back(it->second);
    for (auto* const l : told) {
        auto const [from, to] = listeners_->equal_range(job);
        if (std::any_of(from, to, [l](auto const& entry) { return entry.second == l; }))
            l->told();
    }
}

std::unique_ptr<watch> sqlite_store::listen(job_key job, std::function<void()> told) {
    return std::make_unique<listener>(listeners_, job, std::move(told));
}

std::unique_ptr<watch> sqlite_store::watch_job(job_key job, std::function<void()> told) {
    return listen(job, std::move(told));
}

std::unique_ptr<watch> sqlite_store::watch_outbox(std::function<void()> told) {
    return listen(of_outbox, std::move(told));
}

void sqlite_store::start_cleaning() {
    dirty_ = true;
    if (std::exchange(cleaning_, true))
        return;
    spawn_logged(loop_, "store cleaning", clean(self_));
}

// One slice a commit; what else is to be written goes in between. The store may go while this waits.
awaitable<void> sqlite_store::clean(std::shared_ptr<sqlite_store*> self) {
    bool more = true;
    while (*self && (more || (*self)->dirty_)) {
        (*self)->dirty_ = false;
        group_commit::work<bool> slice = [at = (*self)->now()](database& db) -> result<bool> {
            return db.steer().clean(at).more;
        };
        auto const done = co_await (*self)->write<bool>(std::move(slice));
        more = done && *done;
        if (!done)  // begun again by the next sweep
            log::line(log::level::warn, "store cleaning failed").kv("cause", done.error().message());
    }
    if (!*self)
        co_return;
    (*self)->cleaning_ = false;
    if ((*self)->lease_turns_.empty())  // or what is being read might be from before the cancelling
        (*self)->ending_.clear();
}

awaitable<result<swept>> sqlite_store::sweep(retention keep) {
    auto const bytes = static_cast<std::uint64_t>(std::max(result_bytes_, std::int64_t{0}));
    group_commit::work<swept> retire = [keep, bytes, folder = next_orphans_,
                                        at = now()](database& db) -> result<swept> {
        swept s;
        auto const done = db.steer().retire(keep, bytes, at);
        auto const cleaned = db.steer().clean(at);
        s.jobs = cleaned.jobs;
        s.results = done.results + cleaned.results;
        s.objects = db.find_orphans(folder);
        s.more = done.more || cleaned.more;
        return s;
    };
    next_orphans_ = (next_orphans_ + 1) % object_folder::folders;
    return write<swept>(std::move(retire));
}

store_numbers sqlite_store::count() const {
    store_numbers n;
    auto const& written = database_->counted();
    n.commits = written.commits;
    n.rows = rows_;
    n.failed_commits = written.failed_commits;
    n.refused_full = written.refused_full;
    n.overloaded = commits_.overloaded() + overloaded_reads_;
    n.queued = commits_.queued();
    n.queued_bytes = commits_.queued_bytes();
    n.leased = leases_.size();
    n.pending_items = static_cast<std::uint64_t>(std::max(pending_, std::int64_t{0}));
    n.result_bytes = static_cast<std::uint64_t>(std::max(result_bytes_, std::int64_t{0}));
    n.damaged = damaged_;
    n.commit_seconds = commits_.seconds();
    n.rows_per_commit = rows_per_commit_;
    return n;
}

}  // namespace fetchd::jobs
