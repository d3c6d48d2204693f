// What the service says of each failure of the store of jobs.
#include <filesystem>

#include "service/error_rows.hpp"

namespace fetchd::test {
namespace {

TEST_F(ErrorRowsOf, Store) {
    auto const folder = testing::TempDir() + "fetchd-errors-" + std::to_string(::getpid());
    auto const config = "[jobs]\nfolder = \"" + folder + "\"\n";
    auto const job = [&](std::string const& path) {
        return post(service->port(), "/v1/jobs", "{\"urls\":[\"" + origin.url(path) + "\"]}",
                    "application/json", {{"idempotency-key", "one"}});
    };
    stage_rows rows(stage::store);

    start_with(with(config));
    rows.expect_plain(code::not_found, get(service->port(), "/v1/jobs/j-0"));
    EXPECT_EQ(job("/a").status, 202);
    rows.expect_plain(code::refused, job("/b"));
    service.reset();
    start_with(with(config + "keep_free = \"1024GiB\"\n"));
    auto const full = post(service->port(), "/v1/jobs", "{\"urls\":[\"http://a.test/\"]}");
    EXPECT_EQ(full.status, 507) << full.body;
    EXPECT_EQ(document(full.body)["/code"], "too_large");
    service.reset();
    std::filesystem::remove_all(folder);
    rows.done();
}

}  // namespace
}  // namespace fetchd::test
