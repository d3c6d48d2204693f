#include "worker/tasks/jq_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/json_text.hpp"

namespace fetchd::tasks {
namespace {

void append_number(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "null";
        return;
    }
    constexpr auto most = std::numeric_limits<double>::max();
    value = std::clamp(value, -most, most);
    std::array<char, 32> digits{};
    bool const plain = std::abs(value) < 1e17 && std::trunc(value) == value;  // as jq itself shows it
    auto const end =
        plain ? std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed)
              : std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end.ptr);
}

void append_text(std::string& out, jv text) {
    json_text::append_string(
        out, {::jv_string_value(text), static_cast<std::size_t>(::jv_string_length_bytes(::jv_copy(text)))});
    ::jv_free(text);
}

jq_written append_array(std::string& out, jv array, std::size_t size, std::size_t depth) {
    out += '[';
    auto done = jq_written::whole;
    auto const n = ::jv_array_length(::jv_copy(array));
    for (int i = 0; i < n && done == jq_written::whole; ++i) {
        if (i > 0)
            out += ',';
        done = append_value(out, ::jv_array_get(::jv_copy(array), i), size, depth);
    }
    out += ']';
    ::jv_free(array);
    return done;
}

jq_written append_object(std::string& out, jv object, std::size_t size, std::size_t depth) {
    char before = '{';
    auto done = jq_written::whole;
    for (int i = ::jv_object_iter(object); ::jv_object_iter_valid(object, i) && done == jq_written::whole;
         i = ::jv_object_iter_next(object, i)) {
        out += before;
        before = ',';
        append_text(out, ::jv_object_iter_key(object, i));
        out += ':';
        done = append_value(out, ::jv_object_iter_value(object, i), size, depth);
    }
    out += before == '{' ? "{}" : "}";
    ::jv_free(object);
    return done;
}

}  // namespace

jq_written append_value(std::string& out, jv value, std::size_t size, std::size_t depth) {
    auto const kind = ::jv_get_kind(value);
    auto done = jq_written::whole;
    if (kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT) {
        if (depth > 0)
            done = kind == JV_KIND_ARRAY ? append_array(out, ::jv_copy(value), size, depth - 1)
                                         : append_object(out, ::jv_copy(value), size, depth - 1);
        else
            done = jq_written::too_deep;
    } else if (kind == JV_KIND_STRING) {
        append_text(out, ::jv_copy(value));
    } else if (kind == JV_KIND_NUMBER) {
        append_number(out, ::jv_number_value(value));
    } else {
        out += kind == JV_KIND_TRUE ? "true" : kind == JV_KIND_FALSE ? "false" : "null";
    }
    ::jv_free(value);
    return done == jq_written::whole && out.size() > size ? jq_written::too_large : done;
}

}  // namespace fetchd::tasks
