// Reading numbers out of a hostile file: what lies outside of it reads as 0, which every parser takes for
// "not there". Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fetchd::tasks::image {

class byte_view {
  public:
    explicit byte_view(std::string_view all) : all_(all) {}

    std::size_t size() const { return all_.size(); }
    bool has(std::size_t at, std::size_t count) const {
        return at <= all_.size() && count <= all_.size() - at;
    }
    // As much of the part as there is.
    std::string_view part(std::size_t at, std::size_t count) const {
        return at < all_.size() ? all_.substr(at, count) : std::string_view();
    }
    bool says(std::size_t at, std::string_view what) const { return part(at, what.size()) == what; }

    std::uint32_t u8(std::size_t at) const {
        return at < all_.size() ? static_cast<unsigned char>(all_[at]) : 0;
    }
    std::uint32_t be16(std::size_t at) const { return has(at, 2) ? u8(at) << 8U | u8(at + 1) : 0; }
    std::uint32_t le16(std::size_t at) const { return has(at, 2) ? u8(at + 1) << 8U | u8(at) : 0; }
    std::uint32_t le24(std::size_t at) const { return has(at, 3) ? le16(at) | u8(at + 2) << 16U : 0; }
    std::uint32_t be32(std::size_t at) const { return has(at, 4) ? be16(at) << 16U | be16(at + 2) : 0; }
    std::uint32_t le32(std::size_t at) const { return has(at, 4) ? le16(at + 2) << 16U | le16(at) : 0; }
    std::uint64_t be64(std::size_t at) const {
        return has(at, 8) ? std::uint64_t{be32(at)} << 32U | be32(at + 4) : 0;
    }

  private:
    std::string_view all_;
};

}  // namespace fetchd::tasks::image
