// Streams of results: server-sent events, and the lines of NDJSON that are no results.
#include "api/event_stream.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fetchd::api {
namespace {

std::string event(std::string_view data, std::optional<std::uint64_t> id = 7) {
    std::string out;
    sse_event(id, "result", data, out);
    return out;
}

struct heard {
    std::string type, data, id;
    bool operator==(heard const&) const = default;
};

// What a browser makes of a stream (HTML §9.2.6), for streams with LF.
std::vector<heard> listen(std::string_view stream) {
    std::vector<heard> events;
    heard now;
    bool any = false;
    std::string id;
    while (!stream.empty()) {
        auto const end = stream.find('\n');
        auto const line = stream.substr(0, end);
        stream.remove_prefix(end + 1);
        auto const colon = std::min(line.find(':'), line.size());
        auto const name = line.substr(0, colon);
        auto value = line.substr(std::min(colon + 1, line.size()));
        if (value.starts_with(' '))
            value.remove_prefix(1);
        if (line.empty()) {
            if (any) {
                now.data.pop_back();
                now.id = id;
                events.push_back(now);
            }
            now = {};
            any = false;
        } else if (name == "data") {
            now.data.append(value).append("\n");
            any = true;
        } else if (name == "event") {
            now.type = value;
        } else if (name == "id") {
            id = value;
        }
    }
    return events;
}

TEST(EventStream, OneEventOneResult) {
    EXPECT_EQ(event("{\"seq\":7}"), "id: 7\nevent: result\ndata: {\"seq\":7}\n\n");
    EXPECT_EQ(event("x", std::nullopt), "event: result\ndata: x\n\n");
}

TEST(EventStream, DataMayHaveLines) {
    EXPECT_EQ(event("a\nb\r\nc\rd"), "id: 7\nevent: result\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(event(""), "id: 7\nevent: result\ndata: \n\n");
    EXPECT_EQ(event("a\n"), "id: 7\nevent: result\ndata: a\ndata: \n\n");
    EXPECT_EQ(event("\r\r\n"), "id: 7\nevent: result\ndata: \ndata: \ndata: \n\n");
    EXPECT_EQ(listen(event("a\nid: 9\nevent: evil\n\ndata: x")),
              (std::vector<heard>{{"result", "a\nid: 9\nevent: evil\n\ndata: x", "7"}}))
        << "no data makes an event of its own";
}

TEST(EventStream, IsHeardAsItWasSaid) {
    std::string stream;
    sse_retry(2000, stream);
    sse_heartbeat(stream);
    sse_event(1, "result", "{\"seq\":1}", stream);
    sse_heartbeat(stream);
    sse_event(2, "result", " two", stream);
    sse_event(std::nullopt, "end", "{}", stream);
    EXPECT_TRUE(stream.starts_with("retry: 2000\n\n:\n\n"));
    EXPECT_EQ(
        listen(stream),
        (std::vector<heard>{{"result", "{\"seq\":1}", "1"}, {"result", " two", "2"}, {"end", "{}", "2"}}))
        << "the last id stays";
}

TEST(EventStream, LastEventIdIsASeq) {
    EXPECT_EQ(parse_last_event_id("0"), 0U);
    EXPECT_EQ(parse_last_event_id("9223372036854775807"), 9223372036854775807U);
    for (auto const* value :
         {"", " 1", "1 ", "-1", "+1", "1.5", "0x1", "9223372036854775808", "99999999999999999999", "a"})
        EXPECT_FALSE(parse_last_event_id(value)) << value;
}

TEST(ResultStream, LinesThatAreNoResultsSayWhatTheyAre) {
    EXPECT_EQ(heartbeat_text(17), R"({"heartbeat":true,"next":17})");
    EXPECT_EQ(gap_text(6001), R"({"gap":true,"first_seq":6001})");
    EXPECT_EQ(end_text(true, 6, R"({"id":"j-1"})"), R"({"end":true,"next":6,"job":{"id":"j-1"}})");
    EXPECT_EQ(end_text(false, 0, "{}"), R"({"end":false,"next":0,"job":{}})");
}

}  // namespace
}  // namespace fetchd::api
