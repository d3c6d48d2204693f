#include "support/scripted_dns.hpp"

#include <gmock/gmock.h>
#include <netdb.h>

#include <thread>

#include "support/dns_lookup.hpp"
#include "support/dns_message.hpp"

namespace fetchd::test {
namespace {

using how = dns_answer::how;
using testing::ElementsAre;
using testing::IsEmpty;

struct found {
    int error = 0;
    std::vector<std::string> addresses;
};

found ask(scripted_dns const& server, char const* name) {
    found f;
    f.error = look_up_at(server.port(), name, f.addresses);
    return f;
}

TEST(ScriptedDns, AnswersEachFamilyWithItsAddresses) {
    scripted_dns server;
    server.on("a.test", dns_answer::of({"::1", "127.0.0.2", "127.0.0.3", "::ffff:127.0.0.4"}));
    server.on("six.test", dns_answer::of({"2001:db8::1"}));
    server.on("none.test", dns_answer::of({}));

    EXPECT_THAT(ask(server, "A.test").addresses,
                ElementsAre("127.0.0.2", "127.0.0.3", "::1", "::ffff:127.0.0.4"));
    EXPECT_THAT(ask(server, "six.test").addresses, ElementsAre("2001:db8::1"));
    EXPECT_EQ(ask(server, "none.test").error, EAI_NODATA);
    EXPECT_EQ(server.questions("a.test", type_a), 1u);
    EXPECT_EQ(server.questions("a.test", type_aaaa), 1u);
    EXPECT_EQ(server.questions(), 6u);
}

TEST(ScriptedDns, FailsInEveryWay) {
    scripted_dns server;
    server.on("broken.test", dns_answer::of(how::servfail));
    server.on("mad.test", dns_answer::of(how::malformed));

    EXPECT_EQ(ask(server, "missing.test").error, EAI_NONAME);
    EXPECT_EQ(ask(server, "broken.test").error, EAI_AGAIN);
    EXPECT_EQ(ask(server, "mad.test").error, EAI_FAIL);
}

// The resolver waits for a better answer and asks again.
TEST(ScriptedDns, AnswersNobodyAskedForAndNoneAreWaitedOut) {
    scripted_dns server;
    auto const late = [](how at_first) {
        return [at_first](dns_question const& asked) {
            return asked.type == type_a && asked.number == 0 ? dns_answer::of(at_first, {"127.0.0.66"})
                                                             : dns_answer::of({"127.0.0.2"});
        };
    };
    server.on("forged.test", late(how::wrong_id));
    server.on("silent.test", late(how::silence));
    found forged;
    std::thread other([&] { forged = ask(server, "forged.test"); });
    auto const silent = ask(server, "silent.test");
    other.join();

    EXPECT_THAT(forged.addresses, ElementsAre("127.0.0.2"));
    EXPECT_THAT(silent.addresses, ElementsAre("127.0.0.2"));
    EXPECT_EQ(server.questions("silent.test", type_a), 2u);
}

TEST(ScriptedDns, TruncatedAnswersComeByTcp) {
    scripted_dns server;
    std::vector<std::string> many;
    for (int i = 1; i <= 200; ++i)
        many.push_back("127.0.1." + std::to_string(i));
    server.on("long.test", dns_answer::of(how::truncated, many));

    EXPECT_EQ(ask(server, "long.test").addresses, many);
    EXPECT_EQ(server.by_tcp(), 2u);
    EXPECT_EQ(server.questions("long.test", type_a), 1u);
}

TEST(ScriptedDns, AliasesLeadToTheAddresses) {
    scripted_dns server;
    auto chain = dns_answer::of({"127.0.0.9"});
    chain.aliases = {"b.elsewhere.test", "c.test"};
    server.on("a.test", chain);

    EXPECT_THAT(ask(server, "a.test").addresses, ElementsAre("127.0.0.9"));
}

TEST(ScriptedDns, AnswersInTurnAndAsChosen) {
    scripted_dns server;
    server.on("flip.test", {dns_answer::of({"127.0.0.2"}), dns_answer::of({"127.0.0.3", "::1"})});
    server.otherwise([](dns_question const& asked) {
        return dns_answer::of({"127.0.0." + std::to_string(asked.name.size())});
    });

    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(ask(server, "flip.test").addresses, ElementsAre("127.0.0.2"));
        EXPECT_THAT(ask(server, "flip.test").addresses, ElementsAre("127.0.0.3", "::1"));
    }
    EXPECT_THAT(ask(server, "any.test").addresses, ElementsAre("127.0.0.8"));
}

TEST(DnsMessage, ReadsNothingFromWhatIsNoQuestion) {
    auto const header = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
    auto const question = std::string("\1a\4test\0\0\1\0\1", 12);
    ASSERT_TRUE(read_question(header + question));
    EXPECT_EQ(read_question(header + question)->name, "a.test");
    for (std::size_t n = 0; n < header.size() + question.size(); ++n)
        EXPECT_FALSE(read_question((header + question).substr(0, n))) << n;
    EXPECT_FALSE(read_question(header + std::string("\xc0\x0c\0\1\0\1", 6)));
    EXPECT_FALSE(read_question(header + std::string("\1a\0\0\1\0\3", 7)));  // class CHAOS
}

TEST(DnsMessage, CarriesTheTimeToLive) {
    auto const query = std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\1a\0\0\1\0\1", 19);
    auto said = dns_answer::of({"127.0.0.1"});
    said.ttl = 0x01020304;

    auto const answer = write_answer(query, *read_question(query), said);

    EXPECT_EQ(answer.substr(19), std::string("\1a\0\0\1\0\1\1\2\3\4\0\4\x7f\0\0\1", 17));
    EXPECT_THAT(write_answer(query, *read_question(query), dns_answer::of(how::silence)), IsEmpty());
}

}  // namespace
}  // namespace fetchd::test
