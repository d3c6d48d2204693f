// What settings may be, and which of them a running service takes over.
#include "base/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace fetchd;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

loaded_config with_file(std::string text) {
    config_sources sources;
    sources.file = "a.toml";
    sources.file_text = std::move(text);
    return load_config(sources);
}

loaded_config with_flag(std::string const& name, std::string const& value) {
    config_sources sources;
    sources.flags.emplace_back(name, value);
    return load_config(sources);
}

bool accepted(std::string const& name, std::string const& value) {
    return with_flag(name, value).problems.empty();
}

TEST(Config, DefaultsAreValid) {
    EXPECT_THAT(config{}.problems(), IsEmpty());
    EXPECT_THAT(load_config({}).problems, IsEmpty());
}

TEST(Config, DefaultTextSaysNothingButTheDefaults) {
    auto const loaded = with_file(default_config_text());
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(needs_restart(config{}, loaded.values), IsEmpty());
    for (auto const& s : all_settings()) {
        auto const key = s.name.substr(s.name.find('.') + 1);
        EXPECT_THAT(default_config_text(), HasSubstr("\n" + key + " = " + s.value + "\n"));
        EXPECT_GT(s.help.size(), 5U) << s.name;
    }
}

// `fetchd --print-default-config > config/fetchd.toml` makes it right again.
TEST(Config, ShippedFileIsTheDefaultText) {
    std::stringstream shipped;
    shipped << std::ifstream(FETCHD_SOURCE_DIR "/config/fetchd.toml").rdbuf();
    EXPECT_EQ(shipped.str(), default_config_text());
}

TEST(Config, CountsAreHeldToTheirRange) {
    EXPECT_TRUE(accepted("fetch.max_redirects", "0"));
    EXPECT_TRUE(accepted("fetch.max_redirects", "19"));
    EXPECT_TRUE(accepted("fetch.max_redirects", "20"));
    EXPECT_FALSE(accepted("fetch.max_redirects", "21"));
    EXPECT_FALSE(accepted("server.max_connections", "7"));
    EXPECT_TRUE(accepted("server.max_connections", "8"));
    EXPECT_TRUE(accepted("server.max_connections", "9"));
    EXPECT_TRUE(accepted("pool.threads", "256"));
    EXPECT_FALSE(accepted("pool.threads", "257"));
    EXPECT_THAT(with_flag("fetch.max_redirects", "90").problems,
                ElementsAre("--set: fetch.max_redirects = 90: want 0..20"));
}

TEST(Config, CountsAreWholeNumbers) {
    for (auto const* value : {"", " ", "-1", "+1", "1.5", "1e2", "0x10", "5 x", "5KiB", "ten",
                              "18446744073709551616", "99999999999999999999999999"})
        EXPECT_FALSE(accepted("fetch.max_redirects", value)) << value;
}

TEST(Config, SizesAreBytesOrHaveAUnit) {
    EXPECT_EQ(with_flag("server.max_head", "2048").values.server.max_head, 2048U);
    EXPECT_EQ(with_flag("server.max_head", "64KiB").values.server.max_head, 65536U);
    EXPECT_EQ(with_flag("server.max_head", "64 KiB").values.server.max_head, 65536U);
    EXPECT_EQ(with_flag("workers.memory", "2GiB").values.workers.memory, 2U << 30);
    EXPECT_FALSE(accepted("server.max_head", "1023"));
    EXPECT_TRUE(accepted("server.max_head", "1024"));
    EXPECT_TRUE(accepted("server.max_head", "1MiB"));
    EXPECT_FALSE(accepted("server.max_head", "1048577"));
    EXPECT_THAT(with_flag("server.max_head", "2MiB").problems,
                ElementsAre("--set: server.max_head = 2MiB: want 1KiB..1MiB"));
}

TEST(Config, SizesThatOverflowAreRefused) {
    for (auto const* value : {"18446744073709551615GiB", "17179869184GiB", "18446744073709551616", "1TiB",
                              "64kb", "64K", "KiB", "-1KiB", "1.5MiB", "1KiB2", "1 KiB x"})
        EXPECT_FALSE(accepted("workers.memory", value)) << value;
    EXPECT_EQ(load_config({}).values.workers.memory, config{}.workers.memory);
}

TEST(Config, DurationsHaveAUnit) {
    EXPECT_EQ(with_flag("server.idle_timeout", "1500ms").values.server.idle_timeout, milliseconds(1500));
    EXPECT_EQ(with_flag("server.idle_timeout", "90s").values.server.idle_timeout, milliseconds(90'000));
    EXPECT_EQ(with_flag("server.idle_timeout", "2m").values.server.idle_timeout, milliseconds(120'000));
    EXPECT_EQ(with_flag("server.idle_timeout", "1h").values.server.idle_timeout, milliseconds(3'600'000));
    EXPECT_EQ(with_flag("server.drain_timeout", "0ms").values.server.drain_timeout, milliseconds(0));
    EXPECT_FALSE(accepted("server.idle_timeout", "99ms"));
    EXPECT_TRUE(accepted("server.idle_timeout", "100ms"));
    EXPECT_FALSE(accepted("server.idle_timeout", "3600001ms"));
    EXPECT_THAT(with_flag("server.idle_timeout", "2h").problems,
                ElementsAre("--set: server.idle_timeout = 2h: want 100ms..1h"));
    for (auto const* value : {"", "30", "0", "-1s", "1.5s", "1d", "s", "1 minute", "9223372036854775808ms",
                              "18446744073709551615h", "5124095576030431h"})
        EXPECT_FALSE(accepted("server.idle_timeout", value)) << value;
}

TEST(Config, ChoicesAreClosed) {
    EXPECT_TRUE(accepted("egress.mode", "report"));
    EXPECT_THAT(with_flag("egress.mode", "Open").problems,
                ElementsAre("--set: egress.mode = Open: want one of enforce, report, open"));
    EXPECT_FALSE(accepted("log.level", ""));
}

TEST(Config, TextsHaveNoControlCharactersAndALength) {
    EXPECT_TRUE(accepted("fetch.user_agent", std::string(256, 'x')));
    EXPECT_FALSE(accepted("fetch.user_agent", std::string(257, 'x')));
    EXPECT_FALSE(accepted("fetch.user_agent", ""));
    EXPECT_FALSE(accepted("fetch.user_agent", "a\r\nX-Injected: 1"));
    EXPECT_FALSE(accepted("fetch.user_agent", std::string("a\0b", 3)));
    EXPECT_FALSE(accepted("fetch.user_agent", "a\x7f"));
}

TEST(Config, PortsAreNumbersUpTo65535) {
    EXPECT_THAT(with_flag("egress.deny_ports", "0, 25,65535").values.egress.deny_ports,
                ElementsAre(0, 25, 65535));
    EXPECT_THAT(with_flag("egress.deny_ports", "25,65536").problems,
                ElementsAre("--set: egress.deny_ports = 65536: want a list of ports, 0..65535"));
    EXPECT_FALSE(accepted("egress.deny_ports", "http"));
    EXPECT_FALSE(accepted("egress.deny_ports", "-1"));
}

TEST(Config, ListsAreBounded) {
    auto const list = [](std::size_t n) {
        std::string text;
        for (std::size_t i = 0; i < n; ++i)
            text += "7,";
        return text;
    };
    for (auto const* name : {"egress.allow", "egress.allow_ports"}) {
        EXPECT_TRUE(accepted(name, list(1023))) << name;
        EXPECT_TRUE(accepted(name, list(1024))) << name;
        EXPECT_FALSE(accepted(name, list(1025))) << name;
    }
}

TEST(Config, ChecksWhatNoSettingKnowsAlone) {
    EXPECT_THAT(with_flag("server.listen", "").problems,
                ElementsAre("server.listen = []: want at least one address"));
    EXPECT_THAT(with_flag("fetch.total_timeout", "601s").problems, ElementsAre(HasSubstr("max_timeout")));
    EXPECT_TRUE(accepted("fetch.total_timeout", "600s"));
}

TEST(Config, ProblemsOfAnObjectAreAllSaid) {
    config c;
    c.server.listen.clear();
    c.fetch.max_redirects = 21;
    c.net.idle_timeout = milliseconds(-1);
    c.log.level = "loud";
    EXPECT_THAT(c.problems(),
                UnorderedElementsAre(HasSubstr("server.listen"), "fetch.max_redirects = 21: want 0..20",
                                     HasSubstr("net.idle_timeout"), HasSubstr("log.level = loud")));
}

TEST(Reload, NamesWhatNeedsARestart) {
    config running, wanted;
    EXPECT_THAT(needs_restart(running, wanted), IsEmpty());
    wanted.server.listen.push_back("[::1]:8484");
    wanted.workers.count = 3;
    wanted.pool.threads = 9;
    wanted.log.level = "debug";  // live
    EXPECT_THAT(needs_restart(running, wanted),
                UnorderedElementsAre("server.listen", "workers.count", "pool.threads"));
}

TEST(Reload, TakesOverTheLivePartAndNothingElse) {
    config running, wanted;
    running.workers.count = 2;
    wanted.workers.count = 3;
    wanted.server.listen = {"[::1]:1"};
    wanted.server.idle_timeout = milliseconds(1234);
    wanted.fetch.user_agent = "other/1";
    wanted.net.resolve = {"a.test:80:127.0.0.1"};
    wanted.egress.deny_ports = {25};
    wanted.egress.allow = {"10.0.0.0/8"};
    auto const merged = live_part(running, wanted);
    EXPECT_EQ(merged.workers.count, 2U);
    EXPECT_EQ(merged.server.listen, running.server.listen);
    EXPECT_EQ(merged.server.idle_timeout, milliseconds(1234));
    EXPECT_EQ(merged.fetch.user_agent, "other/1");
    EXPECT_EQ(merged.net.resolve, wanted.net.resolve);
    EXPECT_EQ(merged.egress.deny_ports, wanted.egress.deny_ports);
    EXPECT_EQ(merged.egress.allow, wanted.egress.allow);
    EXPECT_THAT(needs_restart(merged, wanted), UnorderedElementsAre("server.listen", "workers.count"));
}

}  // namespace
