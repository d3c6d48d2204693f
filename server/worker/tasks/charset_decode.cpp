#include <myencoding/encoding.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/udata.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "worker/tasks/charset.hpp"
#include "worker/tasks/utf8.hpp"

namespace fetchd::charset {
namespace {

// UTF-16 code units in, UTF-8 out. A surrogate without its partner becomes U+FFFD.
class unit_reader {
  public:
    explicit unit_reader(std::string& out) : out_(out) {}

    void put(std::uint32_t unit) {
        bool const low = unit >= 0xDC00 && unit <= 0xDFFF;
        if (high_ != 0 && low) {
            utf8::append(out_, 0x10000 + ((high_ - 0xD800) << 10U) + (unit - 0xDC00));
            high_ = 0;
            return;
        }
        finish();
        if (unit >= 0xD800 && unit <= 0xDBFF)
            high_ = unit;
        else
            utf8::append(out_, unit);
    }

    void finish(bool byte_left = false) {
        if (high_ != 0 || byte_left)
            utf8::append(out_, 0xFFFD);
        high_ = 0;
    }

  private:
    std::string& out_;
    std::uint32_t high_ = 0;
};

void decode_utf16(std::string_view body, bool big, std::string& out) {
    out.reserve(body.size() + body.size() / 4);
    unit_reader reader(out);
    for (std::size_t i = 0; i + 1 < body.size(); i += 2) {
        std::uint32_t const a = static_cast<unsigned char>(body[i]);
        std::uint32_t const b = static_cast<unsigned char>(body[i + 1]);
        reader.put(big ? a << 8U | b : b << 8U | a);
    }
    // The standard makes one fault of a lone first half and a lone byte at the end.
    reader.finish(body.size() % 2 != 0);
}

// One character in UTF-8: in a single-byte encoding never more than three bytes.
struct character {
    std::array<char, 3> bytes;
    unsigned char length;
};

using high_half = std::array<character, 128>;

high_half high_half_of(myencoding_custom_f decoder) {
    high_half table{};
    std::string one;
    for (unsigned c = 0; c < 128; ++c) {
        myencoding_result_t state{};
        auto const status = decoder(static_cast<unsigned char>(c + 128), &state);
        // A gap in the standard's table reads as zero.
        auto const found = status == MyENCODING_STATUS_OK && state.result != 0 && state.result < 0x10000;
        one.clear();
        utf8::append(one, found ? static_cast<std::uint32_t>(state.result) : 0xFFFD);
        std::copy(one.begin(), one.end(), table[c].bytes.begin());
        table[c].length = static_cast<unsigned char>(one.size());
    }
    return table;
}

void decode_single_byte(std::string_view body, myencoding_custom_f decoder, std::string& out) {
    auto const table = high_half_of(decoder);
    auto const is_high = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    auto const high = std::count_if(body.begin(), body.end(), is_high);
    // Three bytes are written for each, of which the next character takes back what it does not need.
    out.resize(body.size() + 2 * static_cast<std::size_t>(high) + 2);
    auto* to = out.data();
    for (char byte : body) {
        if (!is_high(byte)) {
            *to++ = byte;
            continue;
        }
        auto const& letter = table[static_cast<unsigned char>(byte) - 128U];
        std::copy(letter.bytes.begin(), letter.bytes.end(), to);
        to += letter.length;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
}

// ICU's name for each multi-byte encoding; the nearest to the standard's tables of those it has.
struct icu_row {
    std::string_view name;
    char const* converter;
};
constexpr icu_row icu_rows[] = {
    {"big5", "Big5-HKSCS"},
    {"euc-jp", "euc-jp-2007"},
    {"euc-kr", "windows-949-2000"},
    {"gb18030", "gb18030"},
    {"gbk", "gb18030"},
    {"iso-2022-jp", "ISO_2022,locale=ja,version=0"},
    {"shift_jis", "ibm-943_P15A-2003"},
};

// Writes U+FFFD for what is no character, and gives an ASCII byte back that stood where the second half of
// one should have been: otherwise a lone lead byte could hide a "<".
void replace_bad(void const* two_byte, UConverterToUnicodeArgs* args, char const* bytes, std::int32_t length,
                 UConverterCallbackReason reason, UErrorCode* error) {
    if (reason > UCNV_IRREGULAR)
        return;
    *error = U_ZERO_ERROR;
    UChar const written[2] = {0xFFFD, static_cast<unsigned char>(bytes[length - 1])};
    bool const give_back = two_byte != nullptr && length == 2 && written[1] < 0x80;
    ucnv_cbToUWriteUChars(args, written, give_back ? 2 : 1, 0, error);
}

// IBM's shift_jis turns three control characters round.
std::uint32_t from_ibm(UChar unit, bool shift_jis) {
    if (!shift_jis)
        return unit;
    return unit == 0x1C ? 0x1A : unit == 0x7F ? 0x1C : unit == 0x1A ? 0x7F : unit;
}

// ICU's converters stand in its data library, which is linked; it must not look for files.
void decode_multi_byte(std::string_view body, icu_row const& row, std::string& out) {
    UErrorCode error = U_ZERO_ERROR;
    udata_setFileAccess(UDATA_NO_FILES, &error);
    std::unique_ptr<UConverter, void (*)(UConverter*)> converter(ucnv_open(row.converter, &error),
                                                                 ucnv_close);
    if (U_FAILURE(error))
        return utf8::append(out, 0xFFFD);
    static constexpr char two_byte = 0;
    ucnv_setToUCallBack(converter.get(), replace_bad, row.name == "iso-2022-jp" ? nullptr : &two_byte,
                        nullptr, nullptr, &error);
    bool const shift_jis = row.name == "shift_jis";
    std::array<UChar, 4096> units;
    out.reserve(body.size() + body.size() / 2);
    unit_reader reader(out);
    auto const* from = body.data();
    auto const* const end = body.data() + body.size();
    do {
        auto* to = units.data();
        error = U_ZERO_ERROR;
        ucnv_toUnicode(converter.get(), &to, units.data() + units.size(), &from, end, nullptr, true, &error);
        for (auto const* unit = units.data(); unit != to; ++unit)
            reader.put(from_ibm(*unit, shift_jis));
    } while (error == U_BUFFER_OVERFLOW_ERROR);
    reader.finish();
}

icu_row const* multi_byte(std::string_view name) {
    for (auto const& row : icu_rows)
        if (row.name == name)
            return &row;
    return nullptr;
}

}  // namespace

std::string_view to_utf8(std::string_view body, std::string_view name, std::string& storage) {
    if (auto const mark = byte_order_mark(body); mark.name == name)
        body.remove_prefix(mark.length);
    storage.clear();
    if (name == "utf-8") {
        if (utf8::valid(body))
            return body;
        utf8::append_valid(storage, body);
        return storage;
    }
    if (body.empty())
        return storage;
    myencoding_t id = MyENCODING_NOT_DETERMINED;
    if (name == "utf-16be" || name == "utf-16le")
        decode_utf16(body, name == "utf-16be", storage);
    else if (auto const* row = multi_byte(name); row != nullptr)
        decode_multi_byte(body, *row, storage);
    else if (name != "replacement" && myencoding_by_name(name.data(), name.size(), &id))
        decode_single_byte(body, myencoding_get_function_by_id(id), storage);
    else
        utf8::append(storage, 0xFFFD);
    return storage;
}

}  // namespace fetchd::charset
