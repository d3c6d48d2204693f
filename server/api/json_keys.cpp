#include "api/json_keys.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <cstdint>
#include <set>
#include <vector>

namespace fetchd::api {
namespace {

namespace json = boost::json;

// Looks at the names and forgets the rest. Stops the parser at the first name that is there already.
class key_watch {
  public:
    static constexpr std::size_t max_object_size = SIZE_MAX;
    static constexpr std::size_t max_array_size = SIZE_MAX;
    static constexpr std::size_t max_key_size = SIZE_MAX;
    static constexpr std::size_t max_string_size = SIZE_MAX;
    using error = json::error_code;
    using text = json::string_view;

    std::optional<std::string> repeated;

    bool on_object_begin(error&) {
        open_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error&) {
        open_.pop_back();
        return true;
    }
    bool on_key_part(text part, std::size_t, error&) {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(text last, std::size_t n, error& ec) {
        on_key_part(last, n, ec);
        auto const [place, is_new] = open_.back().insert(std::exchange(key_, {}));
        if (!is_new) {
            repeated = *place;
            ec = json::error::extra_data;  // whichever: it ends the parsing
        }
        return is_new;
    }

    bool on_document_begin(error&) { return true; }
    bool on_document_end(error&) { return true; }
    bool on_array_begin(error&) { return true; }
    bool on_array_end(std::size_t, error&) { return true; }
    bool on_string_part(text, std::size_t, error&) { return true; }
    bool on_string(text, std::size_t, error&) { return true; }
    bool on_number_part(text, error&) { return true; }
    bool on_int64(std::int64_t, text, error&) { return true; }
    bool on_uint64(std::uint64_t, text, error&) { return true; }
    bool on_double(double, text, error&) { return true; }
    bool on_bool(bool, error&) { return true; }
    bool on_null(error&) { return true; }
    bool on_comment_part(text, error&) { return true; }
    bool on_comment(text, error&) { return true; }

  private:
    std::vector<std::set<std::string>> open_;  // names of the objects that are not over yet
    std::string key_;
};

}  // namespace

std::optional<std::string> repeated_key(std::string_view text) {
    json::parse_options options;
    options.max_depth = 64;  // as deep as anything is taken (worker::json_check)
    json::basic_parser<key_watch> parser{options};
    json::error_code ended;
    parser.write_some(false, text.data(), text.size(), ended);
    return std::move(parser.handler().repeated);
}

}  // namespace fetchd::api
