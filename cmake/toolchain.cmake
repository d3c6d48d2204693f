# What every target of the project is compiled with.
find_program(FETCHD_CCACHE ccache)
if(FETCHD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${FETCHD_CCACHE})
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL REQUIRED)
find_package(spdlog REQUIRED)

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")  # the time goes to system calls and libraries: -O3 only compiles longer

add_library(fetchd_flags INTERFACE)
target_compile_options(fetchd_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete;-Wno-restrict>")  # both are false alarms of g++ 12
target_compile_definitions(fetchd_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)

if(FETCHD_SANITIZE)
  add_compile_options(-fsanitize=${FETCHD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FETCHD_SANITIZE})
  # With the sanitizers' checks in it g++ 12 no longer sees what is initialized.
  add_compile_options("$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")
  # clang 14 cannot emit this check for a coroutine ("Cannot represent a difference across sections").
  add_compile_options("$<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>")
  if(FETCHD_SANITIZE MATCHES thread)
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
endif()
