// Makes compressed bodies for tests: each format by its own library's encoder, whole strings at once.
#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace fetchd::test {

inline std::string zlib_encoded(std::string_view plain, int window_bits, int level = 6) {
    z_stream z{};
    if (::deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    std::string out(::deflateBound(&z, plain.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    z.avail_in = static_cast<uInt>(plain.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    int const answer = ::deflate(&z, Z_FINISH);
    out.resize(out.size() - z.avail_out);
    ::deflateEnd(&z);
    if (answer != Z_STREAM_END)
        throw std::runtime_error("deflate");
    return out;
}

inline std::string gzip_encoded(std::string_view plain) {
    return zlib_encoded(plain, MAX_WBITS + 16);
}

inline std::string deflate_encoded(std::string_view plain) {
    return zlib_encoded(plain, MAX_WBITS);
}

inline std::string raw_deflate_encoded(std::string_view plain, int level = 6) {
    return zlib_encoded(plain, -MAX_WBITS, level);
}

inline std::string br_encoded(std::string_view plain, int window = 22) {
    std::size_t size = ::BrotliEncoderMaxCompressedSize(plain.size()) + 64;
    std::string out(size, '\0');
    if (!::BrotliEncoderCompress(5, window, BROTLI_MODE_GENERIC, plain.size(),
                                 reinterpret_cast<std::uint8_t const*>(plain.data()), &size,
                                 reinterpret_cast<std::uint8_t*>(out.data())))
        throw std::runtime_error("brotli");
    out.resize(size);
    return out;
}

// window_log 0 leaves the choice to the library.
// Without the content size a frame is as a stream has it.
inline std::string zstd_encoded(std::string_view plain, int window_log = 0, int checksum = 0,
                                int content_size = 0) {
    auto* const context = ::ZSTD_createCCtx();
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum);
    ::ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size);
    std::string out(::ZSTD_compressBound(plain.size()), '\0');
    auto const size = ::ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size());
    ::ZSTD_freeCCtx(context);
    if (::ZSTD_isError(size))
        throw std::runtime_error(::ZSTD_getErrorName(size));
    out.resize(size);
    return out;
}

inline std::string encoded(std::string_view coding, std::string_view plain) {
    if (coding == "gzip" || coding == "x-gzip")
        return gzip_encoded(plain);
    if (coding == "deflate")
        return deflate_encoded(plain);
    if (coding == "br")
        return br_encoded(plain);
    if (coding == "zstd")
        return zstd_encoded(plain);
    throw std::runtime_error("no such coding");
}

}  // namespace fetchd::test
