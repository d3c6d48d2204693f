// Jobs with results in a real store.
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "driven_store.hpp"

namespace fetchd::jobs::test {

namespace fs = std::filesystem;

class Results : public testing::Test {
  protected:
    void SetUp() override { s.open(); }

    job_key submit(std::size_t n, job_draft draft = {}) {
        auto const key = s.must(s.store->begin(std::move(draft)));
        s.must(s.store->add(key, items(n)));
        s.must(s.store->commit(key, {"key of " + std::to_string(key), "body", never}));
        lane = s.must(s.store->lanes(key, before_all_lanes, 1, s.now)).ready.at(0).key;
        return key;
    }
    settlement one(job_key j, item_number n, outcome o = outcome::succeeded) {
        return ended({j, lane, n}, o);
    }
    std::uint64_t settle(settlement e) {
        std::vector<settlement> all;
        all.push_back(std::move(e));
        return s.must(s.store->settle(std::move(all))).at(0);
    }
    result_page read(read_want want) { return s.must(s.store->read(want)); }
    result_page read(job_key j) {
        read_want want;
        want.job = j;
        return read(want);
    }
    std::vector<fs::path> objects() {
        std::vector<fs::path> all;
        for (auto const& e : fs::recursive_directory_iterator(folder.path() + "/objects"))
            if (e.is_regular_file())
                all.push_back(e.path());
        return all;
    }
    void sweep(retention keep) {
        while (s.must(s.store->sweep(keep)).more) {
        }
    }

    temporary_folder folder;
    driven_store s{folder.path()};
    lane_key lane = 0;
};

}  // namespace fetchd::jobs::test
