// A receiver of webhooks as it is kept in the store: where one job's events go, and what they are signed
// with.
//
// Written when the job is submitted and never changed. Its endpoint is what it shares with the other jobs of
// the same owner that name the same URL: the circuit. Pure; what is read back may be damaged.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/store.hpp"

namespace fetchd::jobs {

struct receiver {
    std::string url;                   // serialised, http or https
    std::vector<std::string> secrets;  // "whsec_...", never shown
    std::string endpoint;              // names the circuit
    job_key job = 0;
    unix_ms made = 0;

    // One value a line.
    std::string text() const;
    static std::optional<receiver> parse(std::string_view);
};

// The keys of their records.
inline constexpr std::string_view receiver_prefix = "webhook/";
inline constexpr std::string_view circuit_prefix = "webhook-circuit/";

}  // namespace fetchd::jobs
