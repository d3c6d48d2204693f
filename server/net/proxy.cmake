# What is said to proxies is a library of its own: it knows no socket.
fetchd_folder(proxy
  SOURCES connect_request.cpp socks5.cpp
  DEPENDS fetchd_guard fetchd_http)
