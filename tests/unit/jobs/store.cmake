fetchd_unit_test(store_tests
  SOURCES leases_test.cpp objects_test.cpp store_check_test.cpp store_reading_test.cpp store_results_test.cpp
          store_retention_test.cpp store_sharing_test.cpp store_test.cpp
  DEPENDS fetchd_store)

# Each write of the disk fails in its turn; and the process is killed at random.
fetchd_unit_test(store_fault_tests
  SOURCES faulty_vfs.cpp store_crash_test.cpp store_fault_test.cpp
  DEPENDS fetchd_store PkgConfig::FETCHD_SQLITE)

# What the store costs: ninja store_bench && bin/store_bench FOLDER. Not a test.
add_executable(store_bench EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/store_bench.cpp)
target_link_libraries(store_bench PRIVATE fetchd_flags fetchd_store)
