// Reads WARC files whole, plain or compressed, for tests: strict about lengths and about what is between
// records. Not for files of strangers.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "http/headers.hpp"

namespace fetchd::jobs {

struct read_record {
    std::string version;
    headers fields;
    std::string block;

    std::string type() const { return std::string(fields.get("WARC-Type")); }
};

struct read_file {
    std::vector<read_record> records;
    std::vector<std::size_t> members;  // records in each member of gzip
    std::string wrong;                 // what ended the reading; empty: nothing
};

// One record off the front of `text`. Gives what is wrong.
inline std::string take_record(std::string_view& text, read_record& into) {
    auto const head_end = text.find("\r\n\r\n");
    if (head_end == text.npos)
        return "no end of the head";
    auto head = text.substr(0, head_end);
    auto line_end = std::min(head.find("\r\n"), head.size());
    into.version = head.substr(0, line_end);
    while (line_end < head.size()) {
        head.remove_prefix(line_end + 2);
        line_end = std::min(head.find("\r\n"), head.size());
        auto const line = head.substr(0, line_end);
        auto const colon = line.find(':');
        if (colon == line.npos)
            return "no field: " + std::string(line);
        into.fields.add(line.substr(0, colon), trim_ows(line.substr(colon + 1)));
    }
    text.remove_prefix(head_end + 4);
    auto const length = std::stoul(std::string(into.fields.get("Content-Length")));
    if (text.size() < length + 4 || text.substr(length, 4) != "\r\n\r\n")
        return "wrong length";
    into.block = text.substr(0, length);
    text.remove_prefix(length + 4);
    return {};
}

// One member off the front. Gives false where it is damaged.
inline bool take_member(std::string_view& bytes, std::string& text) {
    z_stream z{};
    inflateInit2(&z, 15 + 16);
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    char buffer[16 * 1024];
    int state = Z_OK;
    while (state == Z_OK) {
        z.next_out = reinterpret_cast<Bytef*>(buffer);
        z.avail_out = sizeof buffer;
        state = inflate(&z, Z_NO_FLUSH);
        text.append(buffer, sizeof buffer - z.avail_out);
    }
    bytes.remove_prefix(bytes.size() - z.avail_in);
    inflateEnd(&z);
    return state == Z_STREAM_END;
}

inline read_file read_warc(std::string_view bytes) {
    read_file file;
    auto const take_all = [&](std::string_view text) {
        std::size_t n = 0;
        for (; !text.empty() && file.wrong.empty(); ++n)
            file.wrong = take_record(text, file.records.emplace_back());
        return n;
    };
    if (!bytes.starts_with("\x1f\x8b"))
        take_all(bytes);
    else
        while (!bytes.empty() && file.wrong.empty()) {
            std::string text;
            if (!take_member(bytes, text))
                file.wrong = "damaged gzip";
            else
                file.members.push_back(take_all(text));
        }
    return file;
}

}  // namespace fetchd::jobs
