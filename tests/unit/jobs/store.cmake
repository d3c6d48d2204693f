fetchd_unit_test(store_tests
  SOURCES leases_test.cpp store_check_test.cpp store_results_test.cpp store_test.cpp
  DEPENDS fetchd_store)

# What the store costs: ninja store_bench && bin/store_bench FOLDER. Not a test.
add_executable(store_bench EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/store_bench.cpp)
target_link_libraries(store_bench PRIVATE fetchd_flags fetchd_store)
