# Cookies are a library of their own: whoever only needs URLs does not link the public suffix list.
pkg_check_modules(FETCHD_PSL REQUIRED IMPORTED_TARGET GLOBAL libpsl)

fetchd_folder(public_suffix
  SOURCES public_suffix.cpp
  DEPENDS fetchd_base fetchd_http
  PRIVATE PkgConfig::FETCHD_PSL)

fetchd_folder(cookies
  SOURCES cookie.cpp cookie_date.cpp cookie_jar.cpp
  DEPENDS fetchd_base fetchd_http fetchd_public_suffix)
