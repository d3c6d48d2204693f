// One directory of a TIFF or Exif block: its tags by number.
#pragma once

#include <optional>
#include <string>

#include "worker/tasks/image_bytes.hpp"
#include "worker/tasks/image_facts.hpp"

namespace fetchd::tasks::image {

// A view of the block, which must outlive it. A directory that does not lie in the block has no tags.
class tags {
  public:
    static std::optional<tags> first(std::string_view block);  // nothing: the block is none
    tags at(std::size_t offset) const;                         // another one in the same block
    std::uint32_t next() const;                                // offset of the one after this; 0: none

    bool empty() const { return count_ == 0; }
    bool has(unsigned tag) const { return find(tag) != 0; }
    std::optional<std::uint32_t> number(unsigned tag, std::size_t index = 0) const;
    std::optional<double> fraction(unsigned tag, std::size_t index = 0) const;
    std::string text(unsigned tag) const;

  private:
    tags(byte_view all, bool big, std::size_t at);
    std::uint32_t u16(std::size_t at) const { return big_ ? all_.be16(at) : all_.le16(at); }
    std::uint32_t u32(std::size_t at) const { return big_ ? all_.be32(at) : all_.le32(at); }
    std::size_t find(unsigned tag) const;
    std::optional<std::size_t> value(std::size_t entry, std::size_t size, std::size_t index) const;

    byte_view all_;
    bool big_;
    std::size_t at_;
    std::uint32_t count_;
};

void read_resolution(tags const&, facts&);
void read_camera(tags const&, facts&);

}  // namespace fetchd::tasks::image
