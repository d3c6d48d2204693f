# Decisions of the lane that need no process.
fetchd_unit_test(fetchd_worker_policy_test
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/fingerprint_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/penalties_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/quarantine_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/waiting_line_test.cpp
  DEPENDS fetchd_worker)
