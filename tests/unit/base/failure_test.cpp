#include "base/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {

using namespace fetchd;
using pair_of_names = std::pair<std::string, std::string>;

constexpr auto last_stage = stage::store;
constexpr auto last_code = code::version_refused;
constexpr auto last_verdict = verdict::cancelled;

template <class Enum>
std::vector<std::string> names_up_to(Enum last) {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(last); ++i)
        names.emplace_back(name(static_cast<Enum>(i)));
    return names;
}

std::set<pair_of_names> pairs_in_the_table() {
    std::set<pair_of_names> pairs;
    for (auto const& kind : all_failure_kinds())
        pairs.emplace(name(kind.where), name(kind.what));
    return pairs;
}

// What the source makes failures of: each pair written down, and both reasons of every scope::why().
std::set<pair_of_names> pairs_in_the_source() {
    std::regex const written(R"(stage::(\w+),\s*code::(\w+))");
    std::regex const asked(R"(why\(stage::(\w+)\))");
    std::set<pair_of_names> pairs;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(FETCHD_SOURCE_DIR "/server")) {
        if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp")
            continue;
        std::stringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        auto const source = text.str();
        for (std::sregex_iterator at(source.begin(), source.end(), written), end; at != end; ++at)
            pairs.emplace((*at)[1], (*at)[2]);
        for (std::sregex_iterator at(source.begin(), source.end(), asked), end; at != end; ++at) {
            pairs.emplace((*at)[1], "timeout");
            pairs.emplace((*at)[1], "cancelled");
        }
    }
    return pairs;
}

TEST(FailureTable, HasEveryPairTheSourceMakes) {
    auto const known = pairs_in_the_table();
    auto const made = pairs_in_the_source();
    EXPECT_GT(made.size(), 40U) << "the scan finds less than there is";
    for (auto const& pair : made)
        EXPECT_TRUE(known.count(pair)) << pair.first << "." << pair.second << " is not in failure.cpp";
}

// Made where the stage or the code is chosen when it happens, which a scan cannot see.
std::set<pair_of_names> pairs_chosen() {
    return {
        // net/exchange.cpp: of an error code, at the stage that was reached.
        {"request", "failed"},
        {"request", "reset"},
        {"head", "closed"},
        {"head", "reset"},
        // net/address_guard.hpp: of a judgement.
        {"egress", "own_listener"},
        // worker/supervisor.cpp: problem().
        {"process", "overloaded"},
    };
}

TEST(FailureTable, HasThePairsThatAreChosen) {
    auto const known = pairs_in_the_table();
    for (auto const& pair : pairs_chosen())
        EXPECT_TRUE(known.count(pair)) << pair.first << "." << pair.second;
}

TEST(FailureTable, HasNoPairThatNothingMakes) {
    auto const written = pairs_in_the_source();
    auto const chosen = pairs_chosen();
    for (auto const& pair : pairs_in_the_table())
        EXPECT_EQ(written.count(pair) + chosen.count(pair), 1U)
            << pair.first << "." << pair.second << " is made nowhere, or listed for nothing";
}

TEST(FailureTable, IsSortedByStageThenCodeWithoutDuplicates) {
    auto const kinds = all_failure_kinds();
    ASSERT_FALSE(kinds.empty());
    for (std::size_t i = 1; i < kinds.size(); ++i) {
        auto const before = std::pair(kinds[i - 1].where, name(kinds[i - 1].what));
        auto const after = std::pair(kinds[i].where, name(kinds[i].what));
        EXPECT_LT(before, after) << name(kinds[i].where) << "." << after.second;
    }
}

TEST(FailureTable, SaysASentenceAndAStatusForEach) {
    std::set<std::string_view> sentences;
    for (auto const& kind : all_failure_kinds()) {
        auto const which = std::string(name(kind.where)) + "." + std::string(name(kind.what));
        ASSERT_GT(kind.sentence.size(), 10U) << which;
        EXPECT_EQ(kind.sentence.back(), '.') << which;
        EXPECT_TRUE(kind.sentence.front() >= 'A' && kind.sentence.front() <= 'Z') << which;
        EXPECT_EQ(kind.sentence.find("  "), kind.sentence.npos) << which;
        EXPECT_TRUE(sentences.insert(kind.sentence).second) << which << " says what another one says";
        EXPECT_GE(kind.status, 400) << which;
        EXPECT_LE(kind.status, 599) << which;
    }
}

TEST(FailureTable, AdviceFitsCodeAndStatus) {
    for (auto const& kind : all_failure_kinds()) {
        auto const which = std::string(name(kind.where)) + "." + std::string(name(kind.what));
        EXPECT_EQ(kind.what == code::cancelled, kind.advice == verdict::cancelled) << which;
        EXPECT_EQ(kind.status == 499, kind.advice == verdict::cancelled) << which;
        EXPECT_EQ(kind.status == 503, kind.advice == verdict::overloaded) << which;
        EXPECT_EQ(kind.status == 504, kind.what == code::timeout) << which;
    }
}

TEST(FailureNames, AreWordsAndDifferent) {
    for (auto const& names : {names_up_to(last_stage), names_up_to(last_code), names_up_to(last_verdict)}) {
        EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
        for (auto const& n : names)
            EXPECT_TRUE(std::regex_match(n, std::regex("[a-z]+(_[a-z]+)*"))) << n;
    }
    EXPECT_EQ(name(last_stage), "store");
    EXPECT_EQ(name(last_code), "version_refused");
    EXPECT_EQ(name(last_verdict), "cancelled");
}

TEST(FailureNames, AreInTheOrderOfTheEnumerators) {
    EXPECT_EQ(name(stage::admission), "admission");
    EXPECT_EQ(name(stage::egress), "egress");
    EXPECT_EQ(name(code::bad_certificate), "bad_certificate");
    EXPECT_EQ(name(code::malformed), "malformed");
    EXPECT_EQ(name(code::timeout), "timeout");
    EXPECT_EQ(name(verdict::retry), "retry");
    auto const codes = names_up_to(last_code);
    EXPECT_TRUE(std::is_sorted(codes.begin(), codes.end()));
}

TEST(Failure, FindsItsRow) {
    failure const f(stage::connect, code::refused, "127.0.0.1 port 1");
    EXPECT_EQ(f.kind().status, 502);
    EXPECT_EQ(f.advice(), verdict::retry);
    EXPECT_TRUE(f.retryable());
    EXPECT_EQ(f.message(),
              "The connection was refused, nothing listens there: check address and port, or try again "
              "later. (127.0.0.1 port 1)");
    EXPECT_EQ(failure(stage::head, code::redirect_loop).message(),
              "The origin redirects in a circle: if it waits for a cookie, name a session.");
    EXPECT_FALSE(failure(stage::head, code::redirect_loop).retryable());
    EXPECT_TRUE(failure(stage::process, code::overloaded).retryable());
    EXPECT_FALSE(failure(stage::body, code::cancelled).retryable());
}

TEST(Failure, WithoutARowIsAnInternalError) {
    EXPECT_EQ(failure(stage::robots, code::corrupt).kind().status, 500);
}

TEST(Result, ThrowsAProgrammingErrorWhenTheFailureWasNotLookedAt) {
    result<int> const r = failure(stage::dns, code::not_found, "nowhere.test");
    EXPECT_THROW((void)r.value(), std::logic_error);
}

}  // namespace
