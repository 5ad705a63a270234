# Plugins as subjects of tests: one fault each, and what must be said about it (unit.host; the faults of running are tried with the engine).
set(TREFOIL_SUBJECTS wrong_major no_symbol small_table bad_list bad_table rounding signals nan negative infinite fails sets
  crashes stumbles endless exits forks overrun underrun rounds locale locale_load leaks remembers reads neighbours)
foreach(subject ${TREFOIL_SUBJECTS})
  trefoil_add_plugin(${subject} SOURCES "${PROJECT_SOURCE_DIR}/tests/plugins/${subject}.c" LIBRARIES m FOLDER "${CMAKE_BINARY_DIR}/tests/subjects")
endforeach()

# They and the shipped ones are loaded by these tests.
foreach(subject adherence pathway ${TREFOIL_SUBJECTS})
  add_dependencies(test_host plugin_${subject})
  add_dependencies(test_describe plugin_${subject})
endforeach()

trefoil_test(shipped FOLDER plugins ROOMS plugin model world scenario random base)
add_dependencies(test_shipped plugin_adherence plugin_pathway)
