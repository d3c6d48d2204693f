fetchd_unit_test(store_tests
  SOURCES store_results_test.cpp store_test.cpp
  DEPENDS fetchd_store)
