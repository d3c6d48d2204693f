// Any bytes as a stored result, in each form of export: nothing of it ends a row, a line or a record.
#include <cstdint>
#include <cstdlib>

#include "api/event_stream.hpp"
#include "jobs/csv.hpp"
#include "jobs/delivery.hpp"
#include "jobs/warc.hpp"
#include "unit/jobs/archived_samples.hpp"
#include "unit/jobs/warc_reader.hpp"

namespace {

using namespace fetchd;
using namespace fetchd::jobs;

void require(bool promise) {
    if (!promise)
        std::abort();
}

// Rows as a reader of CSV sees them.
std::size_t rows(std::string_view csv) {
    std::size_t n = 0;
    bool in_quotes = false;
    for (std::size_t i = 0; i < csv.size(); ++i) {
        in_quotes ^= csv[i] == '"';
        n += !in_quotes && csv[i] == '\n' ? 1 : 0;
    }
    require(!in_quotes);
    return n;
}

void check_archive(std::string_view line, std::string_view body) {
    stored_result result;
    result.line = line;
    result.body = body;
    auto exchange = archived(std::move(result), true);
    if (!exchange)
        return;
    warc_writer writer(counted_names(), false);
    std::string bytes;
    writer.begin(line, line, line, exchange->at, bytes);
    writer.add(*exchange, bytes);
    writer.add(*exchange, bytes);
    auto const file = read_warc(bytes);
    auto const of_each = 1U + (exchange->status != 0 ? 1U : 0U);
    require(file.wrong.empty());
    require(file.records.size() >= 1 + 2 * of_each && file.records.size() <= 7);
    for (auto const& r : file.records) {
        require(r.version == "WARC/1.1");
        if (r.type() == "response")
            require(r.block.ends_with(std::string("\r\n\r\n").append(body)));
    }
}

void check_events(std::string_view data) {
    std::string out;
    api::sse_event(1, "result", data, out);
    require(out.ends_with("\n\n") && out.find("\n\n") == out.size() - 2 && out.find('\r') == out.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const all(reinterpret_cast<char const*>(data), size);
    auto const line = all.substr(0, all.find('\0'));
    auto const rest = all.substr(std::min(line.size() + 1, all.size()));
    check_archive(line, rest);
    check_events(all);
    if (auto const fields = result_fields::parse(rest)) {
        require(!fields->paths().empty() && fields->paths().size() <= result_fields::max_fields);
        require(rows(csv_row(line, *fields)) == 1);
        require(fields->of(line).size() <= line.size() + 2);
    }
    require(rows(csv_row(line, result_fields::facts())) == 1);
    if (auto const circuit = endpoint_circuit::parse(line))
        require(endpoint_circuit::parse(circuit->text())->text() == circuit->text());
    (void)api::parse_last_event_id(line);
    return 0;
}
