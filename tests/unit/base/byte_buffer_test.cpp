#include "base/byte_buffer.hpp"

#include <gtest/gtest.h>

namespace {

using fetchd::byte_buffer;

// As a read does: into the room there is, as much as fits.
std::size_t receive(byte_buffer& b, std::string_view bytes, std::size_t limit) {
    auto const room = b.room(limit);
    auto const n = std::min(room.size(), bytes.size());
    std::copy_n(bytes.data(), n, room.data());
    b.commit(n);
    return n;
}

TEST(ByteBuffer, HoldsNothingUntilItIsReadInto) {
    byte_buffer b(16);
    EXPECT_TRUE(b.empty());
    EXPECT_EQ(b.capacity(), 0U);
    EXPECT_EQ(b.view(), "");
    EXPECT_EQ(b.room(64).size(), 16U);
    EXPECT_EQ(b.capacity(), 16U);
}

TEST(ByteBuffer, GivesBackWhatCameInInPieces) {
    byte_buffer b(16);
    EXPECT_EQ(receive(b, "hello ", 64), 6U);
    EXPECT_EQ(receive(b, "world", 64), 5U);
    EXPECT_EQ(b.view(), "hello world");
    b.consume(6);
    EXPECT_EQ(b.view(), "world");
    EXPECT_EQ(b.size(), 5U);
    b.consume(5);
    EXPECT_TRUE(b.empty());
}

TEST(ByteBuffer, MovesToTheFrontBeforeItGrows) {
    byte_buffer b(16);
    receive(b, "0123456789abcdef", 64);
    b.consume(12);
    EXPECT_EQ(b.room(64).size(), 12U);
    EXPECT_EQ(b.capacity(), 16U);
    EXPECT_EQ(b.view(), "cdef");
}

TEST(ByteBuffer, DoublesWhenLessThanAQuarterIsLeft) {
    byte_buffer b(16);
    receive(b, "0123456789ab", 64);  // a quarter is left
    EXPECT_EQ(b.room(64).size(), 4U);
    b.commit(1);
    EXPECT_EQ(b.room(64).size(), 19U);
    EXPECT_EQ(b.capacity(), 32U);
    EXPECT_EQ(b.view().substr(0, 12), "0123456789ab");
}

TEST(ByteBuffer, HoldsExactlyTheLimit) {
    for (std::size_t const limit : {15U, 16U, 17U, 31U, 33U, 100U}) {
        byte_buffer b(16);
        std::string const all(200, 'x');
        std::size_t taken = 0;
        while (auto const n = receive(b, std::string_view(all).substr(taken), limit))
            taken += n;
        EXPECT_EQ(taken, limit);
        EXPECT_EQ(b.size(), limit);
        EXPECT_TRUE(b.room(limit).empty());
        EXPECT_EQ(b.room(limit + 1).size(), 1U) << "one more where one more may be";
    }
}

TEST(ByteBuffer, GivesNoRoomBeyondALimitSmallerThanWhatItHolds) {
    byte_buffer b(64);
    receive(b, std::string(40, 'x'), 64);
    EXPECT_TRUE(b.room(20).empty());
    EXPECT_EQ(b.size(), 40U);
    b.consume(30);
    EXPECT_EQ(b.room(20).size(), 10U);
}

TEST(ByteBuffer, GrowsToWhatIsAskedAndKeepsItsBytes) {
    byte_buffer b(8);
    receive(b, "abcdefgh", 64);
    b.consume(2);
    b.grow_to(4);
    EXPECT_EQ(b.capacity(), 8U);
    b.grow_to(1024);
    EXPECT_EQ(b.capacity(), 1024U);
    EXPECT_EQ(b.view(), "cdefgh");
}

TEST(ByteBuffer, ShrinksOnlyWhenEmptyAndTooLarge) {
    byte_buffer b(8);
    b.grow_to(64);
    receive(b, "x", 64);
    b.shrink(8);
    EXPECT_EQ(b.capacity(), 64U) << "something is in it";
    b.consume(1);
    b.shrink(64);
    EXPECT_EQ(b.capacity(), 64U) << "it may keep as much";
    b.shrink(63);
    EXPECT_EQ(b.capacity(), 0U);
    EXPECT_EQ(receive(b, "again", 64), 5U);
    EXPECT_EQ(b.view(), "again");
    EXPECT_EQ(b.capacity(), 8U) << "it starts small again";
}

}  // namespace
