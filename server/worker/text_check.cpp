#include "worker/text_check.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cstring>

namespace fetchd::worker {
namespace {

namespace json = boost::json;
using boost::system::error_code;

struct silent {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t, error_code&) { return true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_key(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string_part(json::string_view, std::size_t, error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(json::string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
    bool on_double(double, json::string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

json::parse_options options() {
    json::parse_options o;
    o.max_depth = json_check::max_depth;
    return o;
}

}  // namespace

bool utf8_check::feed(std::string_view slice) {
    auto const* p = reinterpret_cast<unsigned char const*>(slice.data());
    auto const* const end = p + slice.size();
    while (p != end) {
        if (missing_ > 0) {
            if (*p < low_ || *p > high_)
                return false;
            low_ = 0x80;
            high_ = 0xbf;
            --missing_;
            ++p;
            continue;
        }
        for (std::uint64_t word = 0; end - p >= 8; p += 8) {
            std::memcpy(&word, p, sizeof word);
            if ((word & 0x8080808080808080U) != 0)
                break;
        }
        if (p == end)
            break;
        auto const c = *p++;
        if (c < 0x80)
            continue;
        if (c < 0xc2 || c > 0xf4)
            return false;
        missing_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (c == 0xe0)
            low_ = 0xa0;
        else if (c == 0xed)
            high_ = 0x9f;
        else if (c == 0xf0)
            low_ = 0x90;
        else if (c == 0xf4)
            high_ = 0x8f;
    }
    return true;
}

bool valid_utf8(std::string_view text) {
    utf8_check check;
    return check.feed(text) && check.finish();
}

struct json_check::parser {
    json::basic_parser<silent> p{options()};
};

json_check::json_check() : parser_(std::make_unique<parser>()) {}
json_check::~json_check() = default;

bool json_check::feed(std::string_view slice) {
    error_code ec;
    auto const used = parser_->p.write_some(true, slice.data(), slice.size(), ec);
    return !ec && used == slice.size();
}

bool json_check::finish() {
    error_code ec;
    parser_->p.write_some(false, nullptr, 0, ec);
    return !ec && parser_->p.done();
}

}  // namespace fetchd::worker
