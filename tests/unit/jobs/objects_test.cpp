#include "jobs/sqlite/objects.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "temporary_folder.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;

namespace fs = std::filesystem;

class Objects : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(all.prepare()); }

    temporary_folder folder;
    files plain;
    object_folder all{folder.path() + "/objects", plain};
};

TEST_F(Objects, AreNamedAfterTheirSha256) {
    // FIPS 180-4's "abc".
    auto const pin = all.put("abc");
    ASSERT_TRUE(pin);
    auto const path = all.path_of(pin->hash());
    EXPECT_TRUE(
        path.ends_with("/objects/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(all.get(pin->hash()).value(), "abc");
}

TEST_F(Objects, OneThatIsPinnedIsNotErased) {
    object_hash hash{};
    {
        auto const pin = all.put("abc");
        hash = pin->hash();
        EXPECT_FALSE(all.erase(hash));
    }
    EXPECT_TRUE(all.erase(hash));
    EXPECT_EQ(all.get(hash).error().what, code::not_found);
}

TEST_F(Objects, ADamagedOneIsReplacedWhenItIsPutAgain) {
    auto const hash = all.put("abc")->hash();
    std::ofstream(all.path_of(hash)) << "abd";
    EXPECT_EQ(all.get(hash).error().what, code::corrupt);
    ASSERT_TRUE(all.put("abc"));
    EXPECT_EQ(all.get(hash).value(), "abc");
}

// A name that was not synced may be gone after a crash.
TEST_F(Objects, NoneIsAcknowledgedBeforeItsNameIsOnDisk) {
    class unsure_files final : public files {
      public:
        int sync_folder(std::string const& path) override {
            ++syncs;
            return fails > 0 && fails-- > 0 ? EIO : files::sync_folder(path);
        }
        int syncs = 0;
        int fails = 0;
    };
    unsure_files disk;
    object_folder some(folder.path() + "/some", disk);
    ASSERT_TRUE(some.prepare());
    disk.fails = 3;
    for (int left = disk.fails; left > 0; --left)
        EXPECT_EQ(some.put("abc").error().what, code::failed) << left;
    EXPECT_TRUE(some.put("abc"));
    auto const before = disk.syncs;
    EXPECT_TRUE(some.put("abc"));
    EXPECT_EQ(disk.syncs, before) << "once is enough";
    object_folder restarted(folder.path() + "/some", disk);
    ASSERT_TRUE(restarted.prepare());
    EXPECT_TRUE(restarted.put("abc"));
    EXPECT_GE(disk.syncs, before + 2) << "nobody knows what was synced before the start";
}

TEST_F(Objects, ALinkIsNotFollowed) {
    auto const hash = all.put("abc")->hash();
    auto const path = all.path_of(hash);
    fs::rename(path, folder.path() + "/elsewhere");
    fs::create_symlink(folder.path() + "/elsewhere", path);
    EXPECT_EQ(all.get(hash).error().what, code::corrupt);
}

TEST_F(Objects, ListingTellsObjectsFromOtherFiles) {
    auto const hash = all.put("abc")->hash();
    auto const path = all.path_of(hash);
    auto const near = path.substr(0, path.rfind('/'));
    std::ofstream(near + "/README") << "x";
    std::ofstream(near + "/" + std::string(64, '0')) << "in the wrong folder";
    auto const found = all.list(0xba);
    ASSERT_EQ(found.objects.size(), 1U);
    EXPECT_EQ(found.objects[0], hash);
    EXPECT_EQ(found.strange.size(), 2U);
}

TEST_F(Objects, HashesAreReadStrictly) {
    std::string const good(64, 'a');
    EXPECT_TRUE(parse_hash(good));
    for (auto const& bad : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'A'),
                            std::string(64, 'g'), std::string()})
        EXPECT_FALSE(parse_hash(bad)) << bad;
}

}  // namespace
