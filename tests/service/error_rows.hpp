// What the service says of each failure, held against errors.golden.
//
// The golden file has a line for every row of the table (server/base/failure.cpp), in its order:
//
//   stage code status retryable message
//
// with ports written as N. The status is that of an answer without JSON; "-" where there is no such way to
// fail, or nobody left to be told. After a change of wording the file is written anew, and read before it is
// committed, by
//
//   FETCHD_WRITE_GOLDEN=1 build/release/bin/fetchd_service_errors_test
#pragma once

#include <future>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "service/tls_fixture.hpp"

namespace fetchd::test {

// A fetch, in words that both ways of asking understand.
struct question {
    std::string url;
    std::vector<std::pair<std::string, std::string>> options{};  // "timeout_ms" and "150"

    std::string json() const;    // of POST /v1/fetch
    std::string target() const;  // of GET /v1/read
};

// The answers to one question, on their way.
struct answers {
    std::future<answer> whole;  // with JSON
    std::future<answer> plain;
};
answers ask_both(fetchd_process const&, question const&);

// Rows that the real binary cannot be brought to tell, and the unit test of each.
struct unit_row {
    std::string_view stage;
    std::string_view code;
    std::string_view why;
    std::string_view file;
    std::string_view test;  // as it stands there
};
std::vector<unit_row> unit_rows();

using row_key = std::pair<std::string, std::string>;  // stage and code

std::string golden_path();
std::map<row_key, std::string> golden_lines();

// All rows of one stage, ticked off one after the other.
class stage_rows {
  public:
    explicit stage_rows(stage);
    stage_rows(stage_rows const&) = delete;
    stage_rows& operator=(stage_rows const&) = delete;

    // Asks both ways at once: they must tell the same, which is this row.
    void ask(fetchd_process const&, code, question const&);
    void expect(code, answers);
    void expect(code, answer const& whole, answer const& plain);
    void expect_whole(code, answer const&);  // where there is no other way
    void expect_plain(code, answer const&);  // nor here
    // A caller who asked this is gone: seen in the metrics and in the log.
    void expect_cancelled(fetchd_process&);
    // At the end: every row of the stage has been seen, but for unit_rows().
    void done() const;

  private:
    void see(code, std::string const& status, document const&, std::string_view place,
             std::string_view message);
    void see(code, std::string line);

    stage stage_;
    std::map<row_key, std::string> golden_;
    std::map<code, std::string> seen_;
};

// The tests of the rows, one for each stage that has some.
class ErrorRowsOf : public tls_test {
  protected:
    void start_with(process_options options) {
        service = std::make_unique<fetchd_process>(std::move(options));
    }
    // A caller who asks for this, and can be made to go away.
    http_client caller(std::string const& url) const {
        http_client client(service->port());
        client.send("GET " + raw_target(url) + " HTTP/1.1\r\nhost: x\r\n\r\n");
        return client;
    }
    // When this has been answered, the service has seen all that came before it.
    void settle() const { EXPECT_EQ(get(service->port(), "/healthz").status, 200); }

    scripted_origin origin;
};

}  // namespace fetchd::test
