# The benchmark is built with the tests, where it measures what is shipped, and not run by them: tests/bench/run.
set(only_asked "")
if(TREFOIL_SANITIZE OR NOT CMAKE_C_COMPILER_ID STREQUAL "GNU")
  set(only_asked EXCLUDE_FROM_ALL)
endif()
add_executable(bench ${only_asked} "${CMAKE_CURRENT_LIST_DIR}/bench.c" "${CMAKE_CURRENT_LIST_DIR}/plain.c" "${CMAKE_CURRENT_LIST_DIR}/tables.c"
  "${CMAKE_CURRENT_LIST_DIR}/limit.c" "${CMAKE_CURRENT_LIST_DIR}/four.c")
target_include_directories(bench PRIVATE "${CMAKE_CURRENT_LIST_DIR}")
target_link_libraries(bench PRIVATE trefoil_library trefoil_flags GSL::gsl)
set_target_properties(bench PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")

# Cohorts: bench_cohort build/trefoil tests/validation/sicksicker_intro/scenario.ini FOLDER
add_executable(bench_cohort ${only_asked} "${CMAKE_CURRENT_LIST_DIR}/cohort.c")
target_link_libraries(bench_cohort PRIVATE trefoil_flags GSL::gsl m)
set_target_properties(bench_cohort PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")

# Deals: bench_deals
add_executable(bench_deals ${only_asked} "${CMAKE_CURRENT_LIST_DIR}/deals.c")
target_link_libraries(bench_deals PRIVATE trefoil_deal trefoil_flags GSL::gsl)
set_target_properties(bench_deals PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")

# Where the time goes: bench_parts bench_parts.map NAMES PLUGINS FOLDER LABEL SCENARIO [SECTION:KEY=VALUE...]
add_executable(bench_parts ${only_asked} "${CMAKE_CURRENT_LIST_DIR}/parts.c")
target_link_libraries(bench_parts PRIVATE trefoil_library trefoil_flags)
target_link_options(bench_parts PRIVATE "-Wl,-Map=${CMAKE_BINARY_DIR}/tests/bench_parts.map")
set_target_properties(bench_parts PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")

# Any command: bench_command TIMES LABEL PROGRAM ARGUMENT...
add_executable(bench_command ${only_asked} "${CMAKE_CURRENT_LIST_DIR}/command.c")
target_link_libraries(bench_command PRIVATE trefoil_flags)
set_target_properties(bench_command PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
