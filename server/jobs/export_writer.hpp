// The file of an export, piece by piece: NDJSON, CSV or WARC.
//
// Bytes out, nothing else. Formatting, hashing and compressing take their time, so not on the loop; one
// writer makes one file, and is touched by one thread at a time. Holds nothing of the pages it has written
// but what warc_writer remembers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/csv.hpp"
#include "jobs/warc.hpp"

namespace fetchd::jobs {

enum class export_format : unsigned char { ndjson, csv, warc };
std::optional<export_format> parse_export_format(std::string_view);
std::string_view media_type(export_format);
std::string_view file_suffix(export_format);  // ".warc.gz"

struct export_wish {
    export_format format = export_format::ndjson;
    std::optional<result_fields> fields;  // none: all, or what CSV has where nothing is asked for
    csv_formulas formulas = csv_formulas::defused;
};

struct export_facts {
    std::string file_name;
    std::string software;
    std::string job_id;
    archive_time at{};  // when the file was begun
};

class export_writer {
  public:
    export_writer(export_wish, export_facts);

    // What stands before all results; nothing for NDJSON.
    std::string begin();
    // Whole lines, rows or records; what cannot be read as a result is left out of an archive.
    std::string page(std::vector<stored_result>);

  private:
    void add(stored_result&&, std::string& out);

    export_wish wish_;
    export_facts facts_;
    warc_writer archive_;
};

}  // namespace fetchd::jobs
