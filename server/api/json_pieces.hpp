// A JSON object taken apart as it comes, without ever holding all of it: its members, and the elements of one
// list among them, each as the text it was sent as.
//
// Judges only what stands between the pieces: whoever takes one parses it. So a text is JSON where all of it
// was taken and every piece was JSON. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace fetchd::api {

class json_pieces {
  public:
    // Each returns false to stop. name: of the member, as written, with its quotes.
    struct sink {
        std::function<bool(std::string_view name, std::string_view value)> member;
        std::function<bool(std::string_view value)> element;
    };

    // list: the member whose elements are pieces of their own where it is a list, with its quotes.
    json_pieces(std::string_view list, std::size_t max_piece, sink);

    enum class verdict : unsigned char { more, malformed, too_large, stopped };
    verdict feed(std::string_view slice);
    bool complete() const { return at_ == place::after; }

  private:
    enum class place : unsigned char { before, name, value, element, after_list, after };

    verdict take(char c);
    verdict between(char c);
    verdict append(char c);
    verdict hand_over(place next);
    void nest(char c);
    bool empty() const { return piece_.empty(); }

    std::string const list_;
    std::size_t const max_piece_;
    sink const sink_;
    place at_ = place::before;
    bool first_ = true;    // nothing has come yet in the object, or in the list
    bool listed_ = false;  // the list has begun: one of that name again is a member like others
    std::string name_;
    std::string piece_;
    unsigned depth_ = 0;  // of the piece
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace fetchd::api
