// What a Content-Type value means: the MIME types of the WHATWG MIME Sniffing standard, and how the Fetch
// standard takes one out of several header values.
//
// A value that browsers read is read the same way here, however odd it is. Bytes above 0x7F in parameter
// values are kept as they are (the standard's isomorphic decoding), so nothing here is UTF-8 by promise.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fetchd {

class mime_type {
  public:
    // What follows is not read: a header full of parameters must not cost the square of its length. The
    // standard has no limit, and no type in use has a tenth of it.
    static constexpr std::size_t max_parameters = 64;

    // "parse a MIME type from bytes" (MIME Sniffing §4.4); nothing where the value is none.
    static std::optional<mime_type> parse(std::string_view value);

    // Lower case. Views live as long as the object is not changed.
    std::string_view essence() const { return std::string_view(text_).substr(0, essence_); }
    std::string_view type() const { return std::string_view(text_).substr(0, slash_); }
    std::string_view subtype() const { return essence().substr(slash_ + 1); }

    // By its name in lower case. A value may be empty: charset="".
    std::optional<std::string_view> parameter(std::string_view name) const;

    // Only where there is none of that name yet, name and value can stand in a MIME type, and there are not
    // max_parameters of them.
    void add_parameter(std::string_view lower_name, std::string_view value);

    // "serialize a MIME type" (§4.5): parses to an equal one.
    std::string to_string() const;

    // The same type with the same parameters in the same order.
    friend bool operator==(mime_type const&, mime_type const&) = default;

  private:
    template <class Each>
    bool find_parameter(Each&& each) const;

    // essence NUL name NUL value NUL name NUL value: one allocation, and NUL can stand in none of them.
    std::string text_;
    std::uint32_t slash_ = 0;
    std::uint32_t essence_ = 0;
    std::uint32_t parameters_ = 0;
};

// "extract a MIME type" (Fetch standard §3.4) from all Content-Type values of a message, in their order:
// the last one that is a MIME type, with the charset of an earlier one of the same essence.
std::optional<mime_type> extract_mime_type(std::span<std::string_view const> values);
std::optional<mime_type> extract_mime_type(std::string_view value);

// Groups of MIME types (MIME Sniffing §4.6), by essence.
namespace mime {

bool is_image(std::string_view essence);
bool is_audio_or_video(std::string_view essence);
bool is_font(std::string_view essence);
bool is_zip_based(std::string_view essence);
bool is_archive(std::string_view essence);
bool is_xml(std::string_view essence);
bool is_html(std::string_view essence);
bool is_scriptable(std::string_view essence);
bool is_javascript(std::string_view essence);
bool is_json(std::string_view essence);

}  // namespace mime
}  // namespace fetchd
