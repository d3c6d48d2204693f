fetchd_unit_test(fetchd_worker_test
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/area_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/frame_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/hostile_tasks.cpp
    ${CMAKE_CURRENT_LIST_DIR}/hostile_worker_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_blame_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_death_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_fixture.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_retire_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/text_check_test.cpp
  DEPENDS fetchd_worker)

pkg_check_modules(FETCHD_ENCODERS REQUIRED IMPORTED_TARGET zlib libbrotlienc libzstd)

# Escapes from the sandbox, each tried by a worker of its own.
fetchd_unit_test(fetchd_escape_test TIMEOUT 300
  SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/escape_test.cpp
    ${CMAKE_CURRENT_LIST_DIR}/escapes_files.cpp
    ${CMAKE_CURRENT_LIST_DIR}/escapes_kernel.cpp
    ${CMAKE_CURRENT_LIST_DIR}/escapes_memory.cpp
    ${CMAKE_CURRENT_LIST_DIR}/escapes_network.cpp
    ${CMAKE_CURRENT_LIST_DIR}/escapes_processes.cpp
    ${CMAKE_CURRENT_LIST_DIR}/hostile_tasks.cpp
    ${CMAKE_CURRENT_LIST_DIR}/lane_fixture.cpp
    ${CMAKE_CURRENT_LIST_DIR}/sandboxed_tasks_test.cpp
    ${PROJECT_SOURCE_DIR}/tests/support/pdf_writer.cpp
  DEPENDS fetchd_worker fetchd_like_container PkgConfig::FETCHD_ENCODERS)

# What a visit costs: ninja worker_roundtrip && bin/worker_roundtrip. Not a test.
add_executable(worker_roundtrip EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/worker_roundtrip.cpp)
target_link_libraries(worker_roundtrip PRIVATE fetchd_flags fetchd_worker)

# What a new worker costs: ninja worker_spawn && bin/worker_spawn. Not a test.
add_executable(worker_spawn EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/worker_spawn.cpp)
target_link_libraries(worker_spawn PRIVATE fetchd_flags fetchd_worker)

# Two workers beside one: ninja pages_lane && bin/pages_lane FILE... Not a test.
add_executable(pages_lane EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/tests/bench/pages_lane.cpp)
target_link_libraries(pages_lane PRIVATE fetchd_flags fetchd_worker)
