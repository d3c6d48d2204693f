# A library of its own: whoever only needs URLs does not link a cryptographic library.
find_package(OpenSSL REQUIRED)

fetchd_folder(standard_webhooks
  SOURCES standard_webhooks.cpp
  DEPENDS fetchd_base fetchd_http
  PRIVATE OpenSSL::Crypto)
