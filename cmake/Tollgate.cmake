# What every target of the project shares, and the two ways a folder becomes a target.

add_library(tg_build_flags INTERFACE)
target_compile_options(tg_build_flags INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
  -Wformat=2 -Wvla -Wimplicit-fallthrough
  # Messages are cut at the size of their buffer on purpose.
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation>
  # Takes the buffer of a stream in memory for a dangling one.
  $<$<C_COMPILER_ID:GNU>:-Wno-dangling-pointer>
  # Results are the same bits on every compiler: no fused multiply-add that the source does not ask for.
  -ffp-contract=off)
target_compile_definitions(tg_build_flags INTERFACE _GNU_SOURCE)
option(TOLLGATE_WERROR "Treat warnings as errors" OFF)
if(TOLLGATE_WERROR)
  target_compile_options(tg_build_flags INTERFACE -Werror)
endif()
set(TOLLGATE_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize=")
if(TOLLGATE_SANITIZE)
  target_compile_options(tg_build_flags INTERFACE -fsanitize=${TOLLGATE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(tg_build_flags INTERFACE -fsanitize=${TOLLGATE_SANITIZE})
endif()
option(TOLLGATE_COVERAGE "Instrument for gcov" OFF)
if(TOLLGATE_COVERAGE)
  target_compile_options(tg_build_flags INTERFACE --coverage)
  target_link_options(tg_build_flags INTERFACE --coverage)
endif()

# tg_folder(NAME HEADERS ... SOURCES ... USES ...): the calling folder as static library tg_NAME. Its own
# directory is its only include directory; what it may include besides comes from USES.
function(tg_folder name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;USES;PRIVATE_USES" ${ARGN})
  add_library(tg_${name} STATIC ${ARG_SOURCES})
  add_library(tollgate::${name} ALIAS tg_${name})
  target_sources(tg_${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_CURRENT_SOURCE_DIR} FILES ${ARG_HEADERS})
  target_link_libraries(tg_${name} PUBLIC ${ARG_USES} PRIVATE ${ARG_PRIVATE_USES} tg_build_flags)
endfunction()

# A test case may take this long before it counts as hung; sanitizers slow everything down.
set(TOLLGATE_CASE_SECONDS 30)
if(TOLLGATE_SANITIZE OR TOLLGATE_COVERAGE)
  set(TOLLGATE_CASE_SECONDS 120)
endif()

# tg_check_test(NAME SOURCE USES ... [LABELS ...] [TIMEOUT s]): one Check program as one CTest test. The dotted
# test name carries the kind, "unit.calendar"; exit status 77 is a skip.
function(tg_check_test name source)
  cmake_parse_arguments(ARG "" "TIMEOUT" "USES;LABELS" ${ARGN})
  string(REPLACE "." "_" target test_${name})
  add_executable(${target} ${source})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${target} PRIVATE ${ARG_USES} PkgConfig::CHECK tg_build_flags)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  string(REGEX REPLACE "\\..*" "" kind ${name})
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES LABELS "${kind};${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
                       ENVIRONMENT "CK_DEFAULT_TIMEOUT=${TOLLGATE_CASE_SECONDS}")
endfunction()
