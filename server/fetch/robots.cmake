# The rules and their cache need a loop and no network.
fetchd_folder(robots_rules
  SOURCES robots_rules.cpp
  DEPENDS fetchd_base fetchd_http fetchd_loop)
