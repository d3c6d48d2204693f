fetchd_unit_test(scheduler_tests
  SOURCES
    memory_store.cpp
    scheduler_fixture.cpp
    scheduler_gate_test.cpp
    scheduler_history_test.cpp
    scheduler_test.cpp
    scheduler_trouble_test.cpp
  DEPENDS fetchd_jobs)

fetchd_unit_test(scheduler_store_tests
  SOURCES scheduler_store_test.cpp
  DEPENDS fetchd_jobs)

fetchd_unit_test(polite_gate_tests
  SOURCES memory_store.cpp polite_gate_redirect_test.cpp polite_gate_test.cpp
  DEPENDS fetchd_jobs)
