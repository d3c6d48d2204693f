# fetchd_folder(NAME SOURCES a.cpp ... DEPENDS lib ...)
#
# One folder of server/ is one static library, fetchd_NAME. It links exactly the folders it may include, so
# an include that points the wrong way does not link; tests/lint holds the direction of the includes too.
function(fetchd_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPENDS;PRIVATE")
  add_library(fetchd_${name} STATIC ${ARG_SOURCES})
  target_include_directories(fetchd_${name} PUBLIC ${PROJECT_SOURCE_DIR}/server)
  target_link_libraries(fetchd_${name} PUBLIC fetchd_flags ${ARG_DEPENDS} PRIVATE ${ARG_PRIVATE})
endfunction()

# fetchd_unit_test(NAME SOURCES a_test.cpp ... DEPENDS lib ... [LABELS unit])
#
# One GoogleTest binary, every TEST registered with CTest by itself.
function(fetchd_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "LABELS;TIMEOUT" "SOURCES;DEPENDS")
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE FETCHD_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE fetchd_flags ${ARG_DEPENDS} GTest::gmock_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABELS} TIMEOUT ${ARG_TIMEOUT})
endfunction()
