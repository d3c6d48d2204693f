# The egress guard is a library of its own: it judges addresses and knows no socket.
fetchd_folder(guard
  SOURCES address_guard.cpp embedded_v4.cpp host_list.cpp ip_address.cpp
  DEPENDS fetchd_base)
