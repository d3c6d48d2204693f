// The layers of a worker's sandbox by name, and which of them are in force here.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace fetchd::worker {

enum class layer : unsigned char {
    network_namespace,  // a network with nothing in it; with it System V IPC and POSIX queues of its own
    empty_root,         // a mount namespace whose root is an empty folder that cannot be written to
    privileges,         // no capability, none to be gained, not to be traced by its equals
    limits,             // resource limits
    landlock,           // no access right to any file, no TCP port, no signal to others
    seccomp,            // system calls that are not on the list kill
};

constexpr std::array all_layers{layer::network_namespace, layer::empty_root, layer::privileges, layer::limits,
                                layer::landlock,          layer::seccomp};

char const* name_of(layer);
char const* advice_on(layer);  // what to do where it is missing

class layer_set {
  public:
    static layer_set all() { return layer_set((1U << all_layers.size()) - 1); }
    static layer_set none() { return layer_set(0); }
    layer_set with(layer l) const { return layer_set(bits_ | bit(l)); }
    layer_set without(layer l) const { return layer_set(bits_ & ~bit(l)); }
    bool has(layer l) const { return (bits_ & bit(l)) != 0; }

  private:
    explicit layer_set(unsigned bits) : bits_(bits) {}
    static unsigned bit(layer l) { return 1U << static_cast<unsigned>(l); }

    unsigned bits_;
};

// What the zygote found out, and its first message to main.
struct sandbox_report {
    static constexpr std::uint32_t expected_magic = 0x53574446;
    static constexpr std::int32_t in_force = 0;
    static constexpr std::int32_t switched_off = -1;
    static constexpr std::int32_t not_in_this_build = -2;

    std::uint32_t magic = expected_magic;
    std::array<std::int32_t, all_layers.size()> state{};  // else: the errno of the first step that failed

    std::int32_t& operator[](layer l) { return state[static_cast<std::size_t>(l)]; }
    // Takes one more step into a layer that is in force so far. It returns 0 or errno.
    template <class Step>
    void step(layer l, Step take) {
        if (has(l))
            (*this)[l] = take();
    }
    bool has(layer l) const { return state[static_cast<std::size_t>(l)] == in_force; }
    bool complete() const;
    std::string cause(layer) const;  // why it is not in force: "EPERM (Operation not permitted)"
};

}  // namespace fetchd::worker
