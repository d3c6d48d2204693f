// Writes a WARC 1.1 file (ISO 28500:2017): one member of gzip for each record.
//
// Bytes out, nothing else: no clock, and the randomness for the names of records is given. Hashing and
// compressing take their time, so not on the loop. One writer makes one file; it remembers at most
// `max_known` payloads to refer to, so its memory is bounded however long the file.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "jobs/archived.hpp"

namespace fetchd::jobs {

class warc_writer {
  public:
    using random_bytes = std::array<std::uint8_t, 16>;

    static constexpr std::size_t max_known = 20'000;
    static constexpr std::size_t max_known_url = 512;  // bytes; payloads of longer URLs are not referred to

    explicit warc_writer(std::function<random_bytes()> random, bool gzip = true);
    ~warc_writer();
    warc_writer(warc_writer&&) noexcept;

    // Each appends whole records to `out`.

    // warcinfo: the first one. Lines of "name: value" for `software` and what the file is part of.
    void begin(std::string_view file_name, std::string_view software, std::string_view part_of,
               archive_time at, std::string& out);

    // A response, or a revisit where the same payload is in the file already; the request where it is known;
    // metadata. Without an answer, or without its body, there is only metadata.
    void add(archived_exchange const&, std::string& out);

  private:
    struct known {
        std::string id;
        std::string url;
        archive_time at;
    };
    struct record;
    class gzip_members;

    std::string new_id();
    void write(record const&, std::string& out);
    std::string add_response(archived_exchange const&, std::string& out);
    known const* seen_before(archived_exchange const&, std::string const& sha256) const;

    std::function<random_bytes()> random_;
    std::unique_ptr<gzip_members> gzip_;  // none: plain
    std::string info_id_;
    std::unordered_map<std::string, known> known_;  // by the SHA-256 of the payload
};

}  // namespace fetchd::jobs
