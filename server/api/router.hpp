// Which handler answers which path, and what every request has in common: methods, overload, counting.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/metrics.hpp"

namespace fetchd::api {

struct route {
    std::string_view path;     // literal, or with one segment that may be anything: "/v1/jobs/{id}/results"
    std::string_view methods;  // "GET, HEAD": also the Allow field
    bool in_overload;          // answered on connections beyond the limit too
    std::function<awaitable<void>(call&)> handle;
};

class router {
  public:
    explicit router(metrics& m) : metrics_(m) {}
    void add(route r) { routes_.push_back(std::move(r)); }
    awaitable<void> answer(call&, bool over);

  private:
    awaitable<std::string_view> dispatch(call&, bool over);  // the route's path, for counting

    metrics& metrics_;
    std::vector<route> routes_;
};

}  // namespace fetchd::api
