#include "worker/frame.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

namespace fetchd::worker {
namespace {

using limits = request_limits;

tasks::request full_request() {
    tasks::request r;
    r.names = {"markdown", "links"};
    r.json = true;
    r.settings = {{"markdown", "links", "drop"}, {"select", "fields", std::string("{\0}", 3)}};
    r.fields = {{"X-Robots-Tag", "noindex"}};
    r.content_type = std::string("text/html; charset=\0x", 21);
    r.no_sniff = true;
    r.content_encoding = {"gzip", "br"};
    r.base_url = "https://example.org/";
    r.max_decoded = 123;
    r.max_output = ~std::size_t{0};
    r.max_ratio = 2.5;
    return r;
}

TEST(RequestFrame, SaysAgainWhatItWasTold) {
    auto const r = full_request();

    auto const again = decode_request(*encode(r));

    ASSERT_TRUE(again);
    EXPECT_EQ(again->names, r.names);
    EXPECT_EQ(again->json, r.json);
    ASSERT_EQ(again->settings.size(), 2U);
    EXPECT_EQ(again->settings[0].task, "markdown");
    EXPECT_EQ(again->settings[0].name, "links");
    EXPECT_EQ(again->settings[1].value, r.settings[1].value);
    ASSERT_EQ(again->fields.size(), 1U);
    EXPECT_EQ(again->fields[0].name, "X-Robots-Tag");
    EXPECT_EQ(again->fields[0].value, "noindex");
    EXPECT_EQ(again->content_type, r.content_type);
    EXPECT_EQ(again->no_sniff, r.no_sniff);
    EXPECT_EQ(again->content_encoding, r.content_encoding);
    EXPECT_EQ(again->base_url, r.base_url);
    EXPECT_EQ(again->max_decoded, r.max_decoded);
    EXPECT_EQ(again->max_output, r.max_output);
    EXPECT_EQ(again->max_ratio, r.max_ratio);
}

TEST(RequestFrame, EveryTruncationAndEveryExtraByteIsRefused) {
    auto const head = *encode(full_request());
    for (std::size_t n = 0; n < head.size(); ++n)
        EXPECT_FALSE(decode_request(std::string_view(head).substr(0, n))) << n;
    EXPECT_FALSE(decode_request(head + '\0'));
}

// Each limit, one below, at and one over it, on both sides.
template <class Set>
void expect_limit(std::size_t limit, Set set) {
    for (auto const n : {limit - 1, limit, limit + 1}) {
        tasks::request r;
        set(r, n);
        auto const head = encode(r);
        EXPECT_EQ(head.has_value(), n <= limit) << n;
        if (head.has_value()) {
            EXPECT_TRUE(decode_request(*head)) << n;
        }
    }
}

TEST(RequestFrame, LimitsAreExact) {
    expect_limit(limits::names, [](auto& r, std::size_t n) { r.names.assign(n, "x"); });
    expect_limit(limits::name, [](auto& r, std::size_t n) { r.names = {std::string(n, 'x')}; });
    expect_limit(limits::settings, [](auto& r, std::size_t n) { r.settings.assign(n, {"t", "o", "v"}); });
    expect_limit(limits::setting, [](auto& r, std::size_t n) {
        r.settings = {{"t", "o", std::string(n, 'x')}};
    });
    expect_limit(limits::fields, [](auto& r, std::size_t n) { r.fields.assign(n, {"Link", "x"}); });
    expect_limit(limits::field, [](auto& r, std::size_t n) { r.fields = {{"Link", std::string(n, 'x')}}; });
    expect_limit(limits::content_type, [](auto& r, std::size_t n) { r.content_type.assign(n, 'x'); });
    expect_limit(limits::encodings, [](auto& r, std::size_t n) { r.content_encoding.assign(n, "x"); });
    expect_limit(limits::encoding,
                 [](auto& r, std::size_t n) { r.content_encoding = {std::string(n, 'x')}; });
    expect_limit(limits::base_url, [](auto& r, std::size_t n) { r.base_url.assign(n, 'x'); });
}

// A hostile encoder does not keep to the limits: the same counts, written by hand.
std::string raw_request(std::uint32_t names, std::uint32_t name_bytes, std::size_t present) {
    std::string s;
    s.append(reinterpret_cast<char const*>(&names), sizeof names);
    for (std::uint32_t i = 0; i < names && i < 100; ++i) {
        s.append(reinterpret_cast<char const*>(&name_bytes), sizeof name_bytes);
        s.append(present, 'n');
    }
    auto const rest = *encode(tasks::request());
    return s + rest.substr(sizeof names);
}

TEST(RequestFrame, DecoderHoldsTheLimitsItself) {
    EXPECT_TRUE(decode_request(raw_request(limits::names, 1, 1)));
    EXPECT_FALSE(decode_request(raw_request(limits::names + 1, 1, 1)));
    EXPECT_TRUE(decode_request(raw_request(1, limits::name, limits::name)));
    EXPECT_FALSE(decode_request(raw_request(1, limits::name + 1, limits::name + 1)));
    EXPECT_FALSE(decode_request(raw_request(~0U, 1, 1)));
    EXPECT_FALSE(decode_request(raw_request(1, ~0U, 1)));
}

TEST(RequestFrame, WholeHeadHasALimit) {
    tasks::request r;
    r.base_url.assign(limits::base_url, 'x');
    r.content_type.assign(limits::content_type, 'x');
    r.settings = {{"select", "fields", std::string(limits::setting, 'x')}};
    r.content_encoding = {std::string(limits::encoding, 'x')};
    auto const rest = limits::head - encode(r)->size() - 4;
    ASSERT_LT(rest, limits::encoding);
    for (auto const n : {rest - 1, rest, rest + 1}) {
        r.content_encoding = {std::string(limits::encoding, 'x'), std::string(n, 'x')};
        EXPECT_EQ(encode(r).has_value(), n <= rest) << n;
    }
    EXPECT_EQ(encode(r).error().what, code::too_large);
    EXPECT_FALSE(decode_request(std::string(limits::head + 1, '\0')));
}

answer_head full_answer() {
    answer_head a;
    a.ok = false;
    a.where = stage::decode;
    a.what = code::corrupt;
    a.detail = "gr\xc3\xbc\xc3\x9f";
    a.made_by = "thumbnail";
    a.output_type = "image/webp";
    a.content_type = "text/html";
    a.content_type_source = "sniffed";
    a.charset = "windows-1252";
    a.charset_source = "header";
    a.decoded_bytes = 77;
    a.cpu_us = 88;
    return a;
}

TEST(AnswerFrame, SaysAgainWhatItWasTold) {
    auto const a = full_answer();

    auto const again = decode_answer(encode(a));

    ASSERT_TRUE(again);
    EXPECT_FALSE(again->ok);
    EXPECT_EQ(again->where, a.where);
    EXPECT_EQ(again->what, a.what);
    EXPECT_EQ(again->detail, a.detail);
    EXPECT_EQ(again->made_by, a.made_by);
    EXPECT_EQ(again->output_type, a.output_type);
    EXPECT_EQ(again->content_type, a.content_type);
    EXPECT_EQ(again->content_type_source, a.content_type_source);
    EXPECT_EQ(again->charset, a.charset);
    EXPECT_EQ(again->charset_source, a.charset_source);
    EXPECT_EQ(again->decoded_bytes, a.decoded_bytes);
    EXPECT_EQ(again->cpu_us, a.cpu_us);
}

TEST(AnswerFrame, EveryTruncationAndEveryExtraByteIsRefused) {
    auto const head = encode(full_answer());
    for (std::size_t n = 0; n < head.size(); ++n)
        EXPECT_FALSE(decode_answer(std::string_view(head).substr(0, n))) << n;
    EXPECT_FALSE(decode_answer(head + '\0'));
}

TEST(AnswerFrame, WordsThatWouldBreakOutOfJsonOrAHeaderAreRefused) {
    for (auto const* word : {"text/html\"", "a\\b", "a b", "a\r\nb", "\x7f", "caf\xc3\xa9"}) {
        auto a = full_answer();
        a.content_type = word;
        EXPECT_FALSE(decode_answer(encode(a))) << word;
        a = full_answer();
        a.content_type_source = word;
        EXPECT_FALSE(decode_answer(encode(a))) << word;
        a = full_answer();
        a.charset = word;
        EXPECT_FALSE(decode_answer(encode(a))) << word;
        a = full_answer();
        a.charset_source = word;
        EXPECT_FALSE(decode_answer(encode(a))) << word;
    }
}

TEST(AnswerFrame, OnlyFailuresOfTheListAreBelieved) {
    auto a = full_answer();
    a.where = stage::admission;  // not a worker's business
    a.what = code::bad_url;
    EXPECT_FALSE(decode_answer(encode(a)));
    a.where = stage::decode;
    a.what = code::redirect_loop;  // no such pair
    EXPECT_FALSE(decode_answer(encode(a)));
    a.where = static_cast<stage>(200);
    a.what = static_cast<code>(200);
    EXPECT_FALSE(decode_answer(encode(a)));
    a = full_answer();
    a.detail = "\xff";
    EXPECT_FALSE(decode_answer(encode(a)));
}

TEST(AnswerFrame, LongDetailIsCutBetweenCharacters) {
    auto a = full_answer();
    a.detail.assign(answer_limits::detail - 1, 'x');
    a.detail += "\xc3\xbc";
    auto const again = decode_answer(encode(a));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->detail, std::string(answer_limits::detail - 1, 'x'));
}

TEST(AnswerFrame, WholeHeadHasALimit) {
    auto head = encode(full_answer());
    head.resize(answer_limits::head + 1);
    EXPECT_FALSE(decode_answer(head));
}

class AreaFrame : public testing::Test {
  protected:
    std::string part = std::string(4096, '\0');
    frame_limits limit{256, 1U << 20U};

    std::optional<frame> written(prologue const& p) {
        std::memcpy(part.data(), &p, sizeof p);
        return read_frame(part, limit);
    }
};

TEST_F(AreaFrame, SaysAgainWhatItWasTold) {
    write_frame(part, 42, "head", 100);
    auto const f = read_frame(part, limit);
    ASSERT_TRUE(f);
    EXPECT_EQ(f->head, "head");
    EXPECT_EQ(f->first.sequence, 42U);
    EXPECT_EQ(f->first.payload_bytes, 100U);
}

TEST_F(AreaFrame, HeadLimitIsExact) {
    for (auto const n : {limit.head - 1, limit.head, limit.head + 1}) {
        prologue p;
        p.head_bytes = static_cast<std::uint32_t>(n);
        EXPECT_EQ(written(p).has_value(), n <= limit.head) << n;
    }
}

TEST_F(AreaFrame, PayloadEndsAtTheEndOfThePart) {
    auto const room = part.size() - payload_offset(10);
    for (auto const n :
         {room - 1, room, room + 1, ~std::size_t{0}, ~std::size_t{0} - payload_offset(10) + 1}) {
        prologue p;
        p.head_bytes = 10;
        p.payload_bytes = n;
        EXPECT_EQ(written(p).has_value(), n <= room) << n;
    }
}

TEST_F(AreaFrame, PayloadLimitIsExactWhereThePartHasRoomForMore) {
    limit.payload = 1000;
    for (auto const n : {limit.payload - 1, limit.payload, limit.payload + 1}) {
        prologue p;
        p.payload_bytes = n;
        EXPECT_EQ(written(p).has_value(), n <= limit.payload) << n;
        EXPECT_TRUE(fits(part.size(), 0, n));
    }
}

TEST_F(AreaFrame, HeadPastASmallPartIsRefused) {
    prologue p;
    p.head_bytes = 256;
    std::memcpy(part.data(), &p, sizeof p);
    auto const needed = sizeof p + 256;
    for (std::size_t n = 0; n < needed; ++n)
        EXPECT_FALSE(read_frame(std::span<char const>(part.data(), n), limit)) << n;
}

TEST_F(AreaFrame, UnknownMagicIsRefused) {
    EXPECT_TRUE(written(prologue()));
    prologue p;
    p.magic ^= 1U;
    EXPECT_FALSE(written(p));
}

TEST(ZygoteMessage, ReportOnTheSandboxSaysAgainWhatItWasTold) {
    sandbox_report r;
    r[layer::landlock] = ENOSYS;
    r[layer::empty_root] = sandbox_report::switched_off;
    auto const bytes = std::string(bytes_of(r));
    auto const again = decode_sandbox_report(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->state, r.state);
    EXPECT_TRUE(again->has(layer::seccomp));
    EXPECT_FALSE(again->has(layer::landlock));
    EXPECT_FALSE(again->complete());
    EXPECT_EQ(again->cause(layer::landlock), "ENOSYS (Function not implemented)");
    EXPECT_EQ(again->cause(layer::empty_root), "switched off");
    EXPECT_TRUE(sandbox_report().complete());
    for (std::size_t n = 0; n < bytes.size(); ++n)
        EXPECT_FALSE(decode_sandbox_report(std::string_view(bytes).substr(0, n)));
    EXPECT_FALSE(decode_sandbox_report(bytes + "x"));
    r.magic = 0;
    EXPECT_FALSE(decode_sandbox_report(bytes_of(r)));
}

TEST(ZygoteMessage, OnlyExactSizesAndKnownEventsAreRead) {
    zygote_report r;
    r.what = zygote_report::event::exited;
    r.slot = 7;
    auto const bytes = std::string(bytes_of(r));
    ASSERT_TRUE(decode_report(bytes));
    EXPECT_EQ(decode_report(bytes)->slot, 7U);
    for (std::size_t n = 0; n < bytes.size(); ++n)
        EXPECT_FALSE(decode_report(std::string_view(bytes).substr(0, n)));
    EXPECT_FALSE(decode_report(bytes + "x"));
    for (unsigned const what : {0U, 4U, ~0U}) {
        r.what = static_cast<zygote_report::event>(what);
        EXPECT_FALSE(decode_report(bytes_of(r)));
    }
    spawn_order o;
    EXPECT_TRUE(decode_order(bytes_of(o)));
    o.magic = 0;
    EXPECT_FALSE(decode_order(bytes_of(o)));
    EXPECT_FALSE(decode_order(bytes));
}

}  // namespace
}  // namespace fetchd::worker
