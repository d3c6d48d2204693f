#include "http/retry.hpp"

#include <algorithm>
#include <charconv>

namespace fetchd {
namespace {

constexpr milliseconds longest_ask = std::chrono::hours(24 * 366);

}  // namespace

bool idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
           method == "PUT" || method == "DELETE";
}

bool worth_retrying(std::string_view method, int status) {
    bool const passing = status == 408 || status == 425 || status == 429 || status == 500 || status == 502 ||
                         status == 503 || status == 504;
    return passing && idempotent(method);
}

bool worth_retrying(std::string_view method, failure const& f) {
    if (f.advice() != verdict::retry)
        return false;
    switch (f.where) {
        case stage::dns:
        case stage::connect:
        case stage::tls:
            return true;  // nothing was sent
        case stage::request:
        case stage::head:
            return f.what != code::timeout && idempotent(method);
        default:
            return false;
    }
}

std::optional<milliseconds> retry_after(headers const& answer, system_time now) {
    auto const value = answer.find("Retry-After");
    if (!value || value->empty())
        return {};
    if (value->find_first_not_of("0123456789") == value->npos) {
        std::uint64_t seconds = 0;
        auto const [end, ec] = std::from_chars(value->data(), value->data() + value->size(), seconds);
        auto const most = static_cast<std::uint64_t>(longest_ask.count() / 1000);
        return milliseconds(1000 * (ec == std::errc{} ? std::min(seconds, most) : most));
    }
    auto const date = parse_http_date(*value, now);
    if (!date)
        return {};
    return std::clamp<milliseconds>(*date - now, milliseconds(0), longest_ask);
}

milliseconds backoff(retry_config const& c, std::size_t tries, std::uint32_t random,
                     std::optional<milliseconds> asked_for) {
    auto most = c.base;
    for (std::size_t i = 1; i < tries && most < c.cap; ++i)
        most *= 2;
    most = std::min(most, c.cap);
    auto const part =
        static_cast<std::int64_t>((static_cast<unsigned __int128>(most.count() + 1) * random) >> 32);
    return std::max(milliseconds(part), asked_for.value_or(milliseconds(0)));
}

}  // namespace fetchd
