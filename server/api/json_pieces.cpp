#include "api/json_pieces.hpp"

#include <utility>

namespace fetchd::api {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

json_pieces::json_pieces(std::string_view list, std::size_t max_piece, sink s)
    : list_(list), max_piece_(max_piece), sink_(std::move(s)) {}

json_pieces::verdict json_pieces::feed(std::string_view slice) {
    for (char const c : slice) {
        auto const v = take(c);
        if (v != verdict::more)
            return v;
    }
    return verdict::more;
}

json_pieces::verdict json_pieces::take(char c) {
    if (in_string_) {
        in_string_ = escaped_ || c != '"';
        escaped_ = !escaped_ && c == '\\';
    } else if (depth_ == 0) {
        return is_space(c) && piece_.empty() ? verdict::more : between(c);
    } else {
        nest(c);
    }
    return append(c);
}

void json_pieces::nest(char c) {
    in_string_ = c == '"';
    if (c == '{' || c == '[')
        ++depth_;
    else if (c == '}' || c == ']')
        --depth_;
}

json_pieces::verdict json_pieces::append(char c) {
    piece_ += c;
    return piece_.size() > max_piece_ ? verdict::too_large : verdict::more;
}

// Outside of strings and of what is nested in a piece.
json_pieces::verdict json_pieces::between(char c) {
    switch (at_) {
        case place::before:
            at_ = place::name;
            return c == '{' ? verdict::more : verdict::malformed;
        case place::name:
            if (c == '}' && empty() && first_) {
                at_ = place::after;
                return verdict::more;
            }
            if (c == ':') {
                name_ = std::exchange(piece_, {});
                name_.erase(name_.find_last_not_of(" \t\r\n") + 1);
                at_ = place::value;
                first_ = false;
                return verdict::more;
            }
            break;
        case place::value:
            if (c == '[' && empty() && name_ == list_ && !listed_) {
                at_ = place::element;
                listed_ = true;
                first_ = true;
                return verdict::more;
            }
            if (c == ',' || c == '}')
                return hand_over(c == ',' ? place::name : place::after);
            break;
        case place::element:
            if (c == ']' && empty() && first_) {
                at_ = place::after_list;
                return verdict::more;
            }
            if (c == ',' || c == ']')
                return hand_over(c == ',' ? place::element : place::after_list);
            break;
        case place::after_list:
            at_ = c == ',' ? place::name : place::after;
            first_ = false;
            return c == ',' || c == '}' ? verdict::more : verdict::malformed;
        case place::after:
            return verdict::malformed;
    }
    if (c == '}' || c == ']')
        return verdict::malformed;
    nest(c);
    return append(c);
}

json_pieces::verdict json_pieces::hand_over(place next) {
    auto const piece = std::exchange(piece_, {});
    bool const go_on = at_ == place::element ? sink_.element(piece) : sink_.member(name_, piece);
    at_ = next;
    first_ = false;
    return go_on ? verdict::more : verdict::stopped;
}

}  // namespace fetchd::api
