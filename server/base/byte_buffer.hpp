// Bytes that came from a socket and were not used yet: one block, a readable part and room behind it.
//
// Starts small, because most connections wait; grows on demand up to the limit the caller gives. Views into
// it are good until the next room() or shrink().
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace fetchd {

class byte_buffer {
  public:
    explicit byte_buffer(std::size_t initial) : initial_(initial) {}

    std::string_view view() const { return {block_.get() + begin_, end_ - begin_}; }
    std::size_t size() const { return end_ - begin_; }
    bool empty() const { return begin_ == end_; }
    std::size_t capacity() const { return capacity_; }

    // Writable room: what is left behind the data, after moving it to the front. When less than a quarter is
    // left the block is doubled, up to `limit` bytes in all; empty when even that is full.
    std::span<char> room(std::size_t limit) {
        if (!block_)
            reallocate(std::min(initial_, limit));
        if (begin_ > 0) {
            std::memmove(block_.get(), block_.get() + begin_, size());
            end_ -= begin_;
            begin_ = 0;
        }
        if (capacity_ - end_ < capacity_ / 4 && capacity_ < limit)
            reallocate(std::min(capacity_ * 2, limit));
        return {block_.get() + end_, std::min(capacity_, std::max(limit, end_)) - end_};
    }
    void commit(std::size_t n) { end_ += n; }
    void consume(std::size_t n) {
        begin_ += n;
        if (begin_ == end_)
            begin_ = end_ = 0;
    }

    void grow_to(std::size_t bytes) {
        if (bytes > capacity_)
            reallocate(bytes);
    }

    // Gives the block back when nothing is in it and it is larger than `keep` bytes.
    void shrink(std::size_t keep) {
        if (empty() && capacity_ > keep) {
            block_.reset();
            capacity_ = 0;
        }
    }

  private:
    void reallocate(std::size_t bytes) {
        auto block = std::make_unique_for_overwrite<char[]>(bytes);
        if (auto const n = size()) {
            std::memcpy(block.get(), block_.get() + begin_, n);
            end_ = n;
        } else {
            end_ = 0;
        }
        begin_ = 0;
        block_ = std::move(block);
        capacity_ = bytes;
    }

    std::size_t initial_;
    std::unique_ptr<char[]> block_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace fetchd
