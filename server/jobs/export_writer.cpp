#include "jobs/export_writer.hpp"

#include <random>
#include <utility>

namespace fetchd::jobs {
namespace {

// Names of records are to be unique, not secret.
warc_writer::random_bytes random_name() {
    thread_local std::random_device source;
    warc_writer::random_bytes bytes;
    for (auto& b : bytes)
        b = static_cast<std::uint8_t>(source());
    return bytes;
}

}  // namespace

std::optional<export_format> parse_export_format(std::string_view name) {
    if (name == "ndjson")
        return export_format::ndjson;
    if (name == "csv")
        return export_format::csv;
    if (name == "warc")
        return export_format::warc;
    return {};
}

std::string_view media_type(export_format f) {
    switch (f) {
        case export_format::ndjson:
            return "application/x-ndjson";
        case export_format::csv:
            return "text/csv; charset=utf-8; header=present";  // RFC 4180 §3
        case export_format::warc:
            return "application/warc+gzip";
    }
    return {};
}

std::string_view file_suffix(export_format f) {
    switch (f) {
        case export_format::ndjson:
            return ".ndjson";
        case export_format::csv:
            return ".csv";
        case export_format::warc:
            return ".warc.gz";
    }
    return {};
}

export_writer::export_writer(export_wish wish, export_facts facts)
    : wish_(std::move(wish)), facts_(std::move(facts)), archive_(random_name) {
    if (wish_.format == export_format::csv && !wish_.fields)
        wish_.fields = result_fields::facts();
}

std::string export_writer::begin() {
    std::string out;
    if (wish_.format == export_format::csv)
        out = csv_header(*wish_.fields);
    else if (wish_.format == export_format::warc)
        archive_.begin(facts_.file_name, facts_.software, facts_.job_id, facts_.at, out);
    return out;
}

std::string export_writer::page(std::vector<stored_result> results) {
    std::string out;
    for (auto& r : results)
        add(std::move(r), out);
    return out;
}

void export_writer::add(stored_result&& r, std::string& out) {
    switch (wish_.format) {
        case export_format::ndjson:
            out.append(wish_.fields ? wish_.fields->of(r.line) : r.line).append("\n");
            break;
        case export_format::csv:
            out += csv_row(r.line, *wish_.fields, wish_.formulas);
            break;
        case export_format::warc:
            // Bodies are kept as they came: their content codings have not been undone.
            if (auto const exchange = archived(std::move(r), false))
                archive_.add(*exchange, out);
            break;
    }
}

}  // namespace fetchd::jobs
