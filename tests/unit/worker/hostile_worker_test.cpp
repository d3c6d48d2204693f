// Workers taken over by their document: nothing they write is believed.
#include "unit/worker/lane_fixture.hpp"
#include "worker/text_check.hpp"

namespace fetchd::worker {
namespace {

class HostileWorker : public Lane {
  protected:
    void expect_malformed(std::string const& task, std::string const& body) {
        auto const v = ask(task, body);
        ASSERT_FALSE(v) << task << " " << body.substr(0, 80);
        EXPECT_EQ(v.error().what, code::malformed) << task << ": " << v.error().message();
        EXPECT_EQ(echo("after"), "after");
    }
};

TEST_F(HostileWorker, WildLengthsAreMalformed) {
    start(settings());
    for (auto const* lie : {"head_bytes", "head_past_part", "payload_bytes", "payload_past_part", "magic",
                            "sequence", "half_head"})
        expect_malformed("lie", lie);
}

// Whatever it writes to, main frees; no answer says how much that is.
TEST_F(HostileWorker, PagesItShouldNotHaveTouchedAreGivenBack) {
    auto c = settings();
    c.count = 1;
    start(c);
    for (int i = 0; i < 3; ++i) {
        auto const v = ask("squat", "small");
        ASSERT_TRUE(v) << v.error().message();
        EXPECT_EQ(v->outcome.output, "small");
        run_until([&] { return lane().numbers().busy == 0; });
        EXPECT_LE(areas_in_memory(), c.area_bytes + 4096);
    }
    EXPECT_EQ(lane().numbers().restarts, 0U);
}

TEST_F(HostileWorker, RingingWithoutBeingAskedEndsTheWorker) {
    auto c = settings();
    c.count = 1;
    start(c);

    auto const v = ask("lie_bell", "");

    ASSERT_TRUE(v) << v.error().message();  // its first answer was a proper one
    EXPECT_EQ(v->outcome.output, "8 bytes!");
    run_until([&] { return ask("echo", "after").has_value(); });
    EXPECT_GE(lane().numbers().restarts, 1U);
}

// It answers in full and goes on writing; the next document at it may wait for nothing.
TEST_F(HostileWorker, ScribblingWhileTheAnswerIsReadGivesAJudgedCopyOrAFailure) {
    auto c = settings();
    c.task_timeout = milliseconds(200);
    start(c);
    for (int i = 0; i < 10; ++i) {
        auto const v = ask("scribble", std::to_string(i));
        if (v) {
            EXPECT_TRUE(valid_utf8(v->outcome.output));
            continue;
        }
        EXPECT_TRUE(v.error().what == code::malformed || v.error().what == code::timeout)
            << v.error().message();
    }
    run_until([&] { return ask("echo", "after").has_value(); });
}

TEST_F(HostileWorker, OutputThatIsNotUtf8IsMalformed) {
    start(settings());
    EXPECT_TRUE(ask("say", "caf\xc3\xa9"));
    expect_malformed("say", "caf\xe9");
    expect_malformed("say", "caf\xc3");
}

TEST_F(HostileWorker, OneOutputIsJudgedByWhatItsTaskMakes) {
    start(settings());
    EXPECT_TRUE(ask("say_bytes", "caf\xe9"));
    EXPECT_TRUE(ask("say_json", "[1]"));
    expect_malformed("say_json", "[1");
    expect_malformed("say_other", "of another task");
    expect_malformed("say_other", "json");
}

TEST_F(HostileWorker, Utf8IsJudgedAcrossSlices) {
    start(settings());
    auto const ascii = text_of(131'071, 0);
    EXPECT_TRUE(ask("say", ascii + "\xc3\xa9 and so on"));
    expect_malformed("say", ascii + "\xc3 and so on");
}

TEST_F(HostileWorker, JsonThatIsNoneIsMalformed) {
    start(settings());
    auto const good = ask("json_say", R"(["a",{"b":null}])");
    ASSERT_TRUE(good) << good.error().message();
    EXPECT_EQ(good->outcome.output, R"(["a",{"b":null}])");
    for (auto const* bad : {"", "{", "[1,]", "{}{", "1},\"x\":{", "\"\xff\"", "nul", "1,2 3"})
        expect_malformed("json_say", bad);
    expect_malformed("json_say", std::string(100'000, '['));
}

TEST_F(HostileWorker, TaskThatWritesNoJsonIsMalformed) {
    start(settings());
    EXPECT_EQ(ask("json_raw", "[1]")->outcome.output, R"({"json_raw":[1]})");
    expect_malformed("json_raw", "[1");
    expect_malformed("json_raw", "1},\"x\":{");
}

}  // namespace
}  // namespace fetchd::worker
