// Exchanges for tests of archives.
#pragma once

#include "jobs/archived.hpp"
#include "jobs/warc.hpp"

namespace fetchd::jobs {

// Names of records that are the same in every run.
inline std::function<warc_writer::random_bytes()> counted_names() {
    return [n = std::uint8_t{0}]() mutable {
        warc_writer::random_bytes bytes;
        bytes.fill(++n);
        return bytes;
    };
}

inline archived_exchange a_page(std::string url = "https://a.test/page?x=1",
                                std::string body = "<p>Hello</p>") {
    archived_exchange e;
    e.url = std::move(url);
    e.at = archive_time(std::chrono::milliseconds(1'795'219'200'125));  // 2026-11-21T00:00:00.125Z
    e.address = "192.0.2.1";
    e.method = "GET";
    e.request_fields.add("User-Agent", "fetchd");
    e.status = 200;
    e.fields.add("Content-Type", "text/html");
    e.body = std::move(body);
    e.has_body = true;
    e.metadata = R"({"seq":1,"outcome":"ok"})";
    return e;
}

}  // namespace fetchd::jobs
