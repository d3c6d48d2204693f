# Politeness is a library of its own: it decides and knows no socket.
fetchd_folder(politeness
  SOURCES
    back_off.cpp
    host_rules.cpp
    pace.cpp
    politeness.cpp
    politeness_book.cpp
    politeness_limits.cpp
    politeness_outcome.cpp
    politeness_records.cpp
  DEPENDS fetchd_base fetchd_guard fetchd_http fetchd_public_suffix
  PRIVATE Boost::json)
