// Header fields in the order they were received or will be sent (RFC 9110 §5).
//
// Names and values lie in one block, so a head costs two allocations however many fields it has. Names are
// compared without regard to case. What goes in must already be free of CR, LF and NUL: the parsers see to
// that, and add_checked() does for values that come from a caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetchd {

// ASCII case-insensitive. Inline: a head is compared with names many times over.
inline bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto const x = static_cast<unsigned char>(a[i]);
        auto const y = static_cast<unsigned char>(b[i]);
        if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
            return false;
    }
    return true;
}

// Without the optional whitespace around it (RFC 9110 §5.6.3).
inline std::string_view trim_ows(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t'))
        s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t'))
        s.remove_suffix(1);
    return s;
}

class headers {
  public:
    struct field {
        std::string_view name;
        std::string_view value;
    };

    void add(std::string_view name, std::string_view value);
    void set(std::string_view name, std::string_view value);  // replaces all of that name
    void remove(std::string_view name);
    void reserve(std::size_t fields, std::size_t bytes);

    std::size_t size() const { return index_.size(); }
    field operator[](std::size_t i) const {  // views are good until the next add
        auto const& e = index_[i];
        return {{text_.data() + e.name, e.value - e.name}, {text_.data() + e.value, e.end - e.value}};
    }
    std::optional<std::string_view> find(std::string_view name) const;  // the first one
    std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
    bool has(std::string_view name) const { return find(name).has_value(); }
    std::size_t count(std::string_view name) const;
    std::size_t bytes() const { return text_.size(); }

    // Whether a comma-separated list field contains this word, over all its lines: Connection, Expect, ...
    bool has_token(std::string_view name, std::string_view token) const;

    // Appends "Name: value\r\n" for every field.
    void write_to(std::string& out) const;

  private:
    struct entry {
        std::uint32_t name;
        std::uint32_t value;
        std::uint32_t end;
    };
    std::string text_;
    std::vector<entry> index_;
};

// RFC 9110 §5.6.2 and §5.5: what a caller may put into a field.
bool valid_name(std::string_view name);
bool valid_value(std::string_view value);

// Fields of one connection, not of the message: never passed on (RFC 9110 §7.6.1).
bool hop_by_hop(std::string_view name);

// The values of all lines of a field, in the order received.
std::vector<std::string> all_values(headers const&, std::string_view name);

}  // namespace fetchd
