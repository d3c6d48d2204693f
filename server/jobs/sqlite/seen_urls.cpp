#include "jobs/sqlite/seen_urls.hpp"

#include <algorithm>
#include <cstring>

#include "jobs/sqlite/schema.hpp"

namespace fetchd::jobs {
namespace {

constexpr url_hash nothing{};

// What stands for an empty slot is no hash of anything here.
url_hash hash_of_url(std::string_view url) {
    auto const whole = hash_of(url.substr(0, url.find('#')));
    url_hash half{};
    std::memcpy(half.data(), whole.data(), half.size());
    if (half == nothing)
        half.back() = 1;
    return half;
}

// The first byte has chosen the part already.
std::size_t place_of(url_hash const& h, std::size_t slots) {
    std::uint64_t word = 0;
    std::memcpy(&word, h.data() + 1, sizeof word);
    return static_cast<std::size_t>((static_cast<unsigned __int128>(word) * slots) >> 64U);
}

blob blob_of(url_hash const& h) {
    return {{reinterpret_cast<char const*>(h.data()), h.size()}};
}

}  // namespace

bool url_hash_set::insert(url_hash const& h) {
    bool const is_new = parts_[h[0]].insert(h);
    size_ += is_new ? 1 : 0;
    return is_new;
}

bool url_hash_set::part::insert(url_hash const& h) {
    if ((used + 1) * 8 > slots.size() * 7)
        grow();
    auto i = place_of(h, slots.size());
    for (; slots[i] != nothing; i = i + 1 == slots.size() ? 0 : i + 1)
        if (slots[i] == h)
            return false;
    slots[i] = h;
    ++used;
    return true;
}

void url_hash_set::part::grow() {
    auto const old =
        std::exchange(slots, std::vector<url_hash>(std::max<std::size_t>(8, slots.size() * 3 / 2)));
    used = 0;
    for (auto const& h : old)
        if (h != nothing)
            insert(h);
}

std::vector<url_hash> url_hash_set::part::sorted() && {
    auto all = std::move(slots);
    std::erase(all, nothing);
    std::sort(all.begin(), all.end());
    return all;
}

bool seen_urls::add(job_key job, std::string_view url, std::uint64_t accepted) {
    return add(job, draft_of(job, accepted), hash_of_url(url));
}

bool seen_urls::add(job_key job, draft& d, url_hash const& h) {
    if (!d.in_table && held_ >= most_)
        move_to_table(job, d);
    if (d.in_table)
        return add_to_table(job, h);
    bool const is_new = d.urls.insert(h);
    held_ += is_new ? 1 : 0;
    return is_new;
}

bool seen_urls::add_to_table(job_key job, url_hash const& h) {
    db_.ask("INSERT OR IGNORE INTO seen VALUES(?1, ?2)").with(job, blob_of(h)).run();
    return db_.changes() != 0;
}

void seen_urls::move_to_table(job_key job, draft& d) {
    held_ -= d.urls.size();
    d.urls.drain([&](url_hash const& h) { add_to_table(job, h); });
    d.in_table = true;
}

// One that is not known was rolled back, or has just begun.
seen_urls::draft& seen_urls::draft_of(job_key job, std::uint64_t accepted) {
    auto const [at, is_new] = drafts_.try_emplace(job);
    auto& d = at->second;
    if (is_new && accepted > 0) {
        auto q = db_.ask("SELECT url FROM items WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
        q.with(row_id(job, 0), row_id(job, max_per_job));
        while (q.step())
            add(job, d, hash_of_url(q.text(0)));
    }
    return d;
}

void seen_urls::forget(job_key job) {
    auto const found = drafts_.find(job);
    if (found == drafts_.end())
        return;
    held_ -= found->second.urls.size();
    drafts_.erase(found);
}

void seen_urls::rolled_back() {
    drafts_.clear();
    held_ = 0;
}

}  // namespace fetchd::jobs
