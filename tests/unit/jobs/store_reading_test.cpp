// Reading results while the disk has a bad day, or while retention deletes them.
#include <gmock/gmock.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <future>

#include "store_fixture.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;
using namespace fetchd::jobs::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Whose reads fail, or come late.
class odd_files final : public files {
  public:
    int read(std::string const& path, std::size_t most, std::string& out) override {
        if (auto const first = std::exchange(before_read, nullptr))
            first();
        return error != 0 ? error.load() : files::read(path, most, out);
    }
    std::atomic<int> error = 0;
    std::function<void()> before_read;
};

class StoreReading : public Store {
  protected:
    void SetUp() override {
        s.settings.database.file_layer = &disk;
        s.open();
    }
    // n results, each with an output in a file of its own.
    job_key submit_large(std::size_t n) {
        auto const j = submit(items(n));
        std::vector<settlement> all;
        for (auto const& i : lease(j)) {
            all.push_back(ended(i.ref));
            all.back().output = "\"" + std::string(40'000, 'x') + std::to_string(i.ref.n) + "\"";
        }
        s.must(s.store->settle(std::move(all)));
        return j;
    }
    awaitable<void> delete_results() {
        retention nothing;
        nothing.bytes = 0;
        for (bool more = true; more;) {
            auto const swept = co_await s.store->sweep(nothing);
            more = swept && swept->more;
        }
    }

    odd_files disk;
};

TEST_F(StoreReading, ADiskThatFailsForAWhileIsNotTakenForDamage) {
    auto const j = submit_large(2);
    read_want want;
    want.job = j;
    for (auto const error : {EMFILE, ENFILE, ENOMEM, EIO, EACCES}) {
        disk.error = error;
        EXPECT_EQ(s.wait(s.store->read(want)).error().what, code::failed) << error;
    }
    disk.error = 0;
    auto const page = read(j);
    ASSERT_THAT(page.results, SizeIs(2));
    EXPECT_FALSE(page.results[0].damaged || page.results[1].damaged);
    EXPECT_EQ(s.store->count().damaged, 0U);
}

TEST_F(StoreReading, WhatWasReadBeforeAFailureIsGivenAndNothingIsPassedOver) {
    auto const j = submit_large(2);
    // The second one's read fails.
    disk.before_read = [this] { disk.before_read = [this] { disk.error = EMFILE; }; };
    auto const page = read(j);
    ASSERT_THAT(page.results, SizeIs(1));
    EXPECT_EQ(page.next, 1U);
    EXPECT_FALSE(page.at_end);
    disk.error = 0;
    EXPECT_EQ(read(j, page.next).results.at(0).seq, 2U);
}

TEST_F(StoreReading, AMissingObjectIsDamage) {
    auto const j = submit_large(3);
    disk.error = ENOENT;
    auto const page = read(j, 0, 1);
    ASSERT_THAT(page.results, SizeIs(1));
    EXPECT_TRUE(page.results[0].damaged);
    EXPECT_THAT(page.results[0].line, HasSubstr(R"("code":"corrupt")"));
}

TEST_F(StoreReading, AResultDeletedWhileItIsReadIsNoDamage) {
    auto const j = submit_large(2);
    disk.before_read = [this] {
        std::promise<void> gone;
        asio::post(s.io, [&] {
            asio::co_spawn(s.io, delete_results(), [&](std::exception_ptr) { gone.set_value(); });
        });
        gone.get_future().wait();
    };
    auto const page = read(j);
    EXPECT_THAT(page.results, IsEmpty());
    EXPECT_TRUE(page.at_end);
    EXPECT_EQ(page.first_seq, 3U) << "whoever reads is told";
    EXPECT_EQ(page.next, 2U);
    EXPECT_EQ(s.store->count().damaged, 0U);
}

}  // namespace
