// The members of a JSON object as the texts they are, without a tree of all of it: a result may be large, and
// of most of it only the place matters. Pure.
//
// Judges nothing: a text that is not JSON gives no members, or nonsense, and is never read past its end.
#pragma once

#include <optional>
#include <string_view>

namespace fetchd::jobs {

class json_members {
  public:
    explicit json_members(std::string_view object);

    struct member {
        std::string_view name;   // without its quotes, as written
        std::string_view value;  // as written
    };
    std::optional<member> next();

  private:
    std::string_view rest_;
};

// The value at "bytes.wire"; nothing where there is none.
std::optional<std::string_view> find_member(std::string_view object, std::string_view path);

}  // namespace fetchd::jobs
