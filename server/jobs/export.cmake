# What turns stored results into files. A library of its own: its tests need no store.
pkg_check_modules(FETCHD_ZLIB REQUIRED IMPORTED_TARGET GLOBAL zlib)
find_package(OpenSSL REQUIRED)

fetchd_folder(export
  SOURCES archived.cpp csv.cpp export_writer.cpp json_members.cpp result_fields.cpp warc.cpp warc_message.cpp webhook_body.cpp
  DEPENDS fetchd_base fetchd_http fetchd_loop
  PRIVATE Boost::json OpenSSL::Crypto PkgConfig::FETCHD_ZLIB)
