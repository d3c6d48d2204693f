# The store is a library of its own: it knows nothing of fetching.
pkg_check_modules(FETCHD_SQLITE REQUIRED IMPORTED_TARGET GLOBAL sqlite3)

fetchd_folder(store
  SOURCES
    sqlite/accepting.cpp
    sqlite/check.cpp
    sqlite/connection.cpp
    sqlite/database.cpp
    sqlite/files.cpp
    sqlite/folder.cpp
    sqlite/group_commit.cpp
    sqlite/leases.cpp
    sqlite/objects.cpp
    sqlite/outbox.cpp
    sqlite/reader.cpp
    sqlite/reader_results.cpp
    sqlite/rows.cpp
    sqlite/schema.cpp
    sqlite/seen_urls.cpp
    sqlite/settling.cpp
    sqlite/sqlite_store.cpp
    sqlite/sqlite_store_calls.cpp
    sqlite/steering.cpp
  DEPENDS fetchd_base fetchd_http fetchd_loop fetchd_offload
  PRIVATE OpenSSL::Crypto PkgConfig::FETCHD_SQLITE PkgConfig::FETCHD_XXHASH)
