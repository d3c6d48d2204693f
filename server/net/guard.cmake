# The egress guard is a library of its own: it judges addresses and knows no socket.
fetchd_folder(guard
  SOURCES ip_address.cpp embedded_v4.cpp address_guard.cpp
  DEPENDS fetchd_base)
