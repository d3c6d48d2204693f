// Every single write and sync of a run of the store fails once, and then all from there on: what was
// acknowledged is there afterwards, what was refused is not, also after a crash, and all is well again as
// soon as the disk is.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>

#include "driven_store.hpp"
#include "faulty_vfs.hpp"
#include "jobs/sqlite/check.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::AnyOf;
using testing::IsEmpty;

namespace fs = std::filesystem;

// What the store has acknowledged.
struct ledger {
    struct told {
        std::string id;
        std::uint64_t accepted = 0;
        std::map<std::uint64_t, item_number> results;  // by seq
    };
    std::map<job_key, told> jobs;
    std::map<std::string, std::string> records;
    int refused = 0;
};

class StoreOnABadDisk : public testing::Test {
  protected:
    static constexpr int submissions = 3;

    void SetUp() override { register_faulty_vfs(); }
    void TearDown() override { the_faults().end(); }

    static void use_faults(driven_store& s, faulty_files& f) {
        s.settings.database.vfs = faults::vfs;
        s.settings.database.file_layer = &f;
    }

    // True: acknowledged.
    template <class T>
    static bool ok(result<T> const& answer, ledger& l) {
        if (answer)
            return true;
        EXPECT_EQ(answer.error().where, stage::store);
        EXPECT_THAT(answer.error().what, AnyOf(code::too_large, code::failed)) << answer.error().message();
        ++l.refused;
        return false;
    }

    // After a failure the same again: what was undone was not seen, what was acknowledged was.
    static void submit_twice_the_same(driven_store& s, ledger& l) {
        job_draft d;
        d.deduplicate = true;
        auto const key = s.wait(s.store->begin(d));
        if (!ok(key, l))
            return;
        std::uint64_t acknowledged = 0;
        for (int i = 0; i < 6; ++i) {
            auto const got = s.wait(s.store->add(*key, items(4)));
            if (!ok(got, l))
                continue;
            EXPECT_EQ(got->items, acknowledged == 0 ? 4U : 0U);
            acknowledged = 4;
        }
        auto const done = s.wait(s.store->commit(*key, {}));
        if (!ok(done, l))
            return;
        EXPECT_EQ(done->job.counts.accepted, acknowledged);
        l.jobs[*key] = {done->job.id, acknowledged, {}};
    }

    static void submit(driven_store& s, ledger& l) {
        auto const key = s.wait(s.store->begin({}));
        if (!ok(key, l) || !ok(s.wait(s.store->add(*key, items(3))), l))
            return;
        auto const done = s.wait(s.store->commit(*key, {}));
        if (!ok(done, l))
            return;
        l.jobs[*key] = {done->job.id, done->job.counts.accepted, {}};
    }

    static void settle(driven_store& s, job_key j, ledger& l) {
        auto const page = s.wait(s.store->lanes(j, before_all_lanes, 1, s.now));
        if (!ok(page, l) || page->ready.empty())
            return;
        std::vector<lease_want> const wants{{j, page->ready[0].key, 2}};
        auto const got = s.wait(s.store->lease(wants, time_point(), time_point() + std::chrono::hours(1)));
        if (!ok(got, l))
            return;
        for (auto const& it : *got) {
            std::vector<settlement> one;
            one.push_back(ended(it.ref));
            one.back().output =
                "\"" + std::string(it.ref.n == 1 ? 10 : 40'000, 'x') + std::to_string(j) + "\"";
            auto const seqs = s.wait(s.store->settle(std::move(one)));
            if (ok(seqs, l))
                l.jobs.at(j).results[seqs->at(0)] = it.ref.n;
        }
    }

    static void run(driven_store& s, ledger& l) {
        for (int i = 0; i < submissions; ++i) {
            submit(s, l);
            auto const name = "r/" + std::to_string(i);
            if (ok(s.wait(s.store->put(record{name, "v", never})), l))
                l.records[name] = "v";
        }
        submit_twice_the_same(s, l);
        for (auto const& [key, told] : l.jobs)
            settle(s, key, l);
    }

    // A folder opened on a sound disk has exactly what the ledger says.
    static void expect_exactly(std::string const& folder, ledger const& l, std::string const& when) {
        {
            driven_store s(folder);
            s.open();
            auto const listed = s.must(s.store->list("", "", 100, {}));
            EXPECT_EQ(listed.jobs.size(), l.jobs.size()) << when;
            for (auto const& [key, told] : l.jobs) {
                auto const j = s.wait(s.store->find(told.id));
                ASSERT_TRUE(j) << when << ": lost " << told.id;
                EXPECT_EQ(j->counts.accepted, told.accepted) << when;
                EXPECT_EQ(j->counts.pending() + told.results.size(), told.accepted) << when;
                read_want want;
                want.job = key;
                std::map<std::uint64_t, item_number> there;
                for (auto const& r : s.must(s.store->read(want)).results) {
                    there[r.seq] = r.n;
                    EXPECT_FALSE(r.damaged) << when;
                }
                EXPECT_EQ(there, told.results) << when;
            }
            std::map<std::string, std::string> records;
            for (auto const& r : s.must(s.store->records("r/", "", 100, s.now)).records)
                records[r.key] = r.value;
            EXPECT_EQ(records, l.records) << when;
        }
        auto found = check(folder);
        // What a failure may leave behind, until it is swept.
        std::erase_if(found, [](auto const& words) { return words.starts_with("nothing refers to object"); });
        EXPECT_THAT(found, IsEmpty()) << when;
    }

    // Operations of this kind in a run where nothing fails.
    static int count_operations(fault kind) {
        temporary_folder folder;
        faulty_files f;
        driven_store s(folder.path());
        use_faults(s, f);
        the_faults().begin(fault::none, 0, false);
        s.open();
        ledger l;
        run(s, l);
        s.close();
        return kind == fault::sync_error ? the_faults().syncs.load() : the_faults().writes.load();
    }
};

class StoreFaults : public StoreOnABadDisk, public testing::WithParamInterface<std::tuple<fault, bool>> {};

// As a crash would leave it: what is on disk just now, without the index that lives in memory.
void copy_as_crashed(std::string const& from, std::string const& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove(to + "/jobs.db-shm");
}

// As a loss of power would: what was synced, and nothing else.
void copy_as_powerless(std::string const& from, std::string const& stable, faulty_files const& f,
                       std::string const& to) {
    fs::copy(stable, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove(to + "/jobs.db-journal");  // its deletion was synced
    fs::copy(from + "/objects", to + "/objects", fs::copy_options::recursive);
    for (auto const& name : f.unsynced)
        fs::remove_all(to + name.substr(from.size()));
}

// With enough in the log that its pages go to the database now and then.
TEST_F(StoreOnABadDisk, ALossOfPowerTakesNothingThatWasAcknowledged) {
    temporary_folder folder, stable;
    faulty_files f;
    driven_store s(folder.path());
    use_faults(s, f);
    the_faults().begin(fault::none, 0, false);
    the_faults().stable = stable.path();
    s.open();
    ledger l;
    for (int round = 1; round <= 12; ++round) {
        run(s, l);
        auto const name = "r/large " + std::to_string(round);
        l.records[name] = std::string(std::size_t{3} << 20U, 'x');
        s.must(s.store->put(record{name, l.records[name], never}));
        temporary_folder lost;
        copy_as_powerless(folder.path(), stable.path(), f, lost.path());
        expect_exactly(lost.path(), l, "round " + std::to_string(round));
    }
    EXPECT_EQ(l.refused, 0);
    EXPECT_GT(fs::file_size(stable.path() + "/jobs.db"), std::size_t{16} << 20U) << "no checkpoint came";
}

TEST_P(StoreFaults, LoseNothingAcknowledgedAndKeepNothingRefused) {
    auto const [kind, lasting] = GetParam();
    auto const operations = count_operations(kind);
    ASSERT_GT(operations, 10);
    int refusals = 0;
    for (int k = 1; k <= operations; ++k) {
        auto const when = "operation " + std::to_string(k);
        temporary_folder folder, crashed;
        faulty_files f;
        driven_store s(folder.path());
        use_faults(s, f);
        ledger l;
        the_faults().begin(kind, k, lasting);
        if (auto const opened = s.try_open(); !opened) {
            EXPECT_GT(the_faults().failed, 0) << when << opened.error().message();
            the_faults().end();
            s.open();
        }
        run(s, l);
        copy_as_crashed(folder.path(), crashed.path());
        auto after = l;
        the_faults().end();
        run(s, after);  // the disk is well again, and so is everything
        EXPECT_EQ(after.refused, l.refused) << when;
        EXPECT_GE(after.jobs.size(), static_cast<std::size_t>(submissions)) << when;
        s.close();
        expect_exactly(crashed.path(), l, when + ", crashed");
        expect_exactly(folder.path(), after, when);
        refusals += l.refused;
        if (HasFailure())
            return;
    }
    EXPECT_GT(refusals, 0) << "no fault reached a call";
}

std::string title(testing::TestParamInfo<std::tuple<fault, bool>> const& given) {
    static constexpr char const* kinds[] = {"None", "FullDisk", "WriteError", "SyncError"};
    auto const [kind, lasting] = given.param;
    return std::string(kinds[static_cast<int>(kind)]) + (lasting ? "Lasting" : "Once");
}

INSTANTIATE_TEST_SUITE_P(Every, StoreFaults,
                         testing::Combine(testing::Values(fault::disk_full, fault::write_error,
                                                          fault::sync_error),
                                          testing::Bool()),
                         title);

// Every sync beside the database fails once, and the call is made again: when it is acknowledged, no name
// that it needs may be lost with the power.
TEST(StoreNames, AreOnDiskBeforeAResultRefersToThem) {
    int refusals = 0;
    for (int k = 1; k <= 4; ++k) {
        temporary_folder folder;
        faulty_files f;
        driven_store s(folder.path());
        s.settings.database.file_layer = &f;
        s.open();
        auto const key = s.must(s.store->begin({}));
        s.must(s.store->add(key, items(1)));
        s.must(s.store->commit(key, {}));
        auto const lane = s.must(s.store->lanes(key, before_all_lanes, 1, s.now)).ready.at(0).key;
        std::vector<settlement> one;
        one.push_back(ended({key, lane, 1}));
        one.back().output = "\"" + std::string(40'000, 'x') + "\"";
        the_faults().begin(fault::sync_error, k, false);
        while (!s.wait(s.store->settle(one)))
            ++refusals;
        the_faults().end();
        EXPECT_THAT(f.unsynced, IsEmpty()) << "sync " << k;
    }
    EXPECT_EQ(refusals, 3) << "of the file, of its folder, of the folder's own name";
}

// Less room than is to be kept free: nothing new comes in, but what runs comes to its end.
TEST(StoreRoom, IsKeptForResults) {
    class small_disk final : public files {
      public:
        std::uint64_t room(std::string const&) override { return left; }
        std::uint64_t left = 100;
    };
    temporary_folder folder;
    small_disk disk;
    driven_store s(folder.path());
    s.settings.database.file_layer = &disk;
    s.settings.database.keep_free = 100;
    s.open();
    auto const key = s.must(s.store->begin({}));
    s.must(s.store->add(key, items(1)));
    s.must(s.store->commit(key, {}));
    disk.left = 99;
    EXPECT_EQ(s.wait(s.store->begin({})).error().what, code::too_large);
    auto const lane = s.must(s.store->lanes(key, before_all_lanes, 1, s.now)).ready.at(0).key;
    std::vector<settlement> one;
    one.push_back(ended({key, lane, 1}));
    EXPECT_EQ(s.must(s.store->settle(std::move(one))).at(0), 1U);
    EXPECT_EQ(s.store->count().refused_full, 1U);
    disk.left = 100;
    EXPECT_TRUE(s.wait(s.store->begin({})));
}

}  // namespace
