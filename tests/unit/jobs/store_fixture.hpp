// A store in a folder of its own, and short ways to use it.
#pragma once

#include <vector>

#include "driven_store.hpp"

namespace fetchd::jobs::test {

class Store : public testing::Test {
  protected:
    void SetUp() override { s.open(); }
    void restart() {
        s.close();
        s.open();
    }

    job_key submit(std::vector<item_draft> all, job_draft draft = {}) {
        auto const key = s.must(s.store->begin(std::move(draft)));
        s.must(s.store->add(key, std::move(all)));
        return s.must(s.store->commit(key, {})).job.key;
    }
    lane_page lanes(job_key j, std::uint32_t limit = 100) {
        return s.must(s.store->lanes(j, before_all_lanes, limit, s.now));
    }
    std::vector<leased_item> lease(job_key j, std::uint32_t count = 100) {
        std::vector<lease_want> wants;
        for (auto const& l : lanes(j).ready)
            wants.push_back({j, l.key, count});
        return s.must(s.store->lease(wants, at, at + std::chrono::minutes(1)));
    }
    std::vector<std::uint64_t> settle(std::vector<leased_item> const& some, outcome o = outcome::succeeded) {
        std::vector<settlement> all;
        for (auto const& i : some)
            all.push_back(ended(i.ref, o));
        return s.must(s.store->settle(std::move(all)));
    }
    result_page read(job_key j, std::uint64_t after = 0, std::uint32_t limit = 1000) {
        read_want want;
        want.job = j;
        want.after = after;
        want.limit = limit;
        return s.must(s.store->read(want));
    }
    job find(job_key j) { return s.must(s.store->find(j)); }

    temporary_folder folder;
    driven_store s{folder.path()};
    time_point at{std::chrono::hours(1)};
};

}  // namespace fetchd::jobs::test
