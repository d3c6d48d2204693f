// GET and PATCH /v1/origins/{host}: what politeness knows of a host's origins, and the rule for the host.
//
// A rule holds for all origins of one host, is answered once it is on disk, and survives a restart. Loop
// thread only.
#pragma once

#include "api/call.hpp"
#include "fetch/politeness.hpp"

namespace fetchd::api {

class origins_handler {
  public:
    static constexpr std::size_t max_body = 4096;

    using saver = std::function<awaitable<result<void>>(std::string host)>;

    // changed: told of each origin whose items may go otherwise now. save: puts the rule of a host on disk.
    origins_handler(politeness& p, server_config const& settings,
                    std::function<void(std::string_view)> changed, saver save)
        : politeness_(p), settings_(settings), changed_(std::move(changed)), save_(std::move(save)) {}

    awaitable<void> answer(call&);

  private:
    awaitable<std::optional<reply>> change(call&);

    politeness& politeness_;
    server_config const& settings_;
    std::function<void(std::string_view)> changed_;
    saver save_;
};

}  // namespace fetchd::api
