# Content codings are a library of their own: whoever only needs URLs does not link the compressors.
pkg_check_modules(FETCHD_CODINGS REQUIRED IMPORTED_TARGET GLOBAL zlib libbrotlidec libzstd)

fetchd_folder(decode
  SOURCES coding.cpp decode.cpp zstd_block.cpp zstd_frames.cpp
  DEPENDS fetchd_base
  PRIVATE PkgConfig::FETCHD_CODINGS)
