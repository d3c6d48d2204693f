# Sessions are a library of their own: their tests need no network.
fetchd_folder(sessions
  SOURCES sessions.cpp
  DEPENDS fetchd_base fetchd_cookies)
