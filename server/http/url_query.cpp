#include "http/url_query.hpp"

#include <algorithm>

#include "http/percent.hpp"

namespace fetchd {
namespace {

struct utf8_step {
    std::size_t bytes;  // at least 1
    bool valid;
};

// One character at the front of `text`, or the longest ill-formed part that could have begun one.
utf8_step next_utf8(std::string_view text) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto lead = byte(0);
    if (lead < 0x80)
        return {1, true};
    std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4)
        return {1, false};
    // Only the second byte has narrower bounds: no overlong forms, no surrogates, nothing above U+10FFFF.
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < length; ++i) {
        if (i == text.size() || byte(i) < low || byte(i) > high)
            return {i, false};
        low = 0x80;
        high = 0xbf;
    }
    return {length, true};
}

std::string form_decode(std::string_view text) {
    std::string spaced(text);
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    return to_valid_utf8(percent_decode(spaced));
}

}  // namespace

result<std::vector<query_pair>> parse_query(std::string_view query, query_limits const& limits) {
    auto refuse = [](char const* why) { return failure(stage::admission, code::bad_url, why); };
    if (query.size() > limits.bytes)
        return refuse("the query is too long");
    std::vector<query_pair> pairs;
    while (!query.empty()) {
        auto text = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(text.size() + 1, query.size()));
        if (text.empty())
            continue;
        if (pairs.size() == limits.pairs)
            return refuse("the query has too many parameters");
        auto equals = text.find('=');
        auto value = equals == text.npos ? std::string_view{} : text.substr(equals + 1);
        pairs.push_back({form_decode(text.substr(0, equals)), form_decode(value)});
    }
    return pairs;
}

std::string to_valid_utf8(std::string text) {
    std::string out;
    std::size_t run = 0;  // begin of the well-formed text not copied yet
    for (std::size_t i = 0; i < text.size();) {
        auto step = next_utf8(std::string_view(text).substr(i));
        if (!step.valid) {
            out.append(text, run, i - run);
            out += "\xef\xbf\xbd";
            run = i + step.bytes;
        }
        i += step.bytes;
    }
    if (run == 0)
        return text;
    out.append(text, run);
    return out;
}

}  // namespace fetchd
