// Every setting: its default, its unit and its meaning, in one place.
//
// settings_of() (settings.cpp) walks these structs; the file, the environment, the flags, the printed
// defaults and config/fetchd.toml all come from that one walk, and a test holds the shipped file against it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fetchd {

using milliseconds = std::chrono::milliseconds;

struct server_config {
    std::vector<std::string> listen{"127.0.0.1:8484"};
    std::size_t max_connections = 9600;
    std::size_t max_head = 32 * 1024;
    std::size_t max_json = 256 * 1024;
    std::size_t max_document = 32 * 1024 * 1024;
    milliseconds head_timeout{10'000};
    milliseconds idle_timeout{60'000};
    milliseconds drain_timeout{30'000};
};

// How often a request that failed is sent again, and how long is waited before (fetch/journey.hpp).
struct retry_config {
    std::size_t most = 2;  // after the first try
    milliseconds base{250};
    milliseconds cap{10'000};
};

struct fetch_config {
    std::string user_agent = "fetchd/0.1";
    std::size_t max_in_flight = 9600;
    milliseconds total_timeout{30'000};
    milliseconds max_timeout{600'000};
    std::size_t max_redirects = 10;
    std::size_t max_bytes = 16 * 1024 * 1024;
    std::size_t max_decoded = 64 * 1024 * 1024;
    retry_config retry;
    std::size_t max_sessions = 10'000;
    milliseconds session_idle{3'600'000};
};

// How long each phase of one request may take, under the deadline of the whole fetch.
struct phase_limits {
    milliseconds dns{5'000};
    milliseconds connect{10'000};  // TCP to one address; the proxy's part again as long
    milliseconds tls{10'000};
    milliseconds first_byte{60'000};  // from the beginning of the request to the end of the answer's head
    milliseconds idle{60'000};        // silence in the middle of the body
    std::size_t min_speed = 0;        // bytes a second of the body; 0: any
};

// What all requests to one origin, registrable domain or address have to share.
struct polite_limits {
    std::size_t connections = 0;
    milliseconds delay{0};  // between the starts of two requests
    std::size_t rate = 0;   // starts in any minute; 0: any number
};

// How gently jobs treat origins (fetch/politeness.hpp, fetch/robots_rules.hpp).
struct politeness_config {
    polite_limits origin{2, milliseconds(1000), 0};
    polite_limits domain{4, milliseconds(250), 0};
    polite_limits address{16, milliseconds(50), 0};
    bool adaptive = true;
    milliseconds longest_delay{60'000};
    milliseconds back_off{60'000};
    milliseconds longest_back_off{86'400'000};
    milliseconds forgiveness{1'800'000};
    std::size_t circuit_failures = 5;
    milliseconds circuit_time{30'000};
    milliseconds longest_circuit{600'000};
    milliseconds patience{120'000};  // with an origin that cannot be reached
    bool robots = true;
    milliseconds robots_time{86'400'000};
    milliseconds longest_crawl_delay{30'000};
    std::size_t remembered = 50'000;  // origins, domains and addresses
    std::vector<std::string> hosts;
};

// Fetches that must not be lost (jobs/).
struct jobs_config {
    std::string folder;  // empty: no jobs
    std::size_t in_flight = 256;
    std::size_t max_submission = std::size_t{1} << 30U;
    milliseconds heartbeat{10'000};  // between two signs of life to who follows a job's results
    milliseconds webhook_wait{5'000};
    milliseconds keep{7 * 86'400'000LL};
    std::size_t keep_bytes = std::size_t{10} << 30U;
    std::size_t keep_free = std::size_t{256} << 20U;
};

struct net_config {
    phase_limits limits;
    milliseconds dns_ttl{30'000};
    milliseconds dns_negative_ttl{5'000};
    std::size_t dns_entries = 4096;
    std::size_t max_idle = 1024;
    std::size_t max_idle_per_origin = 64;
    milliseconds idle_timeout{30'000};
    std::size_t max_head = 128 * 1024;
    std::vector<std::string> resolve;
    std::string ca_file;
    std::string tls_min = "1.2";
    std::string tls_max = "1.3";
    std::vector<std::string> client_certificates;
    std::string proxy;
    std::vector<std::string> no_proxy;
};

struct egress_config {
    std::string mode = "enforce";
    std::vector<std::string> allow;
    std::vector<std::string> nat64;
    std::vector<std::uint16_t> deny_ports;
    std::vector<std::uint16_t> allow_ports;
};

struct pool_config {
    std::size_t threads = 4;
    std::size_t queue = 1024;
};

struct workers_config {
    std::size_t count = 0;
    std::size_t queue = 256;
    milliseconds task_timeout{10'000};
    milliseconds kill_grace{200};
    std::size_t area_bytes = 4 * 1024 * 1024;
    std::size_t max_input = 64 * 1024 * 1024;
    std::size_t max_output = 64 * 1024 * 1024;
    std::size_t memory = 1024 * 1024 * 1024;
    milliseconds cpu_limit{3'600'000};
    std::size_t max_documents = 10'000;
    std::size_t quarantine = 10'000;
    milliseconds quarantine_time{3'600'000};
    std::size_t origin_deaths = 10;
    milliseconds origin_window{60'000};
    milliseconds penalty{10'000};
    milliseconds longest_penalty{600'000};
};

struct processing_config {
    bool require_sandbox = false;
};

struct log_config {
    std::string level = "info";
    std::string format = "text";
};

struct config {
    server_config server;
    fetch_config fetch;
    politeness_config politeness;
    jobs_config jobs;
    net_config net;
    egress_config egress;
    pool_config pool;
    workers_config workers;
    processing_config processing;
    log_config log;

    // What is wrong with the values, all of it at once: "fetch.max_redirects = 90: want 0..20".
    std::vector<std::string> problems() const;
};

// Where settings come from, weakest first: file, then environment, then flags.
struct config_sources {
    std::string file;                                              // path, may be empty
    std::string file_text;                                         // its content
    std::vector<std::pair<std::string, std::string>> environment;  // FETCHD_SECTION_KEY and value
    std::vector<std::pair<std::string, std::string>> flags;        // "section.key" and value
};

struct loaded_config {
    config values;
    std::vector<std::string> problems;  // each with its place: "local.toml:3: unknown key net.max_idel"
};

// Pure: reads nothing, never throws. With problems, values are not to be used.
loaded_config load_config(config_sources const&);

// The whole commented file with every setting at its default: what config/fetchd.toml ships.
std::string default_config_text();

// Every setting as "section.key", in file order; for flags and for help.
struct setting_info {
    std::string name;
    std::string value;  // the default, as TOML
    std::string help;
};
std::vector<setting_info> all_settings();

// Names of the settings that differ between the two and cannot change while the service runs.
std::vector<std::string> needs_restart(config const& running, config const& wanted);

// What a running service can take over of the wanted settings; the rest as it is.
config live_part(config const& running, config const& wanted);

}  // namespace fetchd
