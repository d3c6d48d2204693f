fetchd_unit_test(scheduler_tests
  SOURCES memory_store.cpp scheduler_fixture.cpp scheduler_test.cpp
  DEPENDS fetchd_jobs)
