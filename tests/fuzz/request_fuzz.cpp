// Any bytes as a request to the API: its head, its query, and what follows as the body of /v1/fetch. What is
// accepted keeps its limits, and every refusal is JSON.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>

#include "api/request_fields.hpp"
#include "api/request_head.hpp"
#include "api/schema.hpp"

// call.cpp's, which is not part of this program: the titles do not matter here.
std::string_view fetchd::api::reason_phrase(int) {
    return "reason";
}

namespace {

using namespace fetchd;
using namespace fetchd::api;

void require(bool promise) {
    if (!promise)
        std::abort();
}

void check(std::optional<reply> const& refused) {
    if (!refused)
        return;
    require(refused->status >= 400 && refused->status < 600);
    boost::json::error_code ec;
    (void)boost::json::parse(refused->body, ec);
    require(!ec);
}

void check(std::optional<reply> const& refused, asked const& out) {
    static fetch_config const limits;
    check(refused);
    if (refused)
        return;
    require(out.fetch && out.fetch->target.is_http() && !out.fetch->target.has_fragment());
    require(out.timeout.count() >= 1 && out.timeout <= limits.max_timeout);
    require(out.fetch->max_redirects <= 20 && out.fetch->max_bytes >= 1);
    require(out.fetch->output.names.size() <= tasks::standard().size());
    require(out.fetch->retry.most <= 10);
    auto const& sent = out.fetch->out;
    for (auto const limit :
         {sent.limits.dns, sent.limits.connect, sent.limits.tls, sent.limits.first_byte, sent.limits.idle})
        require(limit.count() >= 1 && limit <= limits.max_timeout);
    require(valid_name(sent.method) && sent.method != "CONNECT" && sent.method != "TRACE");
    require(sent.body.empty() || (sent.method != "GET" && sent.method != "HEAD"));
    require(out.fetch->session.empty() || !sent.fields.has("Cookie"));
    for (std::size_t i = 0; i < sent.fields.size(); ++i) {
        auto const field = sent.fields[i];
        require(valid_name(field.name) && valid_value(field.value) && !forbidden_field(field.name));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static fetch_config const settings;
    fetchd::phase_limits const phases;
    schema_limits const limits{settings, phases, tasks::standard()};
    std::string_view const all(reinterpret_cast<char const*>(data), size);
    auto const end = all.find("\r\n\r\n");
    auto const head_bytes = all.substr(0, end == all.npos ? 0 : end + 4);
    auto const body = all.substr(head_bytes.size());

    asked from_body;
    auto const refused = read_fetch_body(body, limits, from_body);
    check(refused, from_body);

    auto const head = parse_request_head(head_bytes);
    if (!head) {
        check(problem(head.error().status, head.error().why));
        return 0;
    }
    require(head->path.starts_with('/') && head->fields.size() <= 100);
    require(head->body != body_kind::chunked || (head->http11 && !head->fields.has("Content-Length")));
    require(head->body != body_kind::length || !head->fields.has("Transfer-Encoding"));
    for (bool const with_output : {false, true}) {
        asked from_query;
        auto const wrong = read_query(head->query, with_output, limits, from_query);
        check(wrong, from_query);
    }
    process_asked process;
    check(read_process_query(head->query, limits, process));
    headers passed;
    pass_request_fields(head->fields, passed);
    require(passed.size() <= head->fields.size());
    return 0;
}
