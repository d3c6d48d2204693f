// One request as it leaves: what it says, by which way it goes, how long its phases may take.
#pragma once

#include <memory>
#include <string>

#include "base/config.hpp"
#include "http/headers.hpp"
#include "http/proxy.hpp"

namespace fetchd {

struct outgoing {
    std::string method = "GET";
    headers fields;  // checked; User-Agent and Accept are added unless given, Host and Content-Length always
    std::string body;
    phase_limits limits;
    std::shared_ptr<proxy const> via;  // null: the configured proxy, if there is one
};

}  // namespace fetchd
