#include "http/chunked.hpp"

#include <algorithm>

namespace fetchd {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

}  // namespace

void chunked_reader::refuse(char const* why) {
    status_ = state::malformed;
    problem_ = why;
}

chunked_reader::step chunked_reader::read(std::string_view input) {
    std::size_t i = 0;
    while (i < input.size() && status_ == state::more) {
        if (at_ == at::data && left_ > 0) {
            auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - i));
            left_ -= n;
            return {i + n, input.substr(i, n)};
        }
        take(input[i++]);
    }
    return {i, {}};
}

// One byte of framing.
void chunked_reader::take(char c) {
    switch (at_) {
        case at::size_start:
        case at::size:
            if (auto const digit = hex_digit(c); digit >= 0) {
                if (++digits_ > 16 || left_ >> 59 != 0)
                    return refuse("chunk size too large");
                left_ = left_ << 4 | static_cast<unsigned>(digit);
                at_ = at::size;
                return;
            }
            if (at_ == at::size_start)
                return refuse("chunk size is not a number");
            sloppy_ = sloppy_ || c != '\r';
            if (c == '\r')
                at_ = at::size_lf;
            else if (c == ';')
                at_ = at::extension;
            else if (c == ' ' || c == '\t')
                at_ = at::size_space;
            else
                refuse("garbage after the chunk size");
            return;
        case at::size_space:  // RFC 9112 §7.1.1: only an extension may follow
            if (c == '\r')
                at_ = at::size_lf;
            else if (c == ';')
                at_ = at::extension;
            else if ((c != ' ' && c != '\t') || ++extensions_ > max_extensions)
                refuse("garbage after the chunk size");
            return;
        case at::extension:
            if (c == '\r')
                at_ = at::size_lf;
            else if (c == '\n' || c == '\0')
                refuse("bare line feed or NUL in a chunk extension");
            else if (++extensions_ > max_extensions)
                refuse("chunk extensions too large");
            return;
        case at::size_lf:
            if (c != '\n')
                return refuse("chunk size line does not end in CRLF");
            digits_ = 0;
            at_ = left_ == 0 ? at::trailer_start : at::data;
            return;
        case at::data:  // the payload has been read: its CRLF follows
            if (c != '\r')
                return refuse("chunk is longer than its size");
            at_ = at::data_lf;
            return;
        case at::data_lf:
            if (c != '\n')
                return refuse("chunk does not end in CRLF");
            at_ = at::size_start;
            return;
        case at::trailer_start:
            if (c == '\r') {
                at_ = at::last_lf;
                return;
            }
            at_ = at::trailer;
            [[fallthrough]];
        case at::trailer:
            if (++trailers_ > max_trailers)
                return refuse("trailers too large");
            if (c == '\r')
                at_ = at::trailer_lf;
            else if (c == '\n' || c == '\0')
                refuse("bare line feed or NUL in the trailers");
            return;
        case at::trailer_lf:
            if (c != '\n')
                return refuse("trailer line does not end in CRLF");
            if (++trailers_ > max_trailers)
                return refuse("trailers too large");
            at_ = at::trailer_start;
            return;
        case at::last_lf:
            if (c != '\n')
                return refuse("last line does not end in CRLF");
            status_ = state::done;
            return;
    }
}

}  // namespace fetchd
