# A library of its own: its tests need no store.
fetchd_folder(delivery
  SOURCES delivery.cpp
  DEPENDS fetchd_base fetchd_http fetchd_loop)
