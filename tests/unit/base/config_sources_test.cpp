// Where settings come from: every one of them by file, environment and flag; who wins; what is said of
// faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/config.hpp"

namespace {

using namespace fetchd;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

std::string shown(std::size_t n) {
    return std::to_string(n);
}
std::string shown(bool b) {
    return b ? "true" : "false";
}
std::string shown(milliseconds d) {
    return std::to_string(d.count()) + "ms";
}
std::string shown(std::string const& s) {
    return s;
}
std::string shown(std::vector<std::string> const& list) {
    std::string all;
    for (auto const& item : list)
        all += item + ";";
    return all;
}
std::string shown(std::vector<std::uint16_t> const& list) {
    std::string all;
    for (auto const item : list)
        all += std::to_string(item) + ";";
    return all;
}

using read = std::function<std::string(config const&)>;

template <class Section, class Field>
read field(Section config::*section, Field Section::*member) {
    return [=](config const& c) { return shown(c.*section.*member); };
}

template <class Field>
read field(retry_config fetch_config::*part, Field retry_config::*member) {
    return [=](config const& c) { return shown(c.fetch.*part.*member); };
}

template <class Field>
read field(polite_limits politeness_config::*part, Field polite_limits::*member) {
    return [=](config const& c) { return shown(c.politeness.*part.*member); };
}

template <class Field>
read field(phase_limits net_config::*part, Field phase_limits::*member) {
    return [=](config const& c) { return shown(c.net.*part.*member); };
}

// One setting: a value that is not the default, as TOML and as it is written elsewhere, and where it has to
// arrive.
struct row {
    std::string name;
    std::string toml;
    std::string plain;
    std::string want;
    read value;
};

std::vector<row> const& rows() {
    using c = config;
    using s = server_config;
    using f = fetch_config;
    using r = retry_config;
    using q = politeness_config;
    using t = polite_limits;
    using j = jobs_config;
    using n = net_config;
    using l = phase_limits;
    using e = egress_config;
    using p = pool_config;
    using w = workers_config;
    using d = processing_config;
    static std::vector<row> const all{
        {"server.listen", R"(["[::1]:1", "0.0.0.0:2"])", "[::1]:1, 0.0.0.0:2", "[::1]:1;0.0.0.0:2;",
         field(&c::server, &s::listen)},
        {"server.max_connections", "77", "77", "77", field(&c::server, &s::max_connections)},
        {"server.max_head", "\"2KiB\"", "2048", "2048", field(&c::server, &s::max_head)},
        {"server.max_json", "2049", "2049", "2049", field(&c::server, &s::max_json)},
        {"server.max_document", "\"3MiB\"", "3MiB", "3145728", field(&c::server, &s::max_document)},
        {"server.head_timeout", "\"3s\"", "3s", "3000ms", field(&c::server, &s::head_timeout)},
        {"server.idle_timeout", "\"4s\"", "4s", "4000ms", field(&c::server, &s::idle_timeout)},
        {"server.drain_timeout", "\"0ms\"", "0ms", "0ms", field(&c::server, &s::drain_timeout)},
        {"fetch.user_agent", "\"x=y, z\"", "x=y, z", "x=y, z", field(&c::fetch, &f::user_agent)},
        {"fetch.max_in_flight", "3", "3", "3", field(&c::fetch, &f::max_in_flight)},
        {"fetch.total_timeout", "\"1m\"", "1m", "60000ms", field(&c::fetch, &f::total_timeout)},
        {"fetch.max_timeout", "\"1h\"", "1h", "3600000ms", field(&c::fetch, &f::max_timeout)},
        {"fetch.max_redirects", "0", "0", "0", field(&c::fetch, &f::max_redirects)},
        {"fetch.max_bytes", "1", "1", "1", field(&c::fetch, &f::max_bytes)},
        {"fetch.max_decoded", "\"4GiB\"", "4GiB", "4294967296", field(&c::fetch, &f::max_decoded)},
        {"fetch.retries", "0", "0", "0", field(&f::retry, &r::most)},
        {"fetch.backoff_base", "\"1ms\"", "1ms", "1ms", field(&f::retry, &r::base)},
        {"fetch.backoff_max", "\"1m\"", "1m", "60000ms", field(&f::retry, &r::cap)},
        {"fetch.max_sessions", "9", "9", "9", field(&c::fetch, &f::max_sessions)},
        {"fetch.session_idle", "\"2s\"", "2s", "2000ms", field(&c::fetch, &f::session_idle)},
        {"politeness.origin_connections", "3", "3", "3", field(&q::origin, &t::connections)},
        {"politeness.origin_delay", "\"2s\"", "2s", "2000ms", field(&q::origin, &t::delay)},
        {"politeness.origin_rate", "30", "30", "30", field(&q::origin, &t::rate)},
        {"politeness.domain_connections", "5", "5", "5", field(&q::domain, &t::connections)},
        {"politeness.domain_delay", "\"3s\"", "3s", "3000ms", field(&q::domain, &t::delay)},
        {"politeness.domain_rate", "31", "31", "31", field(&q::domain, &t::rate)},
        {"politeness.address_connections", "6", "6", "6", field(&q::address, &t::connections)},
        {"politeness.address_delay", "\"4s\"", "4s", "4000ms", field(&q::address, &t::delay)},
        {"politeness.address_rate", "32", "32", "32", field(&q::address, &t::rate)},
        {"politeness.adaptive", "false", "false", "false", field(&c::politeness, &q::adaptive)},
        {"politeness.longest_delay", "\"5s\"", "5s", "5000ms", field(&c::politeness, &q::longest_delay)},
        {"politeness.back_off", "\"6s\"", "6s", "6000ms", field(&c::politeness, &q::back_off)},
        {"politeness.longest_back_off", "\"7s\"", "7s", "7000ms",
         field(&c::politeness, &q::longest_back_off)},
        {"politeness.forgiveness", "\"8s\"", "8s", "8000ms", field(&c::politeness, &q::forgiveness)},
        {"politeness.circuit_failures", "9", "9", "9", field(&c::politeness, &q::circuit_failures)},
        {"politeness.circuit_time", "\"10s\"", "10s", "10000ms", field(&c::politeness, &q::circuit_time)},
        {"politeness.longest_circuit", "\"11s\"", "11s", "11000ms",
         field(&c::politeness, &q::longest_circuit)},
        {"politeness.patience", "\"13s\"", "13s", "13000ms", field(&c::politeness, &q::patience)},
        {"politeness.robots", "false", "false", "false", field(&c::politeness, &q::robots)},
        {"politeness.robots_time", "\"1h\"", "1h", "3600000ms", field(&c::politeness, &q::robots_time)},
        {"politeness.longest_crawl_delay", "\"12s\"", "12s", "12000ms",
         field(&c::politeness, &q::longest_crawl_delay)},
        {"politeness.remembered", "1000", "1000", "1000", field(&c::politeness, &q::remembered)},
        {"politeness.hosts", "[\"a.test delay=0s\"]", "a.test delay=0s", "a.test delay=0s;",
         field(&c::politeness, &q::hosts)},
        {"jobs.folder", "\"/d a\"", "/d a", "/d a", field(&c::jobs, &j::folder)},
        {"jobs.in_flight", "9", "9", "9", field(&c::jobs, &j::in_flight)},
        {"jobs.max_submission", "\"1MiB\"", "1MiB", "1048576", field(&c::jobs, &j::max_submission)},
        {"jobs.heartbeat", "\"5s\"", "5s", "5000ms", field(&c::jobs, &j::heartbeat)},
        {"jobs.webhook_wait", "\"2s\"", "2s", "2000ms", field(&c::jobs, &j::webhook_wait)},
        {"jobs.keep", "\"2h\"", "2h", "7200000ms", field(&c::jobs, &j::keep)},
        {"jobs.keep_bytes", "\"2MiB\"", "2MiB", "2097152", field(&c::jobs, &j::keep_bytes)},
        {"jobs.keep_free", "0", "0", "0", field(&c::jobs, &j::keep_free)},
        {"net.dns_timeout", "\"11ms\"", "11ms", "11ms", field(&n::limits, &l::dns)},
        {"net.connect_timeout", "\"10ms\"", "10ms", "10ms", field(&n::limits, &l::connect)},
        {"net.tls_timeout", "\"12ms\"", "12ms", "12ms", field(&n::limits, &l::tls)},
        {"net.first_byte_timeout", "\"13s\"", "13s", "13000ms", field(&n::limits, &l::first_byte)},
        {"net.body_idle_timeout", "\"14s\"", "14s", "14000ms", field(&n::limits, &l::idle)},
        {"net.min_speed", "\"1KiB\"", "1KiB", "1024", field(&n::limits, &l::min_speed)},
        {"net.dns_ttl", "\"0ms\"", "0ms", "0ms", field(&c::net, &n::dns_ttl)},
        {"net.dns_negative_ttl", "\"1ms\"", "1ms", "1ms", field(&c::net, &n::dns_negative_ttl)},
        {"net.dns_entries", "5", "5", "5", field(&c::net, &n::dns_entries)},
        {"net.max_idle", "0", "0", "0", field(&c::net, &n::max_idle)},
        {"net.max_idle_per_origin", "2", "2", "2", field(&c::net, &n::max_idle_per_origin)},
        {"net.idle_timeout", "\"5s\"", "5s", "5000ms", field(&c::net, &n::idle_timeout)},
        {"net.max_head", "\"4KiB\"", "4KiB", "4096", field(&c::net, &n::max_head)},
        {"net.resolve", R"(["a.test:80:127.0.0.1"])", "a.test:80:127.0.0.1", "a.test:80:127.0.0.1;",
         field(&c::net, &n::resolve)},
        {"net.proxy", "\"socks5://p:1\"", "socks5://p:1", "socks5://p:1", field(&c::net, &n::proxy)},
        {"net.no_proxy", R"(["*.corp.test"])", "*.corp.test", "*.corp.test;", field(&c::net, &n::no_proxy)},
        {"net.ca_file", "\"/a b.pem\"", "/a b.pem", "/a b.pem", field(&c::net, &n::ca_file)},
        {"net.tls_min", "\"1.3\"", "1.3", "1.3", field(&c::net, &n::tls_min)},
        {"net.tls_max", "\"1.2\"", "1.2", "1.2", field(&c::net, &n::tls_max)},
        {"net.client_certificates", R"(["a.test=/c.pem:/k.pem"])", "a.test=/c.pem:/k.pem",
         "a.test=/c.pem:/k.pem;", field(&c::net, &n::client_certificates)},
        {"egress.mode", "\"open\"", "open", "open", field(&c::egress, &e::mode)},
        {"egress.allow", R"(["::1"])", "::1", "::1;", field(&c::egress, &e::allow)},
        {"egress.nat64", R"(["64:ff9b:1::/48"])", "64:ff9b:1::/48", "64:ff9b:1::/48;",
         field(&c::egress, &e::nat64)},
        {"egress.deny_ports", "[25, 26]", "25,26", "25;26;", field(&c::egress, &e::deny_ports)},
        {"egress.allow_ports", "[80]", "80", "80;", field(&c::egress, &e::allow_ports)},
        {"pool.threads", "1", "1", "1", field(&c::pool, &p::threads)},
        {"pool.queue", "2", "2", "2", field(&c::pool, &p::queue)},
        {"workers.count", "7", "7", "7", field(&c::workers, &w::count)},
        {"workers.queue", "8", "8", "8", field(&c::workers, &w::queue)},
        {"workers.task_timeout", "\"6s\"", "6s", "6000ms", field(&c::workers, &w::task_timeout)},
        {"workers.kill_grace", "\"1ms\"", "1ms", "1ms", field(&c::workers, &w::kill_grace)},
        {"workers.area_bytes", "\"64KiB\"", "65536", "65536", field(&c::workers, &w::area_bytes)},
        {"workers.max_input", "\"1KiB\"", "1KiB", "1024", field(&c::workers, &w::max_input)},
        {"workers.max_output", "2000", "2000", "2000", field(&c::workers, &w::max_output)},
        {"workers.memory", "\"64MiB\"", "64MiB", "67108864", field(&c::workers, &w::memory)},
        {"workers.cpu_limit", "\"90s\"", "90s", "90000ms", field(&c::workers, &w::cpu_limit)},
        {"workers.max_documents", "9", "9", "9", field(&c::workers, &w::max_documents)},
        {"workers.quarantine", "10", "10", "10", field(&c::workers, &w::quarantine)},
        {"workers.quarantine_time", "\"11s\"", "11s", "11000ms", field(&c::workers, &w::quarantine_time)},
        {"workers.origin_deaths", "12", "12", "12", field(&c::workers, &w::origin_deaths)},
        {"workers.origin_window", "\"13s\"", "13s", "13000ms", field(&c::workers, &w::origin_window)},
        {"workers.penalty", "\"14s\"", "14s", "14000ms", field(&c::workers, &w::penalty)},
        {"workers.longest_penalty", "\"15s\"", "15s", "15000ms", field(&c::workers, &w::longest_penalty)},
        {"processing.require_sandbox", "true", "true", "true", field(&c::processing, &d::require_sandbox)},
        {"log.level", "\"warn\"", "warn", "warn", field(&c::log, &log_config::level)},
        {"log.format", "\"json\"", "json", "json", field(&c::log, &log_config::format)},
    };
    return all;
}

std::pair<std::string, std::string> split(std::string const& name) {
    auto const dot = name.find('.');
    return {name.substr(0, dot), name.substr(dot + 1)};
}

std::string as_file(std::string const& name, std::string const& toml) {
    auto const [section, key] = split(name);
    return "[" + section + "]\n" + key + " = " + toml + "\n";
}

std::string as_variable(std::string const& name) {
    std::string variable = "FETCHD_";
    for (char const c : name)
        variable += c == '.' ? '_' : static_cast<char>(std::toupper(c));
    return variable;
}

loaded_config from_file(std::string text) {
    config_sources sources;
    sources.file = "a.toml";
    sources.file_text = std::move(text);
    return load_config(sources);
}

TEST(ConfigSources, TestKnowsEverySetting) {
    std::vector<std::string> tested, there;
    for (auto const& r : rows())
        tested.push_back(r.name);
    for (auto const& s : all_settings())
        there.push_back(s.name);
    EXPECT_EQ(tested, there);
}

TEST(ConfigSources, EverySettingComesFromTheFile) {
    for (auto const& r : rows()) {
        auto const loaded = from_file(as_file(r.name, r.toml));
        EXPECT_THAT(loaded.problems, IsEmpty()) << r.name;
        EXPECT_EQ(r.value(loaded.values), r.want) << r.name;
        EXPECT_NE(r.value(config{}), r.want) << r.name << ": the test must not set the default";
    }
}

TEST(ConfigSources, EverySettingComesFromTheEnvironment) {
    for (auto const& r : rows()) {
        config_sources sources;
        sources.environment.emplace_back(as_variable(r.name), r.plain);
        auto const loaded = load_config(sources);
        EXPECT_THAT(loaded.problems, IsEmpty()) << r.name;
        EXPECT_EQ(r.value(loaded.values), r.want) << r.name;
    }
}

TEST(ConfigSources, EverySettingComesFromAFlag) {
    for (auto const& r : rows()) {
        config_sources sources;
        sources.flags.emplace_back(r.name, r.plain);
        auto const loaded = load_config(sources);
        EXPECT_THAT(loaded.problems, IsEmpty()) << r.name;
        EXPECT_EQ(r.value(loaded.values), r.want) << r.name;
    }
}

TEST(ConfigSources, EverySettingRefusesAValueOfAnotherType) {
    for (auto const& r : rows())
        for (auto const* toml : {"{a = 1}", "true", "1.5", "1979-05-27", "[[1]]", "[{a = 1}]"}) {
            bool const flag = r.toml == "true" || r.toml == "false";
            if (flag && toml == std::string_view("true"))
                continue;
            auto const loaded = from_file(as_file(r.name, toml));
            ASSERT_THAT(loaded.problems, SizeIs(1)) << r.name << " = " << toml;
            EXPECT_THAT(loaded.problems[0], StartsWith("a.toml:2: " + r.name + " = ")) << toml;
        }
}

TEST(ConfigSources, TypesOfTheFileAreKept) {
    for (auto const* text :
         {"[fetch]\nmax_redirects = \"5\"", "[fetch]\nuser_agent = 5", "[server]\nlisten = \"127.0.0.1:1\"",
          "[server]\nidle_timeout = 30", "[egress]\ndeny_ports = 25", "[egress]\ndeny_ports = [true]",
          "[processing]\nrequire_sandbox = \"true\"", "[processing]\nrequire_sandbox = 1",
          "[log]\nlevel = [\"info\"]"})
        EXPECT_THAT(from_file(text).problems, SizeIs(1)) << text;
}

TEST(ConfigSources, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
    config_sources sources;
    sources.file_text = "[fetch]\nmax_redirects = 1\nmax_in_flight = 1\nmax_bytes = 1\n";
    sources.environment = {{"FETCHD_FETCH_MAX_REDIRECTS", "2"}, {"FETCHD_FETCH_MAX_IN_FLIGHT", "2"}};
    sources.flags = {{"fetch.max_redirects", "3"}};
    auto const loaded = load_config(sources);
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.values.fetch.max_redirects, 3U);
    EXPECT_EQ(loaded.values.fetch.max_in_flight, 2U);
    EXPECT_EQ(loaded.values.fetch.max_bytes, 1U);
    EXPECT_EQ(loaded.values.fetch.max_decoded, config{}.fetch.max_decoded);
}

TEST(ConfigSources, EveryProblemIsSaidAtOnceWithItsPlace) {
    config_sources sources;
    sources.file = "a.toml";
    sources.file_text =
        "top = 1\n"
        "[net]\n"
        "max_idel = 3\n"
        "\n"
        "max_head = \"2GiB\"\n"
        "[nonsense]\n"
        "key = 1\n";
    sources.environment = {{"FETCHD_LOG_LEVEL", "loud"}, {"FETCHD_LOG_COLOUR", "red"}};
    sources.flags = {{"pool.threads", "0"}, {"pool.thread", "1"}};
    auto problems = load_config(sources).problems;
    EXPECT_THAT(problems,
                testing::UnorderedElementsAre(
                    "a.toml:1: top must stand in a [section]",
                    "a.toml:3: unknown setting net.max_idel; did you mean net.max_idle?",
                    "a.toml:5: net.max_head = 2GiB: want 1KiB..1MiB", HasSubstr("nonsense.key"),
                    "FETCHD_LOG_LEVEL: log.level = loud: want one of trace, debug, info, warn, error, off",
                    StartsWith("FETCHD_LOG_COLOUR: no such setting"), "--set: pool.threads = 0: want 1..256",
                    "--set: unknown setting pool.thread; did you mean pool.threads?"));
}

TEST(ConfigSources, SuggestsNothingWhereNothingIsNear) {
    EXPECT_THAT(from_file("[weather]\nforecast = 1\n").problems,
                ElementsAre("a.toml:2: unknown setting weather.forecast"));
    EXPECT_THAT(from_file("[a]\n" + std::string(200'000, 'b') + " = 1\n").problems, SizeIs(1));
}

TEST(ConfigSources, SaysWhereTheFileIsNotToml) {
    auto const loaded = from_file("[fetch]\nmax_redirects = 5\nmax_bytes = = 3\n");
    ASSERT_THAT(loaded.problems, SizeIs(1));
    EXPECT_THAT(loaded.problems[0], StartsWith("a.toml:3: "));
    EXPECT_THAT(from_file("[a").problems, SizeIs(1));
    EXPECT_THAT(from_file("[fetch]\nmax_bytes = 1\nmax_bytes = 1\n").problems, SizeIs(1)) << "given twice";
    EXPECT_THAT(from_file("[log]\nlevel = \"\xff\"\n").problems, SizeIs(1)) << "not UTF-8";
    EXPECT_THAT(from_file(std::string("[log]\nlevel = \"in\0fo\"\n", 21)).problems, SizeIs(1));
    EXPECT_THAT(from_file("[a]\nb = " + std::string(100'000, '[')).problems, SizeIs(1)) << "nested too deep";
}

TEST(ConfigSources, FlagNamesAreNotTakenApart) {
    for (auto const* name :
         {"", ".", "fetch", "fetch.", ".max_bytes", "fetch.max_bytes.", "FETCH.MAX_BYTES"}) {
        config_sources sources;
        sources.flags.emplace_back(name, "1");
        EXPECT_THAT(load_config(sources).problems, SizeIs(1)) << name;
    }
}

}  // namespace
