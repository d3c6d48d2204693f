// Any bytes as an origin's answer: the head is found wherever it is cut, its framing is one of those there
// are, and chunks read the same in pieces of any size.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/chunked.hpp"
#include "net/response_head.hpp"

namespace {

using namespace fetchd;

void require(bool promise) {
    if (!promise)
        std::abort();
}

struct outcome {
    std::string body;
    chunked_reader::state end = chunked_reader::state::more;
    std::size_t consumed = 0;
};

outcome unchunked(std::string_view all, std::size_t piece) {
    chunked_reader reader;
    outcome seen;
    while (!all.empty() && reader.status() == chunked_reader::state::more) {
        auto bytes = all.substr(0, piece);
        while (!bytes.empty() && reader.status() == chunked_reader::state::more) {
            auto const step = reader.read(bytes);
            require(step.consumed > 0 && step.consumed <= bytes.size());
            require(step.data.empty() || (step.data.data() >= bytes.data() &&
                                          step.data.end() <= bytes.substr(0, step.consumed).end()));
            seen.body += step.data;
            seen.consumed += step.consumed;
            bytes.remove_prefix(step.consumed);
        }
        all.remove_prefix(std::min(piece, all.size()));
    }
    seen.end = reader.status();
    return seen;
}

void check_chunks(std::string_view body, std::size_t piece) {
    auto const whole = unchunked(body, body.size());
    auto const pieces = unchunked(body, piece);
    require(whole.end == pieces.end && whole.body == pieces.body && whole.consumed == pieces.consumed);
    require(whole.body.size() <= whole.consumed);
}

}  // namespace

// The first byte chooses the piece size and whether HEAD was asked, the others are the answer.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 1)
        return 0;
    std::size_t const piece = 1 + data[0] / 2;
    bool const head_request = data[0] % 2 != 0;
    std::string_view const all(reinterpret_cast<char const*>(data) + 1, size - 1);

    auto const end = find_head_end(all, 0);
    for (std::size_t n = 0, searched = 0; n < all.size(); searched = n) {
        n = std::min(n + piece, all.size());
        auto const found = find_head_end(all.substr(0, n), searched);
        require(found == (end <= n ? end : all.npos));
        if (found != all.npos)
            break;
    }
    check_chunks(all, piece);
    if (end == all.npos)
        return 0;
    auto const head = parse_response_head(all.substr(0, end), head_request);
    if (!head)
        return 0;
    require(head->status >= 100 && head->status <= 999);
    require(head->fields.size() <= max_response_fields);
    require(head->body != framing::until_close || !head->keep_alive);
    require(!head_request || head->body == framing::none);
    require(head->body != framing::chunked || head->fields.has("Transfer-Encoding"));
    for (std::size_t i = 0; i < head->fields.size(); ++i)
        require(valid_name(head->fields[i].name) && valid_value(head->fields[i].value));
    return 0;
}
