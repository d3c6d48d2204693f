// Which URLs a draft that leaves out duplicates has already.
//
// By their hashes, in memory as long as all drafts together have no more than `most`; a draft that finds no
// room goes on in the table `seen`, several times slower. Nothing here is the only copy: what is in memory
// can be read again from the draft's items. Blocking, inside a transaction of the writer; throws sql_error.
#pragma once

#include <array>
#include <unordered_map>

#include "jobs/sqlite/rows.hpp"

namespace fetchd::jobs {

// Half of a SHA-256: enough, also against who looks for collisions.
using url_hash = std::array<unsigned char, 16>;

// A set that grows in a 256th of itself at a time: some 20 bytes an element, and nothing twice while it
// grows.
class url_hash_set {
  public:
    bool insert(url_hash const&);  // false: it was in there
    std::size_t size() const { return size_; }
    // All of them in their order; empty afterwards.
    template <class Take>
    void drain(Take const& take) {
        for (auto& p : parts_) {
            auto const all = std::exchange(p, {}).sorted();
            for (auto const& each : all)
                take(each);
        }
        size_ = 0;
    }

  private:
    struct part {
        std::vector<url_hash> slots;
        std::size_t used = 0;
        bool insert(url_hash const&);
        void grow();
        std::vector<url_hash> sorted() &&;
    };
    std::array<part, 256> parts_;
    std::size_t size_ = 0;
};

class seen_urls {
  public:
    seen_urls(connection& db, std::size_t most) : db_(db), most_(most) {}

    // True: it is new. accepted: so many items the draft has.
    bool add(job_key, std::string_view url, std::uint64_t accepted);
    void forget(job_key);  // it is no draft any more
    // What was added in the transaction never was.
    void rolled_back();

  private:
    struct draft {
        url_hash_set urls;
        bool in_table = false;
    };
    draft& draft_of(job_key, std::uint64_t accepted);
    bool add(job_key, draft&, url_hash const&);
    bool add_to_table(job_key, url_hash const&);
    void move_to_table(job_key, draft&);

    connection& db_;
    std::size_t const most_;
    std::size_t held_ = 0;
    std::unordered_map<job_key, draft> drafts_;
};

}  // namespace fetchd::jobs
