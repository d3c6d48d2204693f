#include "worker/text_check.hpp"

#include <cstring>

namespace fetchd::worker {
bool utf8_check::feed(std::string_view slice) {
    auto const* p = reinterpret_cast<unsigned char const*>(slice.data());
    auto const* const end = p + slice.size();
    while (p != end) {
        if (missing_ > 0) {
            if (*p < low_ || *p > high_)
                return false;
            low_ = 0x80;
            high_ = 0xbf;
            --missing_;
            ++p;
            continue;
        }
        for (std::uint64_t word = 0; end - p >= 8; p += 8) {
            std::memcpy(&word, p, sizeof word);
            if ((word & 0x8080808080808080U) != 0)
                break;
        }
        if (p == end)
            break;
        auto const c = *p++;
        if (c < 0x80)
            continue;
        if (c < 0xc2 || c > 0xf4)
            return false;
        missing_ = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
        if (c == 0xe0)
            low_ = 0xa0;
        else if (c == 0xed)
            high_ = 0x9f;
        else if (c == 0xf0)
            low_ = 0x90;
        else if (c == 0xf4)
            high_ = 0x8f;
    }
    return true;
}

bool valid_utf8(std::string_view text) {
    utf8_check check;
    return check.feed(text) && check.finish();
}

}  // namespace fetchd::worker
