// What check() says of a folder somebody has been at.
#include "jobs/sqlite/check.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "driven_store.hpp"
#include "jobs/sqlite/connection.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace fs = std::filesystem;

class Check : public testing::Test {
  protected:
    // One job half done, with results small and large, and one finished.
    void SetUp() override {
        driven_store s(folder.path());
        s.open();
        for (std::size_t const n : {10U, 2U}) {
            auto const key = s.must(s.store->begin({}));
            s.must(s.store->add(key, items(n)));
            s.must(s.store->commit(key, {}));
            auto const lane = s.must(s.store->lanes(key, before_all_lanes, 1, s.now)).ready.at(0).key;
            std::vector<settlement> some;
            for (item_number i = 1; i <= 2; ++i) {
                some.push_back(ended({key, lane, i}));
                some.back().output = "\"" + std::string(i == 1 ? 10 : 40'000, 'x') + "\"";
            }
            s.must(s.store->settle(std::move(some)));
        }
    }
    void damage(std::string const& sql) {
        connection db(folder.path() + "/jobs.db", access::read_write, 1U << 20U);
        db.execute(sql);
    }
    fs::path object() {
        for (auto const& e : fs::recursive_directory_iterator(folder.path() + "/objects"))
            if (e.is_regular_file())
                return e.path();
        return {};
    }

    temporary_folder folder;
};

TEST_F(Check, AWholeFolderHasNothingToReport) {
    EXPECT_THAT(check(folder.path()), IsEmpty());
}

TEST_F(Check, ReportsEveryKindOfDamageByItself) {
    std::pair<char const*, char const*> const cases[] = {
        {"UPDATE jobs SET accepted = accepted + 1 WHERE key = 1", "pending items of job j-"},
        {"DELETE FROM items WHERE id = (1 << 32 | 7)", "pending items of job j-"},
        {"DELETE FROM queue WHERE job = 1 AND n = 7", "the queue does not match"},
        {"UPDATE queue SET n = 77 WHERE job = 1 AND n = 7", "the queue does not match"},
        {"DELETE FROM results WHERE id = (2 << 32 | 1)", "the results of job j-"},
        {"UPDATE results SET n = 1", "more than one result"},
        {"UPDATE jobs SET state = 5 WHERE key = 1", "the state does not match"},
        {"UPDATE results SET head = 'x' WHERE id = (2 << 32 | 1)", "result 1 is damaged in job j-"},
        {"UPDATE objects SET used = 7", "objects are counted wrongly"},
        {"UPDATE objects SET bytes = 7", "has another size"},
        {"DELETE FROM objects", "nothing refers to object"},
        {"INSERT INTO items VALUES(9 << 32 | 1, 0, 0, '', '')", "items without a job, of job number 9"},
        {"PRAGMA user_version = 99", "schema 99"},
    };
    for (auto const& [sql, words] : cases) {
        temporary_folder copy;
        fs::copy(folder.path(), copy.path(),
                 fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        {
            connection db(copy.path() + "/jobs.db", access::read_write, 1U << 20U);
            db.execute(sql);
        }
        EXPECT_THAT(check(copy.path()), Contains(HasSubstr(words))) << sql;
    }
}

TEST_F(Check, ReportsDamagedMissingAndStrangeObjects) {
    auto const file = object();
    std::ofstream(file.parent_path() / "README") << "x";
    std::fstream(file, std::ios::in | std::ios::out).seekp(9).put('!');
    auto const found = check(folder.path());
    EXPECT_THAT(found, SizeIs(2));
    EXPECT_THAT(found, Contains(HasSubstr("not what its name says")));
    EXPECT_THAT(found, Contains(HasSubstr("no object")));
    fs::remove(file);
    EXPECT_THAT(check(folder.path()), Contains(HasSubstr("cannot be read")));
}

TEST_F(Check, ReportsAFileThatIsNoDatabaseOrBroken) {
    auto const file = folder.path() + "/jobs.db";
    auto const size = fs::file_size(file);
    std::fstream broken(file, std::ios::in | std::ios::out);
    for (std::uintmax_t at = 4096; at + 64 < size; at += 4096)
        broken.seekp(static_cast<std::streamoff>(at)).write("garbage garbage garbage garbage", 31);
    broken.close();
    EXPECT_FALSE(check(folder.path()).empty());
    std::ofstream(file)
        << "this is a text and no database at all, by any stretch of the imagination of anybody";
    EXPECT_THAT(check(folder.path()), Contains(HasSubstr("not a database")));
    driven_store s(folder.path());
    EXPECT_EQ(s.try_open().error().what, code::corrupt);
}

TEST_F(Check, RefusesAFolderInUseAndOneThatIsNotThere) {
    driven_store s(folder.path());
    s.open();
    EXPECT_THAT(check(folder.path()), Contains(HasSubstr("another process")));
    EXPECT_THAT(check(folder.path() + "/none"), SizeIs(1));
    EXPECT_FALSE(fs::exists(folder.path() + "/none"));
}

TEST_F(Check, AFolderOfANewerVersionIsRefusedAndLeftAsItIs) {
    damage("PRAGMA user_version = 99");
    driven_store s(folder.path());
    auto const refused = s.try_open();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("newer version"));
}

TEST_F(Check, AFolderOfTheFirstVersionIsBroughtUpToDate) {
    std::string id;
    {
        driven_store s(folder.path());
        s.open();
        auto const key = s.must(s.store->begin(job_draft{}));
        s.must(s.store->add(key, {item_draft{"https://a/x", "https://a", {}}}));
        id = s.must(s.store->commit(key, {})).job.id;
    }
    damage("ALTER TABLE jobs DROP COLUMN archive");
    damage("ALTER TABLE jobs DROP COLUMN robots");
    damage("PRAGMA user_version = 1");
    driven_store s(folder.path());
    s.open();
    EXPECT_FALSE(s.must(s.store->find(id)).draft.archive);
    EXPECT_TRUE(s.must(s.store->find(id)).draft.robots);
    job_draft kept;
    kept.archive = true;
    kept.robots = false;
    auto const key = s.must(s.store->begin(kept));
    s.must(s.store->add(key, {item_draft{"https://a/x", "https://a", {}}}));
    EXPECT_TRUE(s.must(s.store->commit(key, {})).job.draft.archive);
    EXPECT_TRUE(s.must(s.store->find(key)).draft.archive);
    EXPECT_FALSE(s.must(s.store->find(key)).draft.robots);
}

}  // namespace
