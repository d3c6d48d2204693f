#include "worker/area.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "worker/frame.hpp"

namespace fetchd::worker {
namespace {

workers_config settings() {
    workers_config c;
    c.max_input = 1'000'000;
    c.max_output = 3'000'000;
    c.area_bytes = 256 * 1024;
    return c;
}

TEST(Area, HasRoomForTheLargestDocumentAndAnswerWithTheLargestHeads) {
    auto const c = settings();
    auto const shape = area_shape::of(c);
    EXPECT_TRUE(fits(shape.request, request_limits::head, c.max_input));
    EXPECT_TRUE(fits(shape.answer, answer_limits::head, c.max_output));
    EXPECT_LT(shape.whole(), c.max_input + c.max_output + 96 * 1024);
}

TEST(Area, NobodyCanResizeIt) {
    auto const shape = area_shape::of(settings());
    auto const fd = area::make(shape);
    ASSERT_TRUE(fd);
    EXPECT_NE(::ftruncate(fd->get(), 0), 0);
    EXPECT_NE(::ftruncate(fd->get(), static_cast<off_t>(shape.whole()) + 4096), 0);
    EXPECT_NE(::fcntl(fd->get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
}

TEST(Area, AnotherSizeIsRefused) {
    auto const shape = area_shape::of(settings());
    auto larger = shape;
    larger.answer += 4096;
    EXPECT_FALSE(area::map(std::move(*area::make(shape)), larger));
    EXPECT_FALSE(area::map(std::move(*area::make(larger)), shape));
    EXPECT_TRUE(area::map(std::move(*area::make(shape)), shape));
}

TEST(Area, MemoryWithoutSealsIsRefused) {
    auto const shape = area_shape::of(settings());
    auto fd = descriptor(::memfd_create("area", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::ftruncate(fd.get(), static_cast<off_t>(shape.whole())), 0);
    EXPECT_FALSE(area::map(std::move(fd), shape));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    EXPECT_FALSE(area::map(descriptor(ends[0]), shape));
    ::close(ends[1]);
}

TEST(Area, TakesMemoryForWhatIsWrittenAndGivesItBack) {
    auto const shape = area_shape::of(settings());
    auto const a = area::map(std::move(*area::make(shape)), shape);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->in_memory(), 0U);
    EXPECT_FALSE(a->holds_more_than(0));
    a->answer()[0] = 'a';
    a->answer()[3 * 4096] = 'b';
    a->request().back() = 'c';
    EXPECT_EQ(a->in_memory(), 3 * 4096U);
    EXPECT_TRUE(a->holds_more_than(4096 / 2));

    area::drop(a->answer().subspan(4096));

    EXPECT_EQ(a->in_memory(), 2 * 4096U);
    EXPECT_EQ(a->answer()[0], 'a');
    EXPECT_EQ(a->answer()[3 * 4096], '\0');
    EXPECT_EQ(a->request().back(), 'c');
}

// In the kept part, across its end, and past it.
TEST(Area, WhatIsPutAndTakenIsTheSameWhereverItLies) {
    auto c = settings();
    c.max_output = c.max_input;
    auto const shape = area_shape::of(c);
    auto const a = area::map(std::move(*area::make(shape)), shape);
    ASSERT_TRUE(a);
    std::string text(100'000, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>('a' + i * i % 23);
    for (auto const at : {std::size_t{0}, shape.kept - 50'000, shape.kept - 1, shape.kept, shape.kept + 1,
                          shape.request - text.size()}) {
        a->put(at, text);
        EXPECT_TRUE(std::string_view(a->request().data() + at, text.size()) == text) << at;
        std::copy(text.begin(), text.end(), a->answer().begin() + static_cast<std::ptrdiff_t>(at % 200'000));
        std::string out = "before ";
        a->take(at % 200'000, text.size(), out);
        EXPECT_TRUE(out == "before " + text) << at;
    }
}

}  // namespace
}  // namespace fetchd::worker
