// One message of a SEQPACKET socket, and the descriptors that travel with it.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "worker/descriptor.hpp"

namespace fetchd::worker {

constexpr std::size_t max_packet_bytes = 256;
constexpr std::size_t max_packet_descriptors = 4;

enum class wait_mode { no, yes };

// False when it could not be sent whole; errno says why.
bool send_packet(int socket, std::string_view bytes, std::span<int const> descriptors, wait_mode);

struct packet {
    enum class state { arrived, none, closed, broken };  // broken: cut short, too many descriptors, an error

    state what = state::none;
    std::string bytes;
    std::array<descriptor, max_packet_descriptors> descriptors;
    std::size_t descriptor_count = 0;
};
packet receive_packet(int socket, wait_mode);

}  // namespace fetchd::worker
