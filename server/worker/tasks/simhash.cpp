#include "worker/tasks/simhash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <string>

#include "base/ascii.hpp"

namespace fetchd::tasks {
namespace {

constexpr std::size_t shingle_words = 3;

struct range {
    std::uint32_t first;
    std::uint32_t last;
};

// Ranges instead of a library's tables: those change with the versions of Unicode.
constexpr range no_words[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF}, {0x2190, 0x2BFF}, {0x3000, 0x3004},
    {0x3008, 0x3020}, {0x3030, 0x3030}, {0xFE30, 0xFE4F}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20},
    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFF0, 0xFFFF},
};

// Scripts without spaces between words: each character counts as one.
constexpr range no_spaces[] = {
    {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF},   {0x3005, 0x3007},
    {0x3021, 0x302F}, {0x3031, 0x30FF}, {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},
    {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0x20000, 0x3FFFF},
};

template <std::size_t N>
bool lies_in(range const (&ranges)[N], std::uint32_t c) {
    for (auto const& r : ranges)
        if (c >= r.first && c <= r.last)
            return true;
    return false;
}

enum class letter : unsigned char { none, of_word, word };

letter letter_of(std::uint32_t c) {
    if (c < 0x80) {
        auto const a = static_cast<char>(c);
        return is_digit(a) || (a >= 'a' && a <= 'z') || (a >= 'A' && a <= 'Z') ? letter::of_word
                                                                               : letter::none;
    }
    return lies_in(no_words, c) ? letter::none : lies_in(no_spaces, c) ? letter::word : letter::of_word;
}

// Valid UTF-8 only.
std::uint32_t next_character(std::string_view s, std::size_t& i) {
    auto const lead = static_cast<unsigned char>(s[i++]);
    if (lead < 0x80)
        return lead;
    std::uint32_t c = lead & (lead < 0xE0 ? 0x1FU : lead < 0xF0 ? 0x0FU : 0x07U);
    while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0U) == 0x80)
        c = c << 6U | (static_cast<unsigned char>(s[i++]) & 0x3FU);
    return c;
}

// Counts shingles: so many words in a row, a space between.
class counting {
  public:
    void end_word() {
        if (word_.empty())
            return;
        words_[count_++ % shingle_words].swap(word_);
        word_.clear();
        if (count_ >= shingle_words)
            add(shingle_words);
    }
    void append(std::string_view bytes) {
        for (char c : bytes)
            word_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }

    std::optional<std::uint64_t> result() {
        end_word();
        if (count_ == 0)
            return std::nullopt;
        if (count_ < shingle_words)
            add(count_);
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < balance_.size(); ++i)
            bits |= static_cast<std::uint64_t>(balance_[i] > 0) << i;
        return bits;
    }

  private:
    void add(std::size_t words) {
        shingle_.clear();
        for (auto at = count_ - words; at < count_; ++at) {
            if (!shingle_.empty())
                shingle_ += ' ';
            shingle_ += words_[at % shingle_words];
        }
        auto const hash = XXH3_64bits(shingle_.data(), shingle_.size());
        for (std::size_t i = 0; i < balance_.size(); ++i)
            balance_[i] += (hash >> i & 1U) != 0 ? 1 : -1;
    }

    std::string word_;
    std::array<std::string, shingle_words> words_;
    std::size_t count_ = 0;
    std::string shingle_;
    std::array<std::int64_t, 64> balance_{};
};

}  // namespace

std::optional<std::uint64_t> simhash(std::string_view utf8) {
    counting words;
    for (std::size_t i = 0; i < utf8.size();) {
        auto const start = i;
        switch (letter_of(next_character(utf8, i))) {
            case letter::none:
                words.end_word();
                break;
            case letter::of_word:
                words.append(utf8.substr(start, i - start));
                break;
            case letter::word:
                words.end_word();
                words.append(utf8.substr(start, i - start));
                words.end_word();
                break;
        }
    }
    return words.result();
}

}  // namespace fetchd::tasks
